"""Gives sound out no faster than it is heard, but for a little that is kept ahead."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vtai.core.ports.talking import SoundOut
from vtai.talking.options import BYTES_A_SECOND, TalkOptions


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is, in seconds, and how to wait."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Player:
    """The sound of one reply. `run` plays what `add` gives it; whoever cancels `run` stops the sound."""

    def __init__(self, put: Callable[[SoundOut], None], options: TalkOptions, clock: Clock) -> None:
        self._put = put
        self._options = options
        self._clock = clock
        self._chunk_bytes = max(2, int(options.chunk_s * BYTES_A_SECOND) // 2 * 2)
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._sent_bytes = 0
        self._until: float | None = None
        self._is_finished = False
        self._changed = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        return self._until is not None

    @property
    def is_sounding(self) -> bool:
        """Whether some of it is still to be heard."""
        return self._waiting_bytes > 0 or (self._until is not None and self._until > self._clock.now())

    @property
    def sent_s(self) -> float:
        """How much was given out."""
        return self._sent_bytes / BYTES_A_SECOND

    @property
    def played_s(self) -> float:
        """How much of it has been heard until now, as far as can be told from here."""
        rest_s = max(0.0, self._until - self._clock.now()) if self._until is not None else 0.0
        return max(0.0, self.sent_s - rest_s)

    async def add(self, samples: bytes) -> None:
        """More sound. Waits while a lot of it is waiting."""
        while self._waiting_bytes and self._waiting_bytes + len(samples) > self._most_bytes:
            self._changed.clear()
            await self._changed.wait()
        self.put(samples)

    def put(self, samples: bytes) -> None:
        """More sound, however much waits."""
        self._waiting.append(samples)
        self._waiting_bytes += len(samples)
        self._changed.set()

    def finish(self) -> None:
        """There is no more."""
        self._is_finished = True
        self._changed.set()

    async def run(self) -> None:
        """Plays until all of it was heard."""
        while (samples := await self._next()) is not None:
            for at in range(0, len(samples), self._chunk_bytes):
                await self._wait_until_near()
                self._send(samples[at : at + self._chunk_bytes])
        while (rest_s := (self._until or 0.0) - self._clock.now()) > 0:
            await self._clock.sleep(rest_s)

    @property
    def _most_bytes(self) -> int:
        return int(self._options.waiting_s * BYTES_A_SECOND)

    async def _next(self) -> bytes | None:
        while not self._waiting:
            if self._is_finished:
                return None
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    async def _wait_until_near(self) -> None:
        while self._until is not None and self._until - self._clock.now() > self._options.ahead_s:
            await self._clock.sleep(self._until - self._clock.now() - self._options.ahead_s)

    def _send(self, chunk: bytes) -> None:
        now = self._clock.now()
        self._until = max(now, self._until or now) + len(chunk) / BYTES_A_SECOND
        self._sent_bytes += len(chunk)
        self._waiting_bytes -= len(chunk)
        self._changed.set()
        self._put(SoundOut(chunk))
