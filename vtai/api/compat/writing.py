"""Events of a reply as the fields that OpenAI's clients read. Knows nothing of HTTP."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, assert_never

from vtai.api.compat.stops import Stops
from vtai.core.events import (
    ApprovalAsked,
    Choices,
    Event,
    Failed,
    FileReady,
    Notice,
    PicturePreview,
    RouteChosen,
    Source,
    SourcesFound,
    SpeechPiece,
    TableReady,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)

if TYPE_CHECKING:
    from vtai.api.compat.kept import Kept
    from vtai.core.messages import ToolCall
    from vtai.core.routes import Decision

Delta = dict[str, Any]

_LONGEST_CAPTION: Final = 200
_UNLINKED: Final = re.compile(r"[\[\]\s]+")
_CITED: Final = re.compile(r"\[(\d{1,3}(?:, ?\d{1,3}){0,9})\]")


class Writing:
    """What has come so far of one answer. `take` gives the fields that each event adds to the message."""

    def __init__(self, kept: Kept, stops: Sequence[str]) -> None:
        self.decision: Decision | None = None
        self.failed: Failed | None = None
        self.text = ""
        self.thinking = ""
        self.calls: list[dict[str, Any]] = []
        self._kept = kept
        self._stops = Stops(stops)
        self._sources: dict[int, Source] = {}
        self._usages: list[Usage] = []
        self._notices: dict[str, str] = {}

    @property
    def is_over(self) -> bool:
        """Whether nothing more is wanted."""
        return self._stops.is_reached or self.failed is not None

    @property
    def finish_reason(self) -> str:
        if self.calls:
            return "tool_calls"
        return "length" if "length" in self._notices and not self._stops.is_reached else "stop"

    @property
    def usage(self) -> dict[str, int]:
        taken = sum(usage.input_tokens for usage in self._usages)
        given = sum(usage.output_tokens for usage in self._usages)
        return {"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}

    @property
    def routed(self) -> dict[str, Any]:
        """Where the message went, and why."""
        decision = self.decision
        if decision is None:
            return {}
        return {
            "route": decision.route,
            "confidence": round(decision.confidence, 4),
            "reason": decision.reason,
        }

    @property
    def told(self) -> dict[str, Any]:
        """What is known in the end alone: who answered, and what people would be told beside the answer."""
        told: dict[str, Any] = {"model": self._usages[-1].model} if self._usages else {}
        return told | ({"notices": list(self._notices.values())} if self._notices else {})

    @property
    def annotations(self) -> list[dict[str, Any]]:
        """The pages of the web that the answer rests on, and where it cites them."""
        places: dict[int, list[tuple[int, int]]] = {}
        for found in _CITED.finditer(self.text):
            for number in map(int, found[1].split(",")):
                places.setdefault(number, []).append(found.span())
        end = len(self.text)
        return [
            _annotation(source, start, stop)
            for source in self._sources.values()
            if source.url
            for start, stop in places.get(source.number, [(end, end)])
        ]

    async def take(self, event: Event) -> Delta:
        """The fields that the event adds; none for much."""
        match event:
            case TextDelta(text):
                return self._said(text)
            case ThinkingDelta(text):
                self.thinking += text
                return {"reasoning_content": text}
            case FileReady():
                return self._said(self._apart(await self._link(event)))
            case TableReady():
                return self._said(self._apart(_table(event)))
            case Choices(question, options):
                listed = "".join(f"\n- {option.label}" for option in options)
                return self._said(self._apart(f"{question}\n{listed}"))
            case ApprovalAsked():
                # Nobody is there to be asked.
                event.answer("no")
            case _:
                self._note(event)
        return {}

    def called(self, calls: Sequence[ToolCall]) -> list[Delta]:
        """The calls of the program's tools, one after the other."""
        deltas: list[Delta] = []
        for call in calls:
            function = {"name": call.name, "arguments": call.arguments}
            self.calls.append({"id": call.id, "type": "function", "function": function})
            deltas.append({"tool_calls": [{"index": len(self.calls) - 1, **self.calls[-1]}]})
        return deltas

    def finish(self) -> Delta:
        """What was held back."""
        held = self._stops.finish()
        self.text += held
        return {"content": held} if held else {}

    def _note(self, event: Event) -> None:
        match event:
            case RouteChosen(decision):
                self.decision = decision
            case SourcesFound(sources):
                self._sources |= {source.number: source for source in sources}
            case Usage():
                self._usages.append(event)
            case Notice(key, text):
                self._notices[key] = text
            case Failed():
                self.failed = event
            case ToolStarted() | ToolProgress() | ToolFinished() | SpeechPiece() | PicturePreview():
                pass
            case TextDelta() | ThinkingDelta() | FileReady() | TableReady() | Choices() | ApprovalAsked():
                pass  # `take` has them
            case _:
                assert_never(event)

    def _said(self, text: str) -> Delta:
        ready = self._stops.feed(text)
        self.text += ready
        return {"content": ready} if ready else {}

    def _apart(self, block: str) -> str:
        """The block with an empty line on both sides."""
        return f"{'' if not self.text or self.text.endswith(chr(10) * 2) else chr(10) * 2}{block}\n\n"

    async def _link(self, file: FileReady) -> str:
        shown = _UNLINKED.sub(" ", file.caption or file.name)[:_LONGEST_CAPTION].strip() or "file"
        url = await self._kept.url(file.name, file.media_type, file.data)
        if url is None:
            return f"({shown}: too large to be sent along)"
        is_picture = file.media_type.startswith("image/")
        return f"![{shown}]({url})" if is_picture else f"[{_UNLINKED.sub(' ', file.name)}]({url})"


def _annotation(source: Source, start: int, end: int) -> dict[str, Any]:
    cited = {"url": source.url, "title": source.title, "start_index": start, "end_index": end}
    return {"type": "url_citation", "url_citation": cited}


def _table(table: TableReady) -> str:
    """The rows that there are, in Markdown."""
    lines = [table.columns, tuple("---" for _ in table.columns), *table.rows]
    shown = "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
    left = table.total_rows - len(table.rows)
    title = f"**{_cell(table.title)}**\n\n" if table.title else ""
    return f"{title}{shown}" + (f"\n\n{left:,} more rows." if left > 0 else "")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
