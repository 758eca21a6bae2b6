"""Who answers a turn, and what they are handed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass, field
from typing import Protocol

from vtai.core.events import Event
from vtai.core.ports.files import Fetcher, Pictures, Reader, Similarity
from vtai.core.ports.models import Catalogue, ImageModel, ModelClient, ToolSpec
from vtai.core.ports.senses import PageReader, SearchProvider, SpeechProvider
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn

# A stream that is read inside `contextlib.aclosing`, so that stopping closes the vendor's connection.
Stream = AsyncGenerator[Event, None]


class Tool(Protocol):
    """Something the assistant may call."""

    @property
    def spec(self) -> ToolSpec: ...

    def run(self, arguments: str) -> Awaitable[str]:
        """The result as text for the model. `arguments` is JSON text. Raises VTError with what was wrong."""
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
    search: SearchProvider
    reader: Reader
    pictures: Pictures
    fetcher: Fetcher
    similarity: Similarity
    pages: PageReader
    tools: tuple[Tool, ...] = field(default=())
