"""Shows the events of a reply: as prose for people, or as JSON lines for programs."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, assert_never

from vtai.cli import files
from vtai.cli.columns import aligned
from vtai.cli.steps import Steps, called
from vtai.core.errors import VTError
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
        self._steps = Steps()
        self._is_mid_line = False
        # What is being written on standard error, its last line not ended yet.
        self._aside: Literal["", "thinking", "progress"] = ""

    def show(self, event: Event) -> None:
        match event:
            case TextDelta():
                self._text(event.text)
            case ThinkingDelta() | ToolProgress():
                self._go_on(event)
            case FileReady() | TableReady() | PicturePreview() | SpeechPiece():
                self._made(event)
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

    def _about(
        self, event: RouteChosen | Notice | Usage | ToolStarted | ToolFinished | ApprovalAsked
    ) -> None:
        """A line beside the answer."""
        if isinstance(event, RouteChosen | Usage) and not self._terminal.is_watched:
            return
        self._break()
        match event:
            case RouteChosen():
                line = described(event.decision)
            case Notice():
                line = event.text
            case Usage():
                line = _cost(event)
            case ToolStarted():
                line = self._steps.began(event)
            case ToolFinished():
                line = self._steps.ended(event)
            case ApprovalAsked():
                line = f"This asks first:\n{called(event)}"
            case _:
                assert_never(event)
        self._terminal.aside(line)

    def _go_on(self, event: ThinkingDelta | ToolProgress) -> None:
        """A piece of what is written beside the answer, where the last piece ended."""
        kind: Literal["thinking", "progress"] = "thinking"
        if isinstance(event, ToolProgress):
            self._steps.went_on(event.id, event.text)
            kind = "progress"
        if self._aside not in {"", kind}:
            self._break()
        if event.text:
            self._terminal.aside(event.text, end="")
            self._aside = "" if event.text.endswith("\n") else kind

    def _made(self, event: FileReady | TableReady | PicturePreview | SpeechPiece) -> None:
        match event:
            case FileReady():
                self._file(event)
            case TableReady():
                self._break()
                for line in _tabulated(event):
                    self._terminal.line(line)
            case PicturePreview():
                pass  # a terminal has no place for what is replaced in a moment
            case SpeechPiece():
                pass  # the whole comes as a file
            case _:
                assert_never(event)

    def _ask(self, event: Choices) -> None:
        """The question, and for each answer the command that gives it."""
        self._break()
        self._terminal.aside(event.question)
        for option in event.options:
            self._terminal.aside(f"  {option.label}: {self._command(option.route)}")

    def _text(self, text: str) -> None:
        if not text:
            return
        if self._aside:
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
        if self._aside:
            self._terminal.aside("")
            self._aside = ""
        if self._is_mid_line:
            self._terminal.line()
            self._is_mid_line = False


class JsonLines:
    """Every event as one JSON object a line, its kind under "event"; files are saved and named by "path".

    Of a preview and a piece of speech only the size is told, and of a question that it was asked.
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
            case SpeechPiece():
                about = {"number": event.number, "media_type": event.media_type, "text": event.text}
                fields |= about | {"size_bytes": len(event.data)}
            case ApprovalAsked():
                fields |= {"id": event.id, "name": event.name}
                fields |= {"arguments": event.arguments, "language": event.language}
            case Failed():
                fields |= {"message": event.message, "hint": event.hint}
                fields |= {"kind": event.kind, "reference": event.reference}
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


def _tabulated(table: TableReady) -> list[str]:
    """The title, the columns, the rows that came along, and how many there are."""
    lines = aligned([table.columns, *table.rows]) if table.columns else []
    if table.total_rows > len(table.rows):
        lines.append(f"({len(table.rows)} of {table.total_rows:,} rows)")
    return [table.title, *lines] if table.title else lines


def described(decision: Decision) -> str:
    """The decision in one line."""
    return f"{decision.route} ({decision.confidence:.0%}, {decision.router}): {decision.reason}"


def _cost(usage: Usage) -> str:
    about = "about " if usage.is_estimated else ""
    price = "" if usage.cost_usd is None else f", ${usage.cost_usd:.4f}"
    return f"{usage.model}: {about}{usage.input_tokens} tokens in, {usage.output_tokens} out{price}"
