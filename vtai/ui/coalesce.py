"""Text on its way to the browser, in as few events as the eye allows.

The first piece goes out at once. After that pieces are gathered for at least 50 ms, longer when the text on
the page is long (the browser parses all of it again each time) or when many people are answered at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

_LEAST_S = 0.05
_MOST_S = 0.5
# Up to this length a browser parses the text well within the shortest pause.
_CHARACTERS_A_PAUSE = 6_000
_SECONDS_A_STREAM = 0.000_5

Sleep = Callable[[float], Awaitable[None]]
Write = Callable[[str], Awaitable[None]]


class Pace:
    """How long to gather. One a process: it counts the texts that are being written."""

    def __init__(self) -> None:
        self.streams = 0

    def pause_s(self, shown: int) -> float:
        """Seconds until the next event of a text that shows `shown` characters already."""
        for_length = _LEAST_S * shown / _CHARACTERS_A_PAUSE
        for_company = _LEAST_S + _SECONDS_A_STREAM * self.streams
        return min(_MOST_S, max(for_length, for_company))


class Flow:
    """One text. `write` gets the gathered pieces, one call at a time, in order.

    `sleep` is there for tests.
    """

    def __init__(self, write: Write, pace: Pace, sleep: Sleep = asyncio.sleep) -> None:
        self._write = write
        self._pace = pace
        self._sleep = sleep
        self._gathered: list[str] = []
        self._has_text = asyncio.Event()
        self._shown = 0
        self._pump: asyncio.Task[None] | None = None

    def add(self, piece: str) -> None:
        """Takes a piece; it is written from a task beside the caller's."""
        if not piece:
            return
        if self._pump is None:
            self._pump = asyncio.create_task(self._run(), name="write to the page")
            self._pace.streams += 1
        self._gathered.append(piece)
        self._has_text.set()

    async def close(self) -> str:
        """Stops writing. Gives what was not written yet; whoever closes shows the whole text anyway."""
        if self._pump is not None:
            self._pace.streams -= 1
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
            self._pump = None
        return self._take()

    def _take(self) -> str:
        text = "".join(self._gathered)
        self._gathered.clear()
        self._has_text.clear()
        return text

    async def _run(self) -> None:
        while True:
            await self._has_text.wait()
            text = self._take()
            await self._write(text)
            self._shown += len(text)
            await self._sleep(self._pace.pause_s(self._shown))
