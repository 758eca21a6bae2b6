"""Web search by Tavily, with a key or in its keyless mode."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

from vtai.core.web import SearchRequest, SearchResults
from vtai.providers.searching.hits import Fields, bare, hits
from vtai.providers.searching.regions import region_of
from vtai.providers.searching.tavily_errors import refuse_too_many, translations

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr
    from tavily import AsyncTavilyClient

Depth = Literal["basic", "advanced", "fast", "ultra-fast"]

# What the API takes at most.
_MAX_RESULTS = 20
_FIELDS = Fields(published="published_date", score="score", content="raw_content")


class TavilySearch:
    """The Tavily API. Without a key its keyless mode is used: fewer searches, the same results.

    `depth` is how thoroughly Tavily looks ("advanced" costs two credits a search). `has_content` asks for
    the text of each page, which takes longer. `timeout_s` is for the whole search. One client is kept;
    `close` ends its connections. Safe search is not applied: Tavily keeps that for its largest plan.
    """

    def __init__(
        self,
        key: SecretStr | None = None,
        base_url: str = "https://api.tavily.com",
        *,
        depth: Depth = "basic",
        has_content: bool = False,
        timeout_s: float = 20.0,
    ) -> None:
        self._key = key
        self._base_url = base_url.rstrip("/")
        self._depth = depth
        self._has_content = has_content
        self._timeout_s = timeout_s
        self._client: AsyncTavilyClient | None = None
        self._http: httpx.AsyncClient | None = None

    @property
    def name(self) -> str:
        return "Tavily" if self._key else "Tavily without a key"

    async def search(self, request: SearchRequest) -> SearchResults:
        """Results best first. Raises ProviderError."""
        table = await asyncio.to_thread(translations, has_key=self._key is not None)
        try:
            client = await self._connected()
            async with asyncio.timeout(self._timeout_s):
                answer = await client.search(**self._parameters(request), timeout=self._timeout_s)
            return SearchResults(hits(answer["results"], request, _FIELDS), self.name)
        except tuple(kind for kind, _ in table) as error:
            raise next(make(error) for kind, make in table if isinstance(error, kind)) from error

    async def close(self) -> None:
        """Ends the connections; a later search opens them anew."""
        client, http = self._client, self._http
        self._client = self._http = None
        if client is not None:
            await client.close()
        if http is not None:
            await http.aclose()

    def _parameters(self, request: SearchRequest) -> dict[str, Any]:
        """What Tavily is asked; the SDK leaves out what is None. Only general searches take a country."""
        region = region_of(request.region) if request.topic == "general" else None
        return {
            "query": request.query,
            "max_results": min(request.max_results, _MAX_RESULTS),
            "search_depth": self._depth,
            "topic": request.topic,
            "time_range": request.time_range,
            "country": region.name if region else None,
            "include_domains": bare(request.domains) or None,
            "exclude_domains": bare(request.without_domains) or None,
            "include_raw_content": "markdown" if self._has_content else None,
        }

    async def _connected(self) -> AsyncTavilyClient:
        if self._client is None:
            # Two searches may come here at once; the one that is later takes what the other made.
            client, http = await asyncio.to_thread(self._made)
            if self._client is None:
                self._client, self._http = client, http
        return self._client

    def _made(self) -> tuple[AsyncTavilyClient, httpx.AsyncClient | None]:
        import httpx
        from tavily import AsyncTavilyClient

        if self._key is None:
            # None would send the SDK looking for a key in the environment; the empty string is no key.
            return AsyncTavilyClient(api_key="", api_base_url=self._base_url), None
        # The SDK drops when to come back; a client of our own reads it. It would end the keyless mode.
        http = httpx.AsyncClient(event_hooks={"response": [refuse_too_many]})
        key = self._key.get_secret_value()
        return AsyncTavilyClient(api_key=key, api_base_url=self._base_url, client=http), http
