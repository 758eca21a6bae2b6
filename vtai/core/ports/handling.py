"""Who answers a turn, and what they are handed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vtai.core.events import Event, FileReady, Notice, SourcesFound, TableReady, Usage
from vtai.core.messages import Attachment
from vtai.core.numbering import Numbering
from vtai.core.ports.code import Notes, Sandbox
from vtai.core.ports.files import Fetcher, Pictures, Reader, Similarity
from vtai.core.ports.models import Catalogue, ImageModel, ModelClient, ToolSpec
from vtai.core.ports.senses import PageReader, SearchProvider, SpeechProvider, Transcripts
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn

# A stream that is read inside `contextlib.aclosing`, so that stopping closes the vendor's connection.
Stream = AsyncGenerator[Event, None]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The end of a tool's work: `text` is for the model, `shown` for people where it differs."""

    text: str
    shown: str | None = None
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What the calls of tools in one reply belong to. `numbering` numbers the pages that they find."""

    turn: Turn
    services: Services
    numbering: Numbering = field(default_factory=Numbering)

    @property
    def files(self) -> tuple[Attachment, ...]:
        """The files of the conversation; of those with one name the newest."""
        messages = self.turn.history.messages
        every = [*(file for message in messages for file in message.attachments), *self.turn.attachments]
        return tuple({file.name: file for file in every}.values())


# Text is progress for people to see while the tool works.
ToolEvent = str | FileReady | TableReady | SourcesFound | Notice | Usage | ToolResult


class Tool(Protocol):
    """Something the assistant may call."""

    @property
    def spec(self) -> ToolSpec: ...

    @property
    def needs_approval(self) -> bool:
        """Whether the person is asked before each call."""
        ...

    def shown(self, arguments: str) -> tuple[str, str]:
        """The arguments as people are to read them, and the language they are in: "python", "json", ""."""
        ...

    def run(self, arguments: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
        """What comes of the call, a ToolResult at the very end. `arguments` is JSON text.

        Raises VTError with what was wrong; the model and the person read it.
        """
        ...


class Toolbox(Protocol):
    """The tools there are, now: shipped, from other packages, of MCP servers."""

    async def tools(self) -> Sequence[Tool]:
        """Those that are on and work; servers that are down are left out."""
        ...


class Handler(Protocol):
    """A module that answers the turns of one route."""

    @property
    def route(self) -> Route: ...

    @property
    def reply(self) -> Reply: ...


class Reply(Protocol):
    """Answers a turn. Raises VTError; `decision` is what led here."""

    def __call__(self, turn: Turn, decision: Decision, services: Services) -> Stream: ...


@dataclass(frozen=True, slots=True)
class Services:
    """The ports, handed to handlers and tools."""

    catalogue: Catalogue
    models: ModelClient
    images: ImageModel
    speech: SpeechProvider
    transcripts: Transcripts
    search: SearchProvider
    reader: Reader
    pictures: Pictures
    fetcher: Fetcher
    similarity: Similarity
    pages: PageReader
    sandbox: Sandbox
    notes: Notes
    toolbox: Toolbox
