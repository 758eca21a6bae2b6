"""Web search by Tavily, with a key or in its keyless mode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from vtai.core.errors import (
    BadKey,
    BadRequest,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    TimedOut,
    Unreachable,
    VendorDown,
)
from vtai.core.ports import SearchResults
from vtai.providers.search_sources import sources

if TYPE_CHECKING:
    from pydantic import SecretStr
    from tavily import AsyncTavilyClient

# What the API takes at most.
_MAX_RESULTS = 20

_OTHER_WAY = "set searxng_url to search with your own SearXNG"
_ADD_KEY = f"Add a key (vtai --api-key tavily=...), or {_OTHER_WAY}."

Row = tuple[type[Exception], Callable[[Any], ProviderError]]


class TavilySearch:
    """The Tavily API. Without a key its keyless mode is used: fewer searches, the same results.

    `timeout_s` is for the whole search. One client is kept; `close` ends its connections.
    """

    def __init__(
        self, key: SecretStr | None = None, base_url: str = "https://api.tavily.com", timeout_s: float = 20.0
    ) -> None:
        self.key = key
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._client: AsyncTavilyClient | None = None

    @property
    def name(self) -> str:
        return "Tavily" if self.key else "Tavily without a key"

    async def search(self, query: str, max_results: int) -> SearchResults:
        """Results best first. Raises ProviderError."""
        table = await asyncio.to_thread(_translations)
        try:
            client = await self._connected()
            async with asyncio.timeout(self._timeout_s):
                answer = await client.search(
                    query, max_results=min(max_results, _MAX_RESULTS), timeout=self._timeout_s
                )
            return SearchResults(sources(answer["results"], max_results), self.name)
        except tuple(kind for kind, _ in table) as error:
            raise next(make(error) for kind, make in table if isinstance(error, kind)) from error

    async def close(self) -> None:
        """Ends the connections; a later search opens them anew."""
        if client := self._client:
            self._client = None
            await client.close()

    async def _connected(self) -> AsyncTavilyClient:
        if self._client is None:
            self._client = await asyncio.to_thread(self._made)
        return self._client

    def _made(self) -> AsyncTavilyClient:
        from tavily import AsyncTavilyClient

        # None would send the SDK looking for a key in the environment; the empty string is no key.
        key = self.key.get_secret_value() if self.key else ""
        return AsyncTavilyClient(api_key=key, api_base_url=self._base_url)


def _translations() -> Sequence[Row]:
    """Foreign error to ours, the most specific first. Nothing that the server wrote is passed on."""
    import httpx
    from tavily import errors as foreign

    return (
        (foreign.InvalidAPIKeyError, lambda _: BadKey("Tavily refused the key.", "Check it: vtai doctor")),
        (foreign.TavilyKeylessLimitError, _keyless_limit),
        (
            foreign.UsageLimitExceededError,
            lambda _: RateLimited("Tavily gets too many searches from here.", "Wait a minute and try again."),
        ),
        (
            foreign.ForbiddenError,
            lambda _: QuotaExhausted(
                "The Tavily account has no searches left.", f"Raise its plan at tavily.com, or {_OTHER_WAY}."
            ),
        ),
        (
            foreign.BadRequestError,
            lambda _: BadRequest("Tavily did not take this search.", "Ask in fewer or other words."),
        ),
        (foreign.TimeoutError, _late),
        (TimeoutError, _late),
        (
            httpx.HTTPStatusError,
            lambda _: VendorDown("Tavily failed on its side.", f"Try again later, or {_OTHER_WAY}."),
        ),
        (httpx.HTTPError, _unreachable),
        (httpx.InvalidURL, _unreachable),
        (KeyError, _unintelligible),
        (TypeError, _unintelligible),
        (AttributeError, _unintelligible),
        (ValueError, _unintelligible),
    )


def _keyless_limit(error: Any) -> RateLimited:
    seconds = error.retry_after_seconds
    retry_after_s = float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else None
    return RateLimited("The searches that Tavily gives without a key are used up.", _ADD_KEY, retry_after_s)


def _unreachable(_: Exception) -> Unreachable:
    return Unreachable(
        "There is no connection to Tavily.", f"Check the network and tavily_url, or {_OTHER_WAY}."
    )


def _late(_: Exception) -> TimedOut:
    return TimedOut("Tavily did not answer in time.", f"Try again, or {_OTHER_WAY}.")


def _unintelligible(_: Exception) -> VendorDown:
    return VendorDown(
        "Tavily's answer made no sense.", "Check tavily_url; a proxy may have answered instead."
    )
