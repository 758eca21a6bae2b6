"""Who may run code now: the places of the server, and the turns of those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from vtai.core.code import SessionKey
from vtai.core.errors import Busy


@dataclass(eq=False, slots=True)
class Ticket:
    """A run that waits, or has its place."""

    key: SessionKey
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    has_place: bool = False


class Places:
    """At most `size` runs at once, one of each conversation, `per_person` of each person.

    First come, first served.
    """

    def __init__(
        self, size: int, *, per_person: int, most_waiting: int, most_waiting_per_person: int
    ) -> None:
        self._size = size
        self._per_person = per_person
        self._most_waiting = most_waiting
        self._most_waiting_per_person = most_waiting_per_person
        self._running: set[Ticket] = set()
        self._waiting: list[Ticket] = []

    def ask(self, key: SessionKey) -> Ticket:
        """A ticket, to be given back by `leave` in any case. Raises Busy where too many wait."""
        own = sum(ticket.key.person == key.person for ticket in self._waiting)
        if len(self._waiting) >= self._most_waiting or own >= self._most_waiting_per_person:
            raise Busy("Too much code waits to be run just now.", "Try again in a moment.")
        ticket = Ticket(key)
        self._waiting.append(ticket)
        self._advance()
        return ticket

    async def progress(self, ticket: Ticket) -> AsyncGenerator[int, None]:
        """How many runs come first, whenever that changes; ends when the ticket has its place."""
        said = 0
        while not ticket.has_place:
            ticket.moved.clear()
            ahead = self._ahead(ticket)
            if ahead != said:
                said = ahead
                yield ahead
                continue
            await ticket.moved.wait()

    def leave(self, ticket: Ticket) -> None:
        """Gives place or turn back. May be called twice."""
        self._running.discard(ticket)
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        self._advance()

    def is_running(self, key: SessionKey) -> bool:
        return any(ticket.key == key for ticket in self._running)

    def _ahead(self, ticket: Ticket) -> int:
        """Those that wait before it, and the one whose end it waits for."""
        return self._waiting.index(ticket) + 1

    def _advance(self) -> None:
        for ticket in tuple(self._waiting):
            if len(self._running) < self._size and self._is_free(ticket.key):
                self._waiting.remove(ticket)
                self._running.add(ticket)
                ticket.has_place = True
        for ticket in (*self._waiting, *self._running):
            ticket.moved.set()

    def _is_free(self, key: SessionKey) -> bool:
        own = [ticket.key for ticket in self._running if ticket.key.person == key.person]
        return key not in own and len(own) < self._per_person
