"""What happened and was not read yet. One reader; anybody in the same loop may put."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from vtai.core.ports.talking import SoundOut, TalkEvent


class Outbox:
    """Events in order. Sound that nobody took yet can be taken back."""

    def __init__(self) -> None:
        self._waiting: deque[TalkEvent] = deque()
        self._changed = asyncio.Event()
        self._failure: BaseException | None = None
        self._is_closed = False

    def put(self, *events: TalkEvent) -> None:
        if not self._is_closed and self._failure is None:
            self._waiting.extend(events)
            self._changed.set()

    def drop_sound(self) -> None:
        """Takes back the sound that nobody took."""
        self._waiting = deque(event for event in self._waiting if not isinstance(event, SoundOut))

    def fail(self, error: BaseException) -> None:
        """The reader gets what waits, then the error."""
        self._failure = self._failure or error
        self._changed.set()

    def close(self) -> None:
        self._is_closed = True
        self._changed.set()

    async def events(self) -> AsyncGenerator[TalkEvent, None]:
        """Until it is closed. Raises what it was failed with."""
        while True:
            while self._waiting and not self._is_closed:
                yield self._waiting.popleft()
            if self._is_closed:
                return
            if self._failure is not None:
                raise self._failure
            self._changed.clear()
            await self._changed.wait()
