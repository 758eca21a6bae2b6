"""Searches again where a failure may pass: a wrapper with the port of what it wraps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from vtai.core.errors import ProviderError, RateLimited, StreamCut, VendorDown
from vtai.core.web import SearchRequest, SearchResults
from vtai.providers.searching.connected import ConnectedSearch

_MAY_PASS = (RateLimited, StreamCut, VendorDown)


class RetryingSearch:
    """Asks again, at most `max_retries` times, after a failure that may pass.

    It waits `wait_s`, or as long as the vendor said where that is at most `longest_wait_s`; who has no
    searches left and does not say until when is not asked again. No try starts later than `budget_s` after
    the first one. A connection that cannot be made, or a time-out, is reported at once.
    """

    def __init__(
        self,
        inner: ConnectedSearch,
        max_retries: int = 1,
        *,
        wait_s: float = 0.5,
        longest_wait_s: float = 3.0,
        budget_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._max_retries = max_retries
        self._wait_s = wait_s
        self._longest_wait_s = longest_wait_s
        self._budget_s = budget_s
        self._sleep = sleep
        self._clock = clock

    @property
    def name(self) -> str:
        return self._inner.name

    async def search(self, request: SearchRequest) -> SearchResults:
        """What the first try finds that does not fail. Raises the error of the last one."""
        latest = self._clock() + self._budget_s
        retries = self._max_retries
        while True:
            try:
                return await self._inner.search(request)
            except _MAY_PASS as error:
                wait_s = self._wait_for(error)
                if not retries or wait_s is None or self._clock() + wait_s > latest:
                    raise
            retries -= 1
            await self._sleep(wait_s)

    async def close(self) -> None:
        await self._inner.close()

    def _wait_for(self, error: ProviderError) -> float | None:
        """Seconds until another try makes sense; None where it does not."""
        told_s = error.retry_after_s if isinstance(error, RateLimited | VendorDown) else None
        if told_s is None:
            return None if isinstance(error, RateLimited) else self._wait_s
        return max(told_s, self._wait_s) if told_s <= self._longest_wait_s else None
