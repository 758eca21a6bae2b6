"""Metasearch through its library, whose engines are stood in for."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from vtai.core import errors
from vtai.core.web import Hit, SearchRequest
from vtai.providers.searching.keyless import KeylessSearch, ask_engines

Made = Callable[..., Any]
CATS = {"title": "Cats", "href": "https://example.org/cats", "body": "Cats sleep a lot."}
NEWS = {
    "date": "2026-11-03T10:00:00+00:00",
    "title": "A cat",
    "body": "It slept.",
    "url": "https://news.example/cat",
    "image": "",
    "source": "News",
}
GENERAL = "duckduckgo,brave,mojeek,startpage,yahoo"

foreign = pytest.importorskip("ddgs.exceptions")


class Engines:
    """Finds the same for every query, or raises, and remembers what it was asked."""

    def __init__(self, found: object = (), error: Exception | None = None) -> None:
        self.found = list(found) if isinstance(found, tuple) else found
        self.error = error
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    def __call__(self, topic: str, query: str, options: Mapping[str, Any]) -> object:
        self.asked.append((topic, query, dict(options)))
        if self.error is not None:
            raise self.error
        return self.found


async def test_pages_and_news_are_found(made: Made) -> None:
    pages = await made(KeylessSearch, Engines((CATS, CATS))).search(SearchRequest("cats"))
    assert pages.provider == "metasearch without a key"
    assert pages.hits == (Hit("Cats", "https://example.org/cats", "Cats sleep a lot."),)
    news = await made(KeylessSearch, Engines((NEWS,))).search(SearchRequest("cats", topic="news"))
    assert news.hits == (Hit("A cat", "https://news.example/cat", "It slept.", "2026-11-03"),)


@pytest.mark.parametrize(
    ("request_", "topic", "query", "expected"),
    [
        pytest.param(SearchRequest("q"), "general", "q", {}, id="plain"),
        pytest.param(
            SearchRequest("q", topic="news"), "news", "q", {"backend": "duckduckgo,bing,yahoo"}, id="news"
        ),
        pytest.param(
            SearchRequest("q", time_range="week"),
            "general",
            "q",
            {"timelimit": "w", "backend": GENERAL},
            id="time range, which no encyclopaedia knows",
        ),
        pytest.param(SearchRequest("q", region="GB"), "general", "q", {"region": "uk-en"}, id="Britain"),
        pytest.param(SearchRequest("q", region="at"), "general", "q", {"region": "at-de"}, id="Austria"),
        pytest.param(
            SearchRequest("q", safe_search="strict"), "general", "q", {"safesearch": "on"}, id="strict"
        ),
        pytest.param(SearchRequest("q", max_results=9), "general", "q", {"max_results": 9}, id="more"),
        pytest.param(
            SearchRequest("q", domains=("a.example",), without_domains=("b.a.example",)),
            "general",
            "q site:a.example -site:b.a.example",
            {"backend": GENERAL},
            id="sites",
        ),
    ],
)
async def test_each_wish_reaches_the_engines(
    made: Made, request_: SearchRequest, topic: str, query: str, expected: dict[str, Any]
) -> None:
    engines = Engines()
    await made(KeylessSearch, engines).search(request_)
    plain = {"backend": f"{GENERAL},wikipedia", "max_results": 5, "safesearch": "moderate"}
    assert engines.asked == [(topic, query, plain | expected)]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(foreign.RatelimitException("202 https://x"), errors.RateLimited, id="too many"),
        pytest.param(foreign.TimeoutException("timed out https://x"), errors.TimedOut, id="late"),
        pytest.param(foreign.DDGSException("ConnectError https://x"), errors.Unreachable, id="no answer"),
        pytest.param(ValueError("https://x"), errors.VendorDown, id="nonsense"),
        pytest.param(ModuleNotFoundError("ddgs https://x"), errors.NotConfigured, id="not installed"),
    ],
)
async def test_failures_tell_what_to_do(made: Made, error: Exception, expected: type[errors.VTError]) -> None:
    with pytest.raises(expected) as caught:
        await made(KeylessSearch, Engines(error=error)).search(SearchRequest("cats"))
    assert type(caught.value) is expected
    assert "vtai --api-key tavily=" in caught.value.hint
    assert "https" not in f"{caught.value.message} {caught.value.hint}"


async def test_an_answer_of_another_shape_is_refused(made: Made) -> None:
    with pytest.raises(errors.VendorDown):
        await made(KeylessSearch, Engines({"a": 1})).search(SearchRequest("cats"))


class Waiting:
    """Engines that answer once they are let go; counts how many are asked at the same time."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.lock = threading.Lock()
        self.running = self.most = 0

    def __call__(self, *_: object) -> object:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.go.wait()
        with self.lock:
            self.running -= 1
        return []


async def test_at_most_four_searches_run_at_once_and_the_loop_stays_free(made: Made) -> None:
    engines = Waiting()
    search = made(KeylessSearch, engines)
    searches = [asyncio.create_task(search.search(SearchRequest(f"cats {n}"))) for n in range(6)]
    while engines.running < 4:
        await asyncio.sleep(0.005)
    engines.go.set()
    assert len(await asyncio.gather(*searches)) == 6
    assert engines.most == 4


async def test_engines_that_never_answer_are_not_waited_for(made: Made) -> None:
    engines = Waiting()
    try:
        with pytest.raises(errors.TimedOut):
            await made(KeylessSearch, engines, timeout_s=0.05).search(SearchRequest("cats"))
    finally:
        engines.go.set()


class Library:
    """What the library offers, with an answer of the test's."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.options: dict[str, Any] = {}

    def text(self, query: str, **options: Any) -> list[dict[str, str]]:
        logging.getLogger("ddgs.ddgs").error("https://engine.example/?q=%s", query)
        self.options = options
        if self.error:
            raise self.error
        return [{"href": query}]

    def news(self, query: str, **options: Any) -> list[dict[str, str]]:
        return [{"url": query}]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library(None)
    monkeypatch.setattr("ddgs.DDGS", lambda timeout: made)
    return made


def test_the_library_is_asked_for_pages_or_news(library: Library) -> None:
    assert ask_engines("general", "cats", {"max_results": 3}) == [{"href": "cats"}]
    assert library.options == {"max_results": 3}
    assert ask_engines("news", "cats", {}) == [{"url": "cats"}]


def test_what_people_search_for_stays_out_of_the_log(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert ask_engines("general", "my secret", {})
    assert "my secret" not in caplog.text


def test_nothing_found_is_told_from_nobody_reached(library: Library) -> None:
    library.error = foreign.DDGSException("No results found.")
    assert ask_engines("general", "cats", {}) == []
    library.error = foreign.DDGSException("ConnectError")
    with pytest.raises(foreign.DDGSException):
        ask_engines("general", "cats", {})


def test_the_engines_that_are_named_are_known_to_the_library() -> None:
    from ddgs.engines import ENGINES

    assert set(f"{GENERAL},wikipedia".split(",")) <= set(ENGINES["text"])
    assert {"duckduckgo", "bing", "yahoo"} <= set(ENGINES["news"])
