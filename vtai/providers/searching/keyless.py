"""Web search without a key or a server of one's own: several engines asked by way of the ddgs library.

The engines that are named here, and nobody else, see the query and this machine's address. The library reads
their pages as a browser would; engines change and refuse, so it is offered and never the default. Its way of
fetching pages is not used: it does not know which addresses are private.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from vtai.core.errors import NotConfigured, RateLimited, TimedOut, Unreachable, VendorDown, VTError
from vtai.core.web import SafeSearch, SearchRequest, SearchResults, TimeRange, Topic
from vtai.providers.searching.hits import Fields, hits, with_sites
from vtai.providers.searching.regions import Region, region_of

# Named, so that a new version of the library sends no query to an engine that is not written down.
_ENGINES: dict[Topic, str] = {
    "general": "duckduckgo,brave,mojeek,startpage,yahoo",
    "news": "duckduckgo,bing,yahoo",
}
# An encyclopaedia knows neither dates nor other sites.
_ENCYCLOPAEDIA = ",wikipedia"
_FIELDS: dict[Topic, Fields] = {
    "general": Fields(url="href", snippet="body"),
    "news": Fields(url="url", snippet="body", published="date"),
}
_SAFE_SEARCH: dict[SafeSearch, str] = {"off": "off", "moderate": "moderate", "strict": "on"}
_TIME_LIMIT: dict[TimeRange, str] = {"day": "d", "week": "w", "month": "m", "year": "y"}
# They log addresses, and with them what people search for.
_TALKATIVE = ("ddgs", "primp")
_ENGINE_TIMEOUT_S = 5
_THREADS = 4
_SET = "Add a Tavily key (vtai --api-key tavily=...), or set searxng_url."

Find = Callable[[Topic, str, Mapping[str, Any]], object]
Row = tuple[type[Exception], Callable[[Exception], VTError]]


class KeylessSearch:
    """Search engines that need no key. At most four searches run at once; `timeout_s` is for each.

    `find` asks the engines: topic, query and the library's options give a list of results. It blocks, so it
    runs in a thread; a search that is given up ends by the engines' own time-outs.
    """

    name = "metasearch without a key"

    def __init__(self, find: Find | None = None, *, timeout_s: float = 20.0) -> None:
        self._find = find or ask_engines
        self._timeout_s = timeout_s
        self._threads: ThreadPoolExecutor | None = None

    async def search(self, request: SearchRequest) -> SearchResults:
        """Results best first. Raises ProviderError, or NotConfigured where the library is missing."""
        table = await asyncio.to_thread(_translations)
        threads = self._threads = self._threads or ThreadPoolExecutor(_THREADS, "metasearch")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                results = await loop.run_in_executor(
                    threads, self._find, request.topic, with_sites(request), _options(request)
                )
            return SearchResults(hits(results, request, _FIELDS[request.topic]), self.name)
        except tuple(kind for kind, _ in table) as error:
            raise next(make(error) for kind, make in table if isinstance(error, kind)) from error

    async def close(self) -> None:
        """Ends the threads as soon as their engines have answered; a later search starts new ones."""
        if threads := self._threads:
            self._threads = None
            threads.shutdown(wait=False, cancel_futures=True)


def ask_engines(topic: Topic, query: str, options: Mapping[str, Any]) -> object:
    """What the engines found, as the library gives it. Blocks."""
    from ddgs import DDGS
    from ddgs.exceptions import DDGSException

    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    engines = DDGS(timeout=_ENGINE_TIMEOUT_S)
    try:
        return engines.news(query, **options) if topic == "news" else engines.text(query, **options)
    except DDGSException as error:
        # The library's way to say that all engines answered, and none knew a page.
        if type(error) is DDGSException and str(error) == "No results found.":
            return []
        raise


def _options(request: SearchRequest) -> dict[str, Any]:
    engines = _ENGINES[request.topic]
    if request.topic == "general" and not (request.time_range or request.domains):
        engines += _ENCYCLOPAEDIA
    options: dict[str, Any] = {
        "backend": engines,
        "max_results": request.max_results,
        "safesearch": _SAFE_SEARCH[request.safe_search],
    }
    if request.time_range:
        options["timelimit"] = _TIME_LIMIT[request.time_range]
    if region := region_of(request.region):
        options["region"] = _region(region)
    return options


def _region(region: Region) -> str:
    """Country and language as the library writes them, with its own name for Great Britain."""
    return f"{'uk' if region.code == 'gb' else region.code}-{region.language}"


def _translations() -> Sequence[Row]:
    """Foreign error to ours, the most specific first. Nothing that an engine wrote is passed on."""
    try:
        import primp
        from ddgs import exceptions as foreign
    except ImportError:
        return ((ImportError, _missing), (TimeoutError, _late), *_NONSENSE)
    return (
        (foreign.RatelimitException, _too_many),
        (foreign.TimeoutException, _late),
        (foreign.DDGSException, _unreachable),
        (primp.PrimpError, _unreachable),
        (ImportError, _missing),
        (TimeoutError, _late),
        *_NONSENSE,
    )


def _missing(_: Exception) -> NotConfigured:
    return NotConfigured(
        "The package ddgs, which asks the search engines, is missing.", f"Install it. {_SET}"
    )


def _too_many(_: Exception) -> RateLimited:
    return RateLimited("The search engines get too many searches from here.", _SET)


def _late(_: Exception) -> TimedOut:
    return TimedOut("The search engines did not answer in time.", f"Try again. {_SET}")


def _unreachable(_: Exception) -> Unreachable:
    return Unreachable("None of the search engines answered.", f"Check the network. {_SET}")


def _unintelligible(_: Exception) -> VendorDown:
    return VendorDown("The search engines' answers made no sense.", _SET)


_NONSENSE: tuple[Row, ...] = tuple(
    (kind, _unintelligible) for kind in (KeyError, TypeError, AttributeError, ValueError)
)
