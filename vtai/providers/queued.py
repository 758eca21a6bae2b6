"""So many requests to a vendor at a time; the others wait, and nobody waits behind all of one person's.

A wrapper with the port of what it wraps. Whoever waits is told their place; leaving gives it up at once.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vtai.core.errors import Busy
from vtai.core.events import Notice
from vtai.core.ports import ModelClient, ModelEvent, ModelRequest

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_WAITING: Final = 500


@dataclass(eq=False, slots=True)
class Ticket:
    """Somebody's place. `moved` is set when it changes."""

    person: str
    is_served: bool = False
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class FairQueue:
    """Lets `at_once` in. Who waits is served person by person in turn, and each person in their order."""

    def __init__(self, at_once: int, most_waiting: int = _MOST_WAITING) -> None:
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._served = 0
        self._waiting: OrderedDict[str, deque[Ticket]] = OrderedDict()

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    @property
    def served(self) -> int:
        return self._served

    def join(self, person: str) -> Ticket:
        """A place, perhaps served at once. Give it to `leave` in the end. Raises Busy."""
        if self.waiting >= self._most_waiting:
            raise Busy(
                "Too many people wait for this model.", "Try again in a minute, or choose another model."
            )
        ticket = Ticket(person)
        self._waiting.setdefault(person, deque()).append(ticket)
        self._serve()
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Done, or not waiting any more."""
        if ticket.is_served:
            self._served -= 1
        else:
            own = self._waiting[ticket.person]
            own.remove(ticket)
            if not own:
                del self._waiting[ticket.person]
        self._serve()
        for tickets in self._waiting.values():
            for other in tickets:
                other.moved.set()

    def place(self, ticket: Ticket) -> int:
        """How many are served up to and with this one, from 1; in each round everybody's next one is."""
        people = list(self._waiting)
        own = self._waiting[ticket.person]
        rounds, turn = own.index(ticket), people.index(ticket.person)
        return sum(
            min(len(tickets), rounds + (1 if people.index(person) <= turn else 0))
            for person, tickets in self._waiting.items()
        )

    def _serve(self) -> None:
        while self._served < self._at_once and self._waiting:
            person, tickets = next(iter(self._waiting.items()))
            ticket = tickets.popleft()
            ticket.is_served = True
            ticket.moved.set()
            self._served += 1
            # Behind everybody else who waits.
            del self._waiting[person]
            if tickets:
                self._waiting[person] = tickets


class QueuedModels:
    """The `ModelClient` port with a queue for each vendor. Built-in models have a queue of their own."""

    def __init__(
        self, inner: ModelClient, at_once: int, label: Callable[[str], str], most_waiting: int = _MOST_WAITING
    ) -> None:
        self._inner = inner
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._label = label
        self._queues: dict[str, FairQueue] = {}

    def waiting(self) -> Mapping[str, float]:
        """How many wait for each vendor."""
        return {vendor: queue.waiting for vendor, queue in self._queues.items()}

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As the port says; a notice tells a place in the queue. Raises Busy where that is full."""
        if request.model.is_embedded:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    yield event
            return
        queue = self._queue(request.model.vendor)
        ticket = queue.join(request.person)
        try:
            told = 0
            while not ticket.is_served:
                place = queue.place(ticket)
                if place != told:
                    told = place
                    yield Notice("queue", f"You are number {place} for {self._label(request.model.vendor)}.")
                    continue
                ticket.moved.clear()
                await ticket.moved.wait()
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    yield event
        finally:
            queue.leave(ticket)

    def _queue(self, vendor: str) -> FairQueue:
        if vendor not in self._queues:
            self._queues[vendor] = FairQueue(self._at_once, self._most_waiting)
        return self._queues[vendor]
