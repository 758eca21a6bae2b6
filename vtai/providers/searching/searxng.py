"""Web search by a SearXNG instance of one's own."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from vtai.core.errors import ProviderError, VendorDown
from vtai.core.web import SafeSearch, SearchRequest, SearchResults
from vtai.providers.searching.hits import Fields, hits, with_sites
from vtai.providers.searching.regions import region_of
from vtai.providers.searching.searxng_errors import engines_silent, refusal, translations

if TYPE_CHECKING:
    import httpx

_MAX_ANSWER_BYTES = 8_000_000
_PAGE_SIZE = 20
_MAX_PAGES = 5
# SearXNG's scores have no upper end and mean nothing from one search to the next, so none is passed on.
_FIELDS = Fields(published="publishedDate")
_SAFE_SEARCH: dict[SafeSearch, str] = {"off": "0", "moderate": "1", "strict": "2"}


class SearxngSearch:
    """A SearXNG instance at `base_url` that serves JSON. `timeout_s` is for the whole search.

    The base URL may hold a path and `user:password@`. An instance gives about 20 results a page, so further
    pages are asked for where more are wanted.
    """

    name = "SearXNG"

    def __init__(self, base_url: str, *, timeout_s: float = 20.0) -> None:
        self._base_url = base_url
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None
        self._endpoint = ""

    async def search(self, request: SearchRequest) -> SearchResults:
        """Results best first. Raises ProviderError, or NotConfigured when the instance serves no JSON."""
        results: list[Any] = []
        table = await asyncio.to_thread(translations)
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._collect(request, results)
        except tuple(kind for kind, _ in table) as error:
            raise next(make(error) for kind, make in table if isinstance(error, kind)) from error
        return SearchResults(hits(results, request, _FIELDS), self.name)

    async def close(self) -> None:
        """Ends the connections; a later search opens them anew."""
        if client := self._client:
            self._client = None
            await client.aclose()

    async def _collect(self, request: SearchRequest, results: list[Any]) -> None:
        """Fills `results` page by page. A later page that fails does not take away what is there."""
        client = await self._connected()
        for number in range(1, min(_MAX_PAGES, 1 + request.max_results // _PAGE_SIZE) + 1):
            try:
                found = await self._page(client, _parameters(request, number))
            except ProviderError:
                if results:
                    return
                raise
            results.extend(found)
            if not found or len(hits(results, request, _FIELDS)) >= request.max_results:
                return

    async def _page(self, client: httpx.AsyncClient, parameters: dict[str, str]) -> list[Any]:
        answer = json.loads(await self._asked(client, parameters))
        results = answer["results"]
        if not isinstance(results, list):
            raise TypeError("the results are not a list")
        if not results and answer.get("unresponsive_engines"):
            raise engines_silent()
        return results

    async def _asked(self, client: httpx.AsyncClient, parameters: dict[str, str]) -> bytes:
        async with client.stream("GET", self._endpoint, params=parameters) as response:
            if not response.is_success:
                raise refusal(response)
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _MAX_ANSWER_BYTES:
                    raise VendorDown("SearXNG's answer is far too long.", "Check searxng_url.")
            return bytes(body)

    async def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            client = await asyncio.to_thread(self._made)
            if self._client is None:
                self._client = client
        return self._client

    def _made(self) -> httpx.AsyncClient:
        import httpx

        url = httpx.URL(self._base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise httpx.InvalidURL("searxng_url is no web address")
        # The login leaves the URL, which is logged wherever requests are.
        login = httpx.BasicAuth(url.username, url.password) if url.userinfo else None
        path = url.path.rstrip("/").removesuffix("/search") + "/search"
        self._endpoint = str(url.copy_with(userinfo=b"", path=path, query=None, fragment=None))
        return httpx.AsyncClient(auth=login, follow_redirects=True, timeout=self._timeout_s)


def _parameters(request: SearchRequest, page: int) -> dict[str, str]:
    parameters = {
        "q": with_sites(request),
        "format": "json",
        "categories": request.topic,
        "safesearch": _SAFE_SEARCH[request.safe_search],
    }
    if request.time_range:
        parameters["time_range"] = request.time_range
    if region := region_of(request.region):
        parameters["language"] = f"{region.language}-{region.code.upper()}"
    if page > 1:
        parameters["pageno"] = str(page)
    return parameters
