"""What a session was asked and has not answered yet. Takes the frames that belong to it, and no others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from vtai.core.code import CodeFigure, CodeOutput
from vtai.core.events import TableReady
from vtai.providers.sandbox import results
from vtai.providers.sandbox.results import Done, Forged, Printed

_MOST_TABLE_FRAMES = 1_000


class Call(Protocol):
    """`moved` is set whenever there is something new."""

    id: int
    moved: asyncio.Event
    is_over: bool

    def take(self, header: dict[str, Any], payload: bytes) -> None:
        """Raises Forged for what does not belong to it."""
        ...


@dataclass(slots=True)
class RunCall:
    """A run: what it shows, and its end."""

    id: int
    printed: Printed
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    done: Done | None = None
    _shown: deque[CodeFigure | TableReady] = field(default_factory=deque)
    _figure: bytearray = field(default_factory=bytearray)
    _figures: int = 0
    _too_large: int = 0
    _tables: int = 0

    def take(self, header: dict[str, Any], payload: bytes) -> None:
        match header["op"]:
            case "figure":
                self._take_figure(payload, has_more=header.get("more") is True)
            case "table":
                self._take_table(header)
            case "done":
                self.done = results.done(header)
                self.is_over = True
            case op:
                raise Forged(f"{op} during a run")
        self.moved.set()

    def events(self) -> Iterator[CodeOutput | CodeFigure | TableReady]:
        """What came since the last time."""
        yield from self.printed.take()
        while self._shown:
            yield self._shown.popleft()

    @property
    def notes(self) -> tuple[str, ...]:
        said = []
        if (more := self._tables - results.MOST_TABLES) > 0:
            said.append(f"{more} more tables are left out.")
        if self._too_large:
            most = results.MOST_PIXELS // 1_000_000
            said.append(f"{self._too_large} figures of more than {most} million pixels are left out.")
        return tuple(said)

    def _take_figure(self, payload: bytes, *, has_more: bool) -> None:
        self._figure += payload
        if len(self._figure) > results.MOST_FIGURE_BYTES or self._figures >= results.MOST_FIGURES:
            raise Forged("too many figures, or too large ones")
        if not has_more:
            self._figures += 1
            if (data := results.figure(bytes(self._figure))) is not None:
                self._shown.append(CodeFigure(data))
            else:
                self._too_large += 1
            self._figure.clear()

    def _take_table(self, header: dict[str, Any]) -> None:
        table = results.table(header)
        self._tables += 1
        if self._tables > _MOST_TABLE_FRAMES:
            raise Forged("too many tables")
        if self._tables <= results.MOST_TABLES:
            self._shown.append(table)


@dataclass(slots=True)
class PutCall:
    """A file on its way in. `refusal` is why it was not taken."""

    id: int
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    refusal: str | None = None

    def take(self, header: dict[str, Any], payload: bytes) -> None:
        if header["op"] != "putted":
            raise Forged(f"{header['op']} while a file is put in")
        self.refusal = results.refusal(header)
        self.is_over = True
        self.moved.set()


@dataclass(slots=True)
class GetCall:
    """A file on its way out."""

    id: int
    max_bytes: int
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    refusal: str | None = None
    content: bytearray = field(default_factory=bytearray)

    def take(self, header: dict[str, Any], payload: bytes) -> None:
        if header["op"] != "file":
            raise Forged(f"{header['op']} while a file is taken out")
        self.refusal = results.refusal(header)
        self.content += payload
        if len(self.content) > self.max_bytes:
            raise Forged("a file that is larger than it said")
        self.is_over = self.refusal is not None or header.get("more") is not True
        self.moved.set()


@dataclass(slots=True)
class ReadyCall:
    """The walls going up. `refusal` is why they do not."""

    id: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    level: str = ""
    refusal: str | None = None

    def take(self, header: dict[str, Any], payload: bytes) -> None:
        match header["op"]:
            case "ready":
                self.level = str(header.get("level"))
            case "refused":
                self.refusal = str(header.get("reason"))[:500]
            case op:
                raise Forged(f"{op} before it was ready")
        self.is_over = True
        self.moved.set()
