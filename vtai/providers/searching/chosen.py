"""Which of the web searches is asked: what is set up, else what needs no key."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vtai.core.errors import (
    MissingKey,
    NotConfigured,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    TimedOut,
    Unreachable,
    VendorDown,
    VTError,
)
from vtai.core.web import SearchRequest, SearchResults
from vtai.providers.searching.connected import ConnectedSearch

if TYPE_CHECKING:
    from pydantic import SecretStr

# After these a keyless search is made elsewhere: used up, out of reach, or not to be had.
_ELSEWHERE = (
    MissingKey,
    NotConfigured,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    TimedOut,
    Unreachable,
    VendorDown,
)
_SET = "Add a Tavily key (vtai --api-key tavily=...), or set searxng_url."
# How long a keyless search that failed comes last, where it did not say itself.
_REST_S = 60.0
_LONGEST_REST_S = 3_600.0


class ChosenSearch:
    """Tavily when there is a key, else the SearXNG that is set, else the `keyless` ones in their order.

    `tavily_key` is asked at every search, so that a key counts from the moment it is set; `with_key` makes
    the search for a key. What is set up never hands a query on when it fails: who runs a SearXNG may not want
    their questions to go elsewhere. The keyless ones stand in for one another; one that failed comes last
    until it has rested. The results name who found them.
    """

    def __init__(
        self,
        tavily_key: Callable[[], SecretStr | None],
        with_key: Callable[[SecretStr], ConnectedSearch],
        *,
        searxng: ConnectedSearch | None = None,
        keyless: Sequence[ConnectedSearch] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tavily_key = tavily_key
        self._with_key = with_key
        self._searxng = searxng
        self._keyless = tuple(keyless)
        self._clock = clock
        self._key: SecretStr | None = None
        self._keyed: ConnectedSearch | None = None
        self._former: list[ConnectedSearch] = []
        self._rests_until: dict[int, float] = {}

    @property
    def name(self) -> str:
        """Who would be asked now."""
        if (configured := self._configured()) is not None:
            return configured.name
        return self._in_order()[0].name if self._keyless else "no search"

    async def search(self, request: SearchRequest) -> SearchResults:
        """Results best first, with the name of who found them. Raises ProviderError or NotConfigured."""
        if (configured := self._configured()) is not None:
            return await configured.search(request)
        if not self._keyless:
            raise NotConfigured("No web search is set up.", _SET)
        failures: list[VTError] = []
        for provider in self._in_order():
            try:
                return await provider.search(request)
            except _ELSEWHERE as error:
                failures.append(error)
                self._rest(provider, error)
        raise _together(failures)

    async def close(self) -> None:
        """Ends all connections."""
        keyed = () if self._keyed is None else (self._keyed,)
        searxng = () if self._searxng is None else (self._searxng,)
        for provider in (*self._former, *keyed, *searxng, *self._keyless):
            await provider.close()

    def _configured(self) -> ConnectedSearch | None:
        key = self._tavily_key()
        if key is None:
            return self._searxng
        if self._keyed is None or key != self._key:
            if self._keyed is not None:
                # A search may still be under way with the former key, so it is closed with the others.
                self._former.append(self._keyed)
            self._key, self._keyed = key, self._with_key(key)
        return self._keyed

    def _in_order(self) -> list[ConnectedSearch]:
        """The keyless ones, those that rest behind the others."""
        now = self._clock()
        return sorted(self._keyless, key=lambda provider: self._rests_until.get(id(provider), 0.0) > now)

    def _rest(self, provider: ConnectedSearch, error: VTError) -> None:
        told_s = error.retry_after_s if isinstance(error, RateLimited) else None
        rest_s = _REST_S if told_s is None else min(told_s, _LONGEST_REST_S)
        self._rests_until[id(provider)] = self._clock() + rest_s


def _together(failures: Sequence[VTError]) -> VTError:
    """One error for all that failed."""
    if len(failures) == 1:
        return failures[0]
    message = "No web search could be made. " + " ".join(failure.message for failure in failures)
    limits = [failure for failure in failures if isinstance(failure, RateLimited)]
    if len(limits) < len(failures):
        return Unreachable(message, _SET)
    waits = [limit.retry_after_s for limit in limits if limit.retry_after_s is not None]
    return RateLimited(message, _SET, min(waits, default=None))
