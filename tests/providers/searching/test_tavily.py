"""Tavily over HTTP: what it is asked, what is made of its answers and failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from tests.providers.searching.server import CATS, DOGS, Server
from tests.standins.tavily import Tavily
from vtai.core import errors
from vtai.core.web import Hit, SearchRequest
from vtai.providers.searching.tavily import TavilySearch

KEY = SecretStr("tvly-secret-key-0001")
Made = Callable[..., Any]


async def test_a_key_is_sent_and_the_pages_come_back_in_order(server: Server, made: Made) -> None:
    results = await made(TavilySearch, KEY, server.url).search(SearchRequest("cats"))
    assert results.provider == "Tavily"
    assert results.hits == (
        Hit("Cats", "https://example.org/cats", "Cats sleep a lot."),
        Hit("Dogs", "https://example.org/dogs", "Dogs bark."),
    )
    ((first, headers, _),) = server.requests
    assert first.startswith("POST /search")
    assert headers["authorization"].endswith("tvly-secret-key-0001")
    assert server.asked == [{"query": "cats", "max_results": 5, "search_depth": "basic", "topic": "general"}]


async def test_a_base_url_may_have_a_path(server: Server, made: Made) -> None:
    for key in (KEY, None):
        await made(TavilySearch, key, f"{server.url}/proxy/").search(SearchRequest("cats"))
    assert [first.split()[1] for first, _, _ in server.requests] == ["/proxy/search"] * 2


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(SearchRequest("q", max_results=50), {"max_results": 20}, id="at most twenty"),
        pytest.param(SearchRequest("q", time_range="week"), {"time_range": "week"}, id="time range"),
        pytest.param(SearchRequest("q", region="DE"), {"country": "germany"}, id="country"),
        pytest.param(SearchRequest("q", region="zz"), {}, id="unknown country"),
        pytest.param(
            SearchRequest("q", topic="news", region="de"), {"topic": "news"}, id="news of no country"
        ),
        pytest.param(
            SearchRequest("q", domains=("https://www.Example.org/a", "b.example")),
            {"include_domains": ["example.org", "b.example"]},
            id="where alone to look",
        ),
        pytest.param(
            SearchRequest("q", without_domains=("c.example",)),
            {"exclude_domains": ["c.example"]},
            id="where not to look",
        ),
    ],
)
async def test_each_wish_reaches_tavily(
    server: Server, made: Made, request_: SearchRequest, expected: dict[str, Any]
) -> None:
    await made(TavilySearch, KEY, server.url).search(request_)
    plain = {"query": "q", "max_results": 5, "search_depth": "basic", "topic": "general"}
    assert server.asked == [plain | expected]


async def test_the_text_of_the_pages_comes_along_where_it_is_asked_for(server: Server, made: Made) -> None:
    page = CATS | {"raw_content": "# Cats", "score": 0.9, "published_date": "Tue, 03 Nov 2026 10:00:00 GMT"}
    server.body = json.dumps({"results": [page]})
    search = made(TavilySearch, KEY, server.url, depth="advanced", has_content=True)
    (hit,) = (await search.search(SearchRequest("cats"))).hits
    assert (hit.content, hit.score, hit.published) == ("# Cats", 0.9, "2026-11-03")
    assert server.asked[0]["search_depth"] == "advanced"
    assert server.asked[0]["include_raw_content"] == "markdown"


async def test_it_works_without_a_key(server: Server, made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-of-somebody-else")
    results = await made(TavilySearch, None, server.url).search(SearchRequest("cats", max_results=1))
    assert results.provider == "Tavily without a key"
    assert len(results.hits) == 1
    assert server.requests[0][1]["x-tavily-access-mode"] == "keyless"
    assert "authorization" not in server.requests[0][1]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(401, "{}", errors.BadKey, id="bad key"),
        pytest.param(429, "{}", errors.RateLimited, id="too many"),
        pytest.param(403, "{}", errors.QuotaExhausted, id="forbidden"),
        pytest.param(432, "{}", errors.QuotaExhausted, id="plan limit"),
        pytest.param(433, "{}", errors.QuotaExhausted, id="pay-as-you-go limit"),
        pytest.param(400, "{}", errors.BadRequest, id="bad request"),
        pytest.param(500, "oh tvly-secret-key-0001", errors.VendorDown, id="server error"),
        pytest.param(302, "", errors.VendorDown, id="redirect"),
        pytest.param(200, "<html>login</html>", errors.VendorDown, id="not JSON"),
        pytest.param(200, "[]", errors.VendorDown, id="a list"),
        pytest.param(200, '{"results": "none"}', errors.VendorDown, id="no list of results"),
        pytest.param(204, "", errors.VendorDown, id="no content"),
    ],
)
async def test_failures_tell_what_to_do(
    server: Server, made: Made, status: int, body: str, expected: type[errors.VTError]
) -> None:
    server.status, server.body = status, body
    with pytest.raises(expected) as caught:
        await made(TavilySearch, KEY, server.url).search(SearchRequest("cats"))
    assert type(caught.value) is expected
    assert caught.value.hint
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


ENVELOPE = json.dumps(
    {"error": {"code": "limit", "message": "no", "window": "day", "retry_after_seconds": 90}}
)


@pytest.mark.parametrize(
    ("key", "body", "headers"),
    [
        pytest.param(None, ENVELOPE, {}, id="without a key, in the body"),
        pytest.param(KEY, "{}", {"Retry-After": "90"}, id="with a key, in the head"),
    ],
)
async def test_a_limit_says_when_to_come_back(
    server: Server, made: Made, key: SecretStr | None, body: str, headers: dict[str, str]
) -> None:
    server.status, server.body, server.headers = 429, body, headers
    with pytest.raises(errors.RateLimited) as caught:
        await made(TavilySearch, key, server.url).search(SearchRequest("cats"))
    assert caught.value.retry_after_s == 90


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(429, ENVELOPE, errors.RateLimited, id="used up"),
        pytest.param(401, "{}", errors.MissingKey, id="no longer offered"),
        pytest.param(403, "{}", errors.MissingKey, id="not from here"),
    ],
)
async def test_where_a_key_would_help_the_hint_says_so(
    server: Server, made: Made, status: int, body: str, expected: type[errors.VTError]
) -> None:
    server.status, server.body = status, body
    with pytest.raises(expected) as caught:
        await made(TavilySearch, None, server.url).search(SearchRequest("cats"))
    assert "vtai --api-key tavily=" in caught.value.hint
    assert "searxng_url" in caught.value.hint


async def test_an_answer_that_breaks_off_is_told_from_a_server_that_is_not_there(
    server: Server, made: Made
) -> None:
    server.is_cut = True
    with pytest.raises(errors.StreamCut):
        await made(TavilySearch, KEY, server.url).search(SearchRequest("cats"))
    with pytest.raises(errors.Unreachable, match="no connection"):
        await made(TavilySearch, KEY, "http://127.0.0.1:9").search(SearchRequest("cats"))
    with pytest.raises(errors.Unreachable, match="no connection"):
        await made(TavilySearch, KEY, "http://127.0.0.1:notaport").search(SearchRequest("cats"))


async def test_a_silent_server_is_not_waited_for(server: Server, made: Made) -> None:
    server.is_silent = True
    with pytest.raises(errors.TimedOut):
        await made(TavilySearch, KEY, server.url, timeout_s=0.2).search(SearchRequest("cats"))


async def test_it_searches_again_after_it_was_closed(server: Server, made: Made) -> None:
    search = made(TavilySearch, KEY, server.url)
    await search.search(SearchRequest("cats"))
    await search.close()
    assert (await search.search(SearchRequest("cats"))).hits


@pytest.mark.slow
@pytest.mark.parametrize("key", [KEY, None], ids=["with a key", "without a key"])
async def test_a_stand_in_that_others_wrote_understands_it(made: Made, key: SecretStr | None) -> None:
    with Tavily([{"match": "cats", "results": [CATS | {"score": 0.8}, DOGS]}, {"results": []}]) as vendor:
        search = made(TavilySearch, key, vendor.url)
        found = await search.search(SearchRequest("about cats", max_results=1))
        assert [(hit.title, hit.score) for hit in found.hits] == [("Cats", 0.8)]
        assert (await search.search(SearchRequest("fish"))).hits == ()
        assert [entry["path"] for entry in vendor.requests] == ["/search", "/search"]
