"""Which of the web searches that are set up is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vtai.providers.search_searxng import SearxngSearch
from vtai.providers.search_tavily import TavilySearch

if TYPE_CHECKING:
    from pydantic import SecretStr

    from vtai.core.ports import SearchResults


class ChosenSearch:
    """Tavily when there is a key, else the SearXNG that is set, else Tavily without a key.

    `tavily_key` is asked at every search, so that a key counts from the moment it is set. A search that fails
    is not handed to the next one: who runs a SearXNG may not want their questions to go elsewhere.
    """

    def __init__(
        self,
        tavily_key: Callable[[], SecretStr | None],
        *,
        searxng_url: str | None = None,
        tavily_url: str = "https://api.tavily.com",
        timeout_s: float = 20.0,
    ) -> None:
        self._tavily_key = tavily_key
        self._tavily_url = tavily_url
        self._timeout_s = timeout_s
        self._tavily = TavilySearch(tavily_key(), tavily_url, timeout_s)
        self._former: list[TavilySearch] = []
        self._searxng = SearxngSearch(searxng_url, timeout_s) if searxng_url else None

    @property
    def name(self) -> str:
        """Who would be asked now."""
        if self._searxng is not None and self._tavily_key() is None:
            return self._searxng.name
        return TavilySearch(self._tavily_key()).name

    async def search(self, query: str, max_results: int) -> SearchResults:
        """Results best first, with the name of who found them. Raises ProviderError or NotConfigured."""
        key = self._tavily_key()
        if key is None and self._searxng is not None:
            return await self._searxng.search(query, max_results)
        if key != self._tavily.key:
            # A search may still be under way with the former key, so its connections end with the others.
            self._former.append(self._tavily)
            self._tavily = TavilySearch(key, self._tavily_url, self._timeout_s)
        return await self._tavily.search(query, max_results)

    async def close(self) -> None:
        """Ends all connections."""
        for tavily in (self._tavily, *self._former):
            await tavily.close()
        if self._searxng is not None:
            await self._searxng.close()
