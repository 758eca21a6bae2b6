"""Web search by a SearXNG instance of one's own."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from vtai.core.errors import (
    BadKey,
    NotConfigured,
    RateLimited,
    TimedOut,
    Unreachable,
    VendorDown,
    VTError,
)
from vtai.core.ports import SearchResults
from vtai.providers.search_sources import sources

if TYPE_CHECKING:
    import httpx

_MAX_ANSWER_BYTES = 8_000_000
_SERVER_ERROR = 500


class SearxngSearch:
    """A SearXNG instance at `base_url` that serves JSON. `timeout_s` is for the whole search."""

    name = "SearXNG"

    def __init__(self, base_url: str, timeout_s: float = 20.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None

    async def search(self, query: str, max_results: int) -> SearchResults:
        """Results best first. Raises ProviderError, or NotConfigured when the instance serves no JSON."""
        import httpx

        if self._client is None:
            self._client = await asyncio.to_thread(
                lambda: httpx.AsyncClient(follow_redirects=True, timeout=self._timeout_s)
            )
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await self._asked(self._client, query)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut("SearXNG did not answer in time.", "Try again; see that it runs.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(
                "There is no connection to SearXNG.", "See that it runs, and check searxng_url."
            ) from error
        try:
            return SearchResults(sources(json.loads(answer)["results"], max_results), self.name)
        except (ValueError, KeyError, TypeError) as error:
            raise VendorDown("SearXNG's answer made no sense.", "Check searxng_url.") from error

    async def close(self) -> None:
        """Ends the connections; a later search opens them anew."""
        if client := self._client:
            self._client = None
            await client.aclose()

    async def _asked(self, client: httpx.AsyncClient, query: str) -> bytes:
        parameters = {"q": query, "format": "json"}
        async with client.stream("GET", f"{self._base_url}/search", params=parameters) as response:
            if not response.is_success:
                raise _refusal(response)
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _MAX_ANSWER_BYTES:
                    raise VendorDown("SearXNG's answer is far too long.", "Check searxng_url.")
            return bytes(body)


def _refusal(response: Any) -> VTError:
    """The error behind a status that is not success."""
    match response.status_code:
        case 401 | 407:
            return BadKey(
                "SearXNG asks for a login.", "Let this machine in, or put user:password in searxng_url."
            )
        case 403:
            return NotConfigured(
                "SearXNG does not serve JSON.",
                "Add json to search.formats in its settings.yml and restart it.",
            )
        case 404:
            return NotConfigured("There is no SearXNG at searxng_url.", "Give its base URL, without /search.")
        case 429:
            wait = response.headers.get("retry-after", "")
            return RateLimited(
                "SearXNG gets too many searches.",
                "Wait a minute and try again.",
                float(wait) if wait.isdigit() else None,
            )
        case status if status >= _SERVER_ERROR:
            return VendorDown("SearXNG failed on its side.", "Try again; its log says more.")
        case status:
            return VendorDown(f"SearXNG did not take the search (status {status}).", "Check searxng_url.")
