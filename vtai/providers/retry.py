"""Tries again what may pass: a wrapper with the port of what it wraps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from vtai.core.errors import ProviderError, RateLimited, TimedOut, Unreachable, VendorDown
from vtai.core.events import Notice
from vtai.core.ports import ModelClient, ModelEvent, ModelRequest

if TYPE_CHECKING:
    from tenacity import RetryCallState

_MAY_PASS = (RateLimited, VendorDown, Unreachable, TimedOut)
_NOTICE_FROM_S = 2.0


class RetryingModels:
    """Asks again, at most `max_retries` times, as long as nothing of the answer was shown.

    Waits grow from `first_wait_s` with jitter; a vendor's own hint counts where it is longer. No try starts
    later than `budget_s` after the first one: an error that would take longer is reported at once.
    """

    def __init__(
        self,
        inner: ModelClient,
        max_retries: int = 2,
        *,
        first_wait_s: float = 0.5,
        budget_s: float = 60.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._max_retries = max_retries
        self._first_wait_s = first_wait_s
        self._budget_s = budget_s
        self._sleep = sleep
        self._clock = clock

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer of the first try that gives one. A longer wait is told in a notice."""
        latest = self._clock() + self._budget_s
        for failures in range(1, self._max_retries + 2):
            has_answer = False
            try:
                async with aclosing(self._inner.stream(request)) as pieces:
                    async for piece in pieces:
                        has_answer = has_answer or not isinstance(piece, Notice)
                        yield piece
            except _MAY_PASS as error:
                wait_s = self._wait_s(error, failures)
                is_late = self._clock() + wait_s > latest
                if has_answer or is_late or failures > self._max_retries:
                    raise
                message = error.message
            else:
                return
            if wait_s >= _NOTICE_FROM_S:
                yield Notice("retry", f"{message} Trying again in {round(wait_s)} s.")
            await self._sleep(wait_s)

    def _wait_s(self, error: ProviderError, failures: int) -> float:
        from tenacity import wait_exponential_jitter

        grow = wait_exponential_jitter(
            multiplier=self._first_wait_s, max=self._budget_s, jitter=self._first_wait_s
        )
        wait_s = grow(_state(failures))
        if isinstance(error, RateLimited | VendorDown) and error.retry_after_s is not None:
            wait_s = max(wait_s, error.retry_after_s)
        return wait_s


def _state(attempt: int) -> RetryCallState:
    """Tenacity's waits ask for the state of a whole call; they read the number of the attempt."""
    from tenacity import AsyncRetrying, RetryCallState

    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = attempt
    return state
