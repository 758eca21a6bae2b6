"""Shows the events of a reply: as prose for people, or as JSON lines for programs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from vtai.cli import files
from vtai.core.errors import VTError
from vtai.core.events import (
    Choices,
    Event,
    Failed,
    FileReady,
    Notice,
    PicturePreview,
    RouteChosen,
    Source,
    SourcesFound,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)

if TYPE_CHECKING:
    from vtai.cli.terminal import Terminal
    from vtai.core.routes import Decision


class Prose:
    """The answer on standard output; thinking, steps, notices and failures on standard error.

    Who decided and what it cost is told only where somebody watches. `command` gives what to type to send the
    same question to a route.
    """

    def __init__(self, terminal: Terminal, out: Path, command: Callable[[str], str]) -> None:
        self._terminal = terminal
        self._out = out
        self._command = command
        self._sources: dict[int, Source] = {}
        self._is_mid_line = False
        self._is_thinking = False

    def show(self, event: Event) -> None:
        match event:
            case TextDelta():
                self._text(event.text)
            case ThinkingDelta():
                self._is_thinking = True
                self._terminal.aside(event.text, end="")
            case FileReady():
                self._file(event)
            case PicturePreview():
                pass  # a terminal has no place for what is replaced in a moment
            case SourcesFound():
                self._sources |= {source.number: source for source in event.sources}
            case Choices():
                self._ask(event)
            case Failed():
                self._break()
                self._terminal.problem(event.message, event.hint)
            case _:
                self._about(event)

    def end(self) -> None:
        self._break()
        for source in self._sources.values():
            self._terminal.line(f"[{source.number}] {source.title} {source.url}")

    def _about(self, event: RouteChosen | Notice | Usage | ToolStarted | ToolProgress | ToolFinished) -> None:
        """One line beside the answer."""
        line = _line_about(event)
        if line is None or (isinstance(event, RouteChosen | Usage) and not self._terminal.is_watched):
            return
        self._break()
        self._terminal.aside(line)

    def _ask(self, event: Choices) -> None:
        """The question, and for each answer the command that gives it."""
        self._break()
        self._terminal.aside(event.question)
        for option in event.options:
            self._terminal.aside(f"  {option.label}: {self._command(option.route)}")

    def _text(self, text: str) -> None:
        if not text:
            return
        if self._is_thinking:
            self._break()
        self._terminal.write(text)
        self._is_mid_line = not text.endswith("\n")

    def _file(self, event: FileReady) -> None:
        self._break()
        try:
            self._terminal.line(f"Saved {files.save(event, self._out)}")
        except VTError as error:
            self._terminal.problem(error.message, error.hint)

    def _break(self) -> None:
        """Whatever comes next begins on a line of its own."""
        if self._is_thinking:
            self._terminal.aside("")
            self._is_thinking = False
        if self._is_mid_line:
            self._terminal.line()
            self._is_mid_line = False


class JsonLines:
    """Every event as one JSON object a line, its kind under "event"; files are saved and named by "path".

    Of a preview only its size is told.
    """

    def __init__(self, terminal: Terminal, out: Path) -> None:
        self._terminal = terminal
        self._out = out

    def show(self, event: Event) -> None:
        fields: dict[str, Any] = {"event": _kind(event)}
        match event:
            case FileReady():
                fields |= self._saved(event)
            case PicturePreview():
                about = {"slot": event.slot, "media_type": event.media_type, "size_bytes": len(event.data)}
                fields |= about
            case _:
                fields |= dataclasses.asdict(event)
        self._terminal.line(json.dumps(fields, ensure_ascii=not self._terminal.takes_unicode))

    def end(self) -> None:
        """Nothing is left to say."""

    def _saved(self, file: FileReady) -> dict[str, Any]:
        about = {
            "name": file.name,
            "media_type": file.media_type,
            "size_bytes": len(file.data),
            "caption": file.caption,
            "details": dict(file.details),
        }
        try:
            return about | {"path": str(files.save(file, self._out))}
        except VTError as error:
            return about | {"path": None, "error": f"{error.message} {error.hint}"}


def _kind(event: Event) -> str:
    """TextDelta gives text_delta."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).lower()


def _line_about(
    event: RouteChosen | Notice | Usage | ToolStarted | ToolProgress | ToolFinished,
) -> str | None:
    match event:
        case RouteChosen():
            return described(event.decision)
        case Notice():
            return event.text
        case Usage():
            return _cost(event)
        case ToolStarted():
            return f"{event.name}: {event.arguments}" if event.arguments else event.name
        case ToolProgress():
            return event.text or None
        case ToolFinished():
            return ("Failed: " if event.is_error else "= ") + event.output
        case _:
            assert_never(event)


def described(decision: Decision) -> str:
    """The decision in one line."""
    return f"{decision.route} ({decision.confidence:.0%}, {decision.router}): {decision.reason}"


def _cost(usage: Usage) -> str:
    about = "about " if usage.is_estimated else ""
    price = "" if usage.cost_usd is None else f", ${usage.cost_usd:.4f}"
    return f"{usage.model}: {about}{usage.input_tokens} tokens in, {usage.output_tokens} out{price}"
