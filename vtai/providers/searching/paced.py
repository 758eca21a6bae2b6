"""Holds searches back so that no provider gets too many in a second: a wrapper with the same port."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from vtai.core.errors import RateLimited
from vtai.core.web import SearchRequest, SearchResults
from vtai.providers.searching.connected import ConnectedSearch

_SECOND = 1.0


class PacedSearch:
    """Starts at most `per_second` searches in any second; those beyond wait, at most `longest_wait_s`."""

    def __init__(
        self,
        inner: ConnectedSearch,
        per_second: int,
        *,
        longest_wait_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._longest_wait_s = longest_wait_s
        self._sleep = sleep
        self._clock = clock
        # When the latest searches started, or will.
        self._starts: deque[float] = deque(maxlen=per_second)

    @property
    def name(self) -> str:
        return self._inner.name

    async def search(self, request: SearchRequest) -> SearchResults:
        """As the inner one. Raises RateLimited, too, where the wait would be too long."""
        now = start = self._clock()
        if len(self._starts) == self._starts.maxlen:
            start = max(now, self._starts[0] + _SECOND)
        if start - now > self._longest_wait_s:
            raise RateLimited(
                "Too many searches are made here at once.", "Try again in a moment.", start - now
            )
        self._starts.append(start)
        if start > now:
            await self._sleep(start - now)
        return await self._inner.search(request)

    async def close(self) -> None:
        await self._inner.close()
