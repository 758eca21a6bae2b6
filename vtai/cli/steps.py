"""The steps of tools as lines: what is called, and what came of it."""

from __future__ import annotations

import json

from vtai.core.events import ApprovalAsked, ToolFinished, ToolStarted

_ONE_LINE = 200
_MOST_CHARACTERS = 4_000


class Steps:
    """Which steps are running and what they said so far, so that an end can be told from the others."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._said: dict[str, str] = {}

    def began(self, event: ToolStarted) -> str:
        self._names[event.id] = event.name
        return called(event)

    def went_on(self, step: str, text: str) -> None:
        self._said[step] = self._said.get(step, "") + text

    def ended(self, event: ToolFinished) -> str:
        """The result without what was shown while the step ran, and how long it took."""
        name = self._names.pop(event.id, "")
        said = self._said.pop(event.id, "").strip()
        output = event.output
        if said and output.startswith(said):
            output = output[len(said) :].strip() or "done"
        if len(output) > _MOST_CHARACTERS:
            output = f"{output[:_MOST_CHARACTERS]}\n({len(output) - _MOST_CHARACTERS:,} more characters)"
        which = f"{name} " if self._names and name else ""
        took = "" if event.seconds is None else f" ({event.seconds:.1f} s)"
        return f"{which}{'Failed:' if event.is_error else '='} {output}{took}"


def called(event: ToolStarted | ApprovalAsked) -> str:
    """The call with its arguments: short ones on the line, code and long ones below it."""
    arguments = event.arguments.strip("\n")
    if event.language == "json":
        arguments = _on_one_line(arguments)
    if not arguments:
        return event.name
    if event.language and ("\n" in arguments or len(arguments) > _ONE_LINE):
        return f"{event.name} ({event.language}):\n" + "\n".join(
            f"  {line}" for line in arguments.split("\n")
        )
    return f"{event.name}: {arguments}"


def _on_one_line(text: str) -> str:
    try:
        short = json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
    return short if len(short) <= _ONE_LINE else text
