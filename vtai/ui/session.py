"""What the page remembers of one visitor's chat while the session lives."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from vtai.core.conversation import Conversation
from vtai.core.messages import Message
from vtai.core.turn import Preferences, Turn
from vtai.ui.paper import Paper

# Older exchanges leave the memory of the chat; no model reads that far back.
_MOST_EXCHANGES = 400


@dataclass
class Exchange:
    """A message and what was answered. `turn` is without history; `answer` and `route` are the newest."""

    id: str
    turn: Turn
    answer: str = ""
    route: str | None = None


@dataclass
class Recording:
    """Sound from the microphone so far: 16 bit mono, 24 kHz."""

    most_bytes: int
    samples: bytearray = field(default_factory=bytearray)

    def add(self, chunk: bytes) -> bool:
        """Takes what still fits. False when it is full."""
        room = self.most_bytes - len(self.samples)
        self.samples += chunk[:room]
        return len(chunk) < room


@dataclass
class Visit:
    """One chat in one browser tab."""

    preferences: Preferences
    exchanges: list[Exchange] = field(default_factory=list)
    paper: Paper | None = None
    recording: Recording | None = None
    told: set[str] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _turnstile: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs the work after what is running already, in a task that `stop` ends."""
        task = asyncio.create_task(self._in_turn(work), name="answer")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def stop(self) -> None:
        """Ends all that is running or waiting. Each cleans up after itself."""
        for task in tuple(self._tasks):
            # A second press must not cut short the cleaning up after the first.
            if not task.cancelling():
                task.cancel()

    def add(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        del self.exchanges[:-_MOST_EXCHANGES]

    def find(self, message_id: str) -> Exchange | None:
        return next((exchange for exchange in self.exchanges if exchange.id == message_id), None)

    def cut(self, message_id: str) -> Exchange | None:
        """Forgets the exchange and all after it. Gives the one forgotten first."""
        for index, exchange in enumerate(self.exchanges):
            if exchange.id == message_id:
                del self.exchanges[index:]
                return exchange
        return None

    def turn_for(self, exchange: Exchange, route: str | None = None) -> Turn:
        """The turn as it is to be answered now: with the history before it, and a forced route if given."""
        before = self.exchanges[: self.exchanges.index(exchange)]
        return replace(
            exchange.turn,
            history=_history(before),
            previous_route=before[-1].route if before else None,
            route=route or exchange.turn.route,
            command=exchange.turn.command if route is None else None,
        )

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._turnstile:
                await work
        finally:
            work.close()


def _history(exchanges: list[Exchange]) -> Conversation:
    """What was said, each message once. A message that got no answer is not part of it."""
    messages: list[Message] = []
    for exchange in exchanges:
        if exchange.answer:
            turn = exchange.turn
            messages += (
                Message("user", turn.text, attachments=turn.attachments),
                Message("assistant", exchange.answer),
            )
    return Conversation(tuple(messages))
