"""Remembers pages for some minutes, so that the next question does not fetch them again."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from vtai.core.errors import BadAddress, BadAttachment, ProviderError, TimedOut, VTError
from vtai.core.sharing import Shared
from vtai.core.web import Page

if TYPE_CHECKING:
    from vtai.core.ports import PageReader

_BYTES_A_CHARACTER: Final = 2
_OVERHEAD_BYTES: Final = 500


@dataclass(frozen=True, slots=True)
class _Known:
    """A page, or why there is none. `within_s` is how long was waited for it."""

    outcome: Page | VTError
    since: float
    within_s: float
    size_bytes: int


class CachedPages:
    """A PageReader that keeps pages of another one for `kept_s`, failures for `failure_kept_s`.

    Readers of one page at the same time share one read. `max_bytes` of memory are taken, about; the page
    that was not asked for the longest goes first. `clock` gives seconds that only grow.
    """

    def __init__(
        self,
        pages: PageReader,
        *,
        kept_s: float = 300.0,
        failure_kept_s: float = 30.0,
        max_bytes: int = 32_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pages = pages
        self._kept_s = kept_s
        self._failure_kept_s = failure_kept_s
        self._max_bytes = max_bytes
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._bytes = 0
        self._shared: Shared[str, Page] = Shared()

    async def read(self, url: str, timeout_s: float = 10.0) -> Page:
        """As the reader within, with `age_s` set. Raises what it raises; TimedOut after `timeout_s`."""
        key = url.strip().partition("#")[0]
        match self._remembered(key, timeout_s):
            case Page() as page:
                return page
            case VTError() as error:
                raise error
            case None:
                pass
        try:
            async with asyncio.timeout(timeout_s):
                return await self._shared.get(key, lambda: self._read(key, url, timeout_s))
        except TimeoutError as late:
            raise TimedOut("The page could not be read in time.", "Try again later.") from late

    def _remembered(self, key: str, timeout_s: float) -> Page | VTError | None:
        known = self._known.get(key)
        if known is None:
            return None
        age_s = self._clock() - known.since
        if age_s >= (self._kept_s if isinstance(known.outcome, Page) else self._failure_kept_s):
            self._forget(key)
            return None
        if isinstance(known.outcome, TimedOut) and timeout_s > known.within_s:
            return None  # this time there is more time
        self._known.move_to_end(key)
        if isinstance(known.outcome, Page):
            return replace(known.outcome, age_s=age_s)
        return _again(known.outcome)

    async def _read(self, key: str, url: str, timeout_s: float) -> Page:
        outcome: Page | VTError
        try:
            outcome = await self._pages.read(url, timeout_s)
        except (BadAddress, BadAttachment, ProviderError) as error:
            outcome = error
        self._keep(key, _Known(outcome, self._clock(), timeout_s, _bytes(key, outcome)))
        if isinstance(outcome, VTError):
            # What is kept must not hold on to the frames it was raised in.
            raise _again(outcome)
        return outcome

    def _keep(self, key: str, known: _Known) -> None:
        self._forget(key)
        if known.size_bytes > self._max_bytes:
            return
        self._known[key] = known
        self._bytes += known.size_bytes
        while self._bytes > self._max_bytes:
            self._forget(next(iter(self._known)))

    def _forget(self, key: str) -> None:
        if (known := self._known.pop(key, None)) is not None:
            self._bytes -= known.size_bytes


def _again(error: VTError) -> VTError:
    """The same failure for another reader: an exception that is raised twice carries both their frames."""
    other = type(error)(error.message, error.hint)
    if (wait_s := getattr(error, "retry_after_s", None)) is not None:
        other.retry_after_s = wait_s  # type: ignore[attr-defined]  # those that have one have it twice
    return other


def _bytes(key: str, outcome: Page | VTError) -> int:
    """About what it takes in memory."""
    if isinstance(outcome, VTError):
        return _OVERHEAD_BYTES + _BYTES_A_CHARACTER * len(key)
    texts = (key, outcome.url, outcome.title, outcome.site, *outcome.passages, *outcome.notes)
    return _OVERHEAD_BYTES + _BYTES_A_CHARACTER * sum(map(len, texts))
