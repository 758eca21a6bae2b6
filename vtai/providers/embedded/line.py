"""A line of turns before a model that writes only a few answers at once, where everybody sees their place."""

from __future__ import annotations

import asyncio
from types import TracebackType

from vtai.core.errors import Busy


class Line:
    """First come, first served: the first `slots` in the line are being answered, the others wait."""

    def __init__(self, slots: int, max_waiting: int) -> None:
        self._slots = slots
        self._max_waiting = max_waiting
        self._places: list[Place] = []

    def join(self) -> Place:
        """A place at the end; leave it through `with`. Raises Busy when too many wait already."""
        waiting = max(0, len(self._places) - self._slots)
        if len(self._places) >= self._slots and waiting >= self._max_waiting:
            raise Busy(
                "The built-in model has too many messages waiting.",
                "Send it again in a minute, or add a key for a faster model: vtai --api-key openai=...",
            )
        place = Place(self)
        self._places.append(place)
        return place

    def ahead(self, place: Place) -> int:
        """How many answers must end before this one begins; 0 when it may."""
        return max(0, self._places.index(place) - self._slots + 1)

    def leave(self, place: Place) -> None:
        index = self._places.index(place)
        self._places.pop(index)
        for later in self._places[index:]:
            later.moved_up()


class Place:
    """One turn in the line, from joining to the end of its answer."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._moved = asyncio.Event()

    @property
    def ahead(self) -> int:
        return self._line.ahead(self)

    def moved_up(self) -> None:
        self._moved.set()

    async def next_move(self) -> None:
        """Returns when somebody ahead has left."""
        await self._moved.wait()
        self._moved.clear()

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.leave(self)
