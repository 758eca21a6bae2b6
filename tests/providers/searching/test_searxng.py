"""A SearXNG over HTTP: what it is asked, what is made of its answers and failures."""

from __future__ import annotations

import logging
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.providers.searching.server import CATS, DOGS
from tests.standins.searxng import SearxngServer
from vtai.core import errors
from vtai.core.web import Hit, SearchRequest
from vtai.providers.searching.searxng import SearxngSearch

Made = Callable[..., Any]


def pages(number: int, host: str = "example.org") -> tuple[dict[str, Any], ...]:
    return tuple({"title": f"Page {n}", "url": f"https://{host}/{n}", "content": ""} for n in range(number))


async def test_it_is_asked_for_json_and_its_dates_are_read(instance: SearxngServer, made: Made) -> None:
    dated = CATS | {"publishedDate": "2026-11-03T10:00:00", "score": 3.5}
    instance.script(results=(dated, DOGS | {"publishedDate": None}))
    results = await made(SearxngSearch, instance.url + "/").search(SearchRequest("cats & dogs"))
    assert results.provider == "SearXNG"
    assert results.hits == (
        Hit("Cats", "https://example.org/cats", "Cats sleep a lot.", "2026-11-03"),
        Hit("Dogs", "https://example.org/dogs", "Dogs bark."),
    )
    plain = {"q": "cats & dogs", "format": "json", "categories": "general", "safesearch": "1"}
    assert [asked.parameters for asked in instance.asked] == [plain]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(SearchRequest("q", topic="news"), {"categories": "news"}, id="news"),
        pytest.param(SearchRequest("q", time_range="month"), {"time_range": "month"}, id="time range"),
        pytest.param(SearchRequest("q", region="ch"), {"language": "de-CH"}, id="country"),
        pytest.param(SearchRequest("q", region="zz"), {}, id="unknown country"),
        pytest.param(SearchRequest("q", safe_search="off"), {"safesearch": "0"}, id="anything goes"),
        pytest.param(SearchRequest("q", safe_search="strict"), {"safesearch": "2"}, id="strict"),
        pytest.param(
            SearchRequest("q", domains=("a.example",)), {"q": "q site:a.example"}, id="one site alone"
        ),
        pytest.param(
            SearchRequest("q", domains=("a.example", "b.example"), without_domains=("c.example",)),
            {"q": "q (site:a.example OR site:b.example) -site:c.example"},
            id="some sites, and one not",
        ),
    ],
)
async def test_each_wish_reaches_searxng(
    instance: SearxngServer, made: Made, request_: SearchRequest, expected: dict[str, str]
) -> None:
    await made(SearxngSearch, instance.url).search(request_)
    plain = {"q": "q", "format": "json", "categories": "general", "safesearch": "1"}
    assert instance.asked[0].parameters == plain | expected


async def test_further_pages_are_asked_for_where_one_is_not_enough(
    instance: SearxngServer, made: Made
) -> None:
    instance.script(results=pages(70))
    results = await made(SearxngSearch, instance.url).search(SearchRequest("cats", max_results=45))
    assert [hit.title for hit in results.hits] == [f"Page {n}" for n in range(45)]
    assert [asked.parameters.get("pageno") for asked in instance.asked] == [None, "2", "3"]


@pytest.mark.parametrize(
    ("number", "wanted", "found"), [(3, 5, 3), (70, 5, 5), (70, 20, 20)], ids=["few", "many", "a full page"]
)
async def test_no_further_page_is_asked_for_without_need(
    instance: SearxngServer, made: Made, number: int, wanted: int, found: int
) -> None:
    instance.script(results=pages(number))
    results = await made(SearxngSearch, instance.url).search(SearchRequest("cats", max_results=wanted))
    assert len(results.hits) == found
    assert len(instance.asked) == 1


async def test_a_later_page_that_fails_takes_nothing_away(instance: SearxngServer, made: Made) -> None:
    instance.script(results=pages(70), status=500, fails_from_page=2)
    results = await made(SearxngSearch, instance.url).search(SearchRequest("cats", max_results=45))
    assert len(results.hits) == 20


async def test_results_of_other_sites_are_left_out(instance: SearxngServer, made: Made) -> None:
    mixed = (*pages(2, "other.example"), *pages(1, "sub.a.example"), *pages(1, "nota.example"))
    instance.script(results=mixed)
    results = await made(SearxngSearch, instance.url).search(SearchRequest("q", domains=("a.example",)))
    assert [hit.url for hit in results.hits] == ["https://sub.a.example/0"]


@pytest.mark.parametrize(
    "end", ["", "/", "/search", "?theme=simple"], ids=["bare", "slash", "search", "query"]
)
async def test_a_path_and_a_login_in_the_base_url_work(
    instance: SearxngServer, made: Made, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    instance.script(results=(CATS,), path="/searx", login="me:pass@word")
    caplog.set_level(logging.DEBUG)
    address = instance.url.replace("http://", "http://me:pass%40word@") + end
    assert (await made(SearxngSearch, address).search(SearchRequest("cats"))).hits
    assert instance.asked[0].path == "/searx/search"
    assert "pass%40word" not in caplog.text


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param({"login": "me:secret"}, errors.BadKey, id="login"),
        pytest.param({"serves_json": False}, errors.NotConfigured, id="JSON is off"),
        pytest.param({"status": 404}, errors.NotConfigured, id="another server"),
        pytest.param({"status": 503}, errors.VendorDown, id="down"),
        pytest.param({"status": 418}, errors.VendorDown, id="something else"),
        pytest.param({"body": "<html>"}, errors.VendorDown, id="not JSON"),
        pytest.param({"body": "{}"}, errors.VendorDown, id="no results in it"),
        pytest.param({"body": "[]"}, errors.VendorDown, id="a list"),
        pytest.param({"body": '{"results": {}}'}, errors.VendorDown, id="no list of results"),
        pytest.param({"body": "x" * 8_100_000}, errors.VendorDown, id="far too long"),
        pytest.param({"is_cut": True}, errors.StreamCut, id="cut"),
        pytest.param({"unresponsive": (("brave", "timeout"),)}, errors.VendorDown, id="no engine answered"),
    ],
)
async def test_failures_tell_what_to_do(
    instance: SearxngServer, made: Made, script: dict[str, Any], expected: type[errors.VTError]
) -> None:
    instance.script(**script)
    with pytest.raises(expected) as caught:
        await made(SearxngSearch, instance.url).search(SearchRequest("cats"))
    assert type(caught.value) is expected
    assert caught.value.hint


async def test_nothing_found_is_no_failure(instance: SearxngServer, made: Made) -> None:
    results = await made(SearxngSearch, instance.url).search(SearchRequest("cats"))
    assert results.hits == ()


async def test_it_is_passed_on_when_to_come_back(instance: SearxngServer, made: Made) -> None:
    instance.script(status=429, headers={"Retry-After": "30"})
    with pytest.raises(errors.RateLimited) as caught:
        await made(SearxngSearch, instance.url).search(SearchRequest("cats"))
    assert caught.value.retry_after_s == 30


async def test_a_silent_server_is_not_waited_for(instance: SearxngServer, made: Made) -> None:
    instance.script(is_silent=True)
    with pytest.raises(errors.TimedOut):
        await made(SearxngSearch, instance.url, timeout_s=0.2).search(SearchRequest("cats"))


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:9", "http://127.0.0.1:notaport", "127.0.0.1", "file:///etc"],
    ids=["refused", "no port", "no scheme", "no web address"],
)
async def test_a_server_that_is_not_there_is_named(made: Made, address: str) -> None:
    with pytest.raises(errors.Unreachable, match="no connection"):
        await made(SearxngSearch, address).search(SearchRequest("cats"))


@pytest.mark.slow
async def test_the_stand_in_serves_as_a_process_too(made: Made) -> None:
    command = [sys.executable, "-m", "tests.standins.searxng"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        script = b'{"found": {"cats": [{"url": "https://example.org/cats"}]}}'
        urllib.request.urlopen(f"{url}/_script", script).close()
        results = await made(SearxngSearch, url).search(SearchRequest("cats"))
        with urllib.request.urlopen(f"{url}/_asked") as asked:
            assert b'"q": "cats"' in asked.read()
        process.terminate()
    assert [hit.title for hit in results.hits] == ["https://example.org/cats"]
