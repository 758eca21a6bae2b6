"""Searches over HTTP against a small server on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from vtai.core import errors
from vtai.core.events import Source
from vtai.core.ports import SearchProvider
from vtai.providers.search import ChosenSearch
from vtai.providers.search_searxng import SearxngSearch
from vtai.providers.search_tavily import TavilySearch

KEY = SecretStr("tvly-secret-key-0001")
CATS = {"title": "Cats", "url": "https://example.org/cats", "content": "Cats sleep a lot."}
DOGS = {"title": "Dogs", "url": "https://example.org/dogs", "content": "Dogs bark."}


@dataclass
class Server:
    """Answers every request alike and remembers what it was asked."""

    status: int = 200
    body: str = json.dumps({"results": [CATS, DOGS]})
    headers: dict[str, str] = field(default_factory=dict)
    is_silent: bool = False
    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
            self.requests.append((first, headers, body))
            if self.is_silent:
                await reader.read()
                return
            data = self.body.encode()
            more = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            more += f"Content-Length: {len(data)}\r\nConnection: close\r\n"
            writer.write(f"HTTP/1.1 {self.status} X\r\n{more}\r\n".encode())
            writer.write(data)
            await writer.drain()
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    listener = await asyncio.start_server(served.answer, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener:
        yield served


Made = Callable[..., Any]


@pytest.fixture
async def made() -> AsyncIterator[Made]:
    """Builds searches that are closed after the test."""
    searches: list[Any] = []

    def build(kind: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        searches.append(kind(*arguments, **more))
        return searches[-1]

    yield build
    for search in searches:
        await search.close()


async def test_tavily_with_a_key_sends_it_and_numbers_the_pages(server: Server, made: Made) -> None:
    search: SearchProvider = made(TavilySearch, KEY, server.url)
    results = await search.search("cats", 5)
    assert results.provider == "Tavily"
    assert results.sources == (
        Source(1, "Cats", "https://example.org/cats", "Cats sleep a lot."),
        Source(2, "Dogs", "https://example.org/dogs", "Dogs bark."),
    )
    ((first, headers, body),) = server.requests
    assert first.startswith("POST /search")
    assert headers["authorization"].endswith("tvly-secret-key-0001")
    assert json.loads(body) == {"query": "cats", "max_results": 5}


async def test_tavily_works_without_a_key(
    server: Server, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAVILY_API_KEY", "tvly-of-somebody-else")
    results = await made(TavilySearch, None, server.url).search("cats", 1)
    assert results.provider == "Tavily without a key"
    assert len(results.sources) == 1
    assert server.requests[0][1]["x-tavily-access-mode"] == "keyless"
    assert "authorization" not in server.requests[0][1]


ENVELOPE = json.dumps(
    {"error": {"code": "limit", "message": "no", "window": "day", "retry_after_seconds": 90}}
)


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
async def test_tavily_errors_tell_what_to_do(
    server: Server, made: Made, status: int, body: str, expected: type[errors.VTError]
) -> None:
    server.status, server.body = status, body
    with pytest.raises(expected) as caught:
        await made(TavilySearch, KEY, server.url).search("cats", 5)
    assert type(caught.value) is expected
    assert caught.value.hint
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"


async def test_the_keyless_limit_says_when_to_come_back_and_how_to_get_more(
    server: Server, made: Made
) -> None:
    server.status, server.body = 429, ENVELOPE
    with pytest.raises(errors.RateLimited) as caught:
        await made(TavilySearch, None, server.url).search("cats", 5)
    assert caught.value.retry_after_s == 90
    assert "vtai --api-key tavily=" in caught.value.hint


@pytest.mark.parametrize(
    "build",
    [lambda url: TavilySearch(KEY, url, 0.2), lambda url: SearxngSearch(url, 0.2)],
    ids=["tavily", "searxng"],
)
async def test_a_silent_server_is_not_waited_for(
    server: Server, made: Made, build: Callable[[str], Any]
) -> None:
    server.is_silent = True
    with pytest.raises(errors.TimedOut):
        await made(build, server.url).search("cats", 5)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9", "http://127.0.0.1:notaport"], ids=["refused", "no address"]
)
@pytest.mark.parametrize(
    "build", [lambda url: TavilySearch(KEY, url), lambda url: SearxngSearch(url)], ids=["tavily", "searxng"]
)
async def test_a_server_that_is_not_there_is_named(
    made: Made, build: Callable[[str], Any], address: str
) -> None:
    with pytest.raises(errors.Unreachable, match="no connection"):
        await made(build, address).search("cats", 5)


async def test_searxng_is_asked_for_json(server: Server, made: Made) -> None:
    results = await made(SearxngSearch, server.url + "/").search("cats & dogs", 1)
    assert [source.title for source in results.sources] == ["Cats"]
    assert results.provider == "SearXNG"
    assert server.requests[0][0].startswith("GET /search?q=cats+%26+dogs&format=json ")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        pytest.param(401, "", errors.BadKey, id="login"),
        pytest.param(403, "", errors.NotConfigured, id="JSON is off"),
        pytest.param(404, "", errors.NotConfigured, id="another server"),
        pytest.param(503, "", errors.VendorDown, id="down"),
        pytest.param(418, "", errors.VendorDown, id="something else"),
        pytest.param(200, "<html>", errors.VendorDown, id="not JSON"),
        pytest.param(200, "{}", errors.VendorDown, id="no results in it"),
        pytest.param(200, "x" * 8_100_000, errors.VendorDown, id="far too long"),
    ],
)
async def test_searxng_errors_tell_what_to_do(
    server: Server, made: Made, status: int, body: str, expected: type[errors.VTError]
) -> None:
    server.status, server.body = status, body
    with pytest.raises(expected) as caught:
        await made(SearxngSearch, server.url).search("cats", 5)
    assert type(caught.value) is expected


async def test_searxng_passes_on_when_to_come_back(server: Server, made: Made) -> None:
    server.status, server.headers = 429, {"Retry-After": "30"}
    with pytest.raises(errors.RateLimited) as caught:
        await made(SearxngSearch, server.url).search("cats", 5)
    assert caught.value.retry_after_s == 30


async def test_results_that_cannot_be_shown_are_left_out(server: Server, made: Made) -> None:
    odd: list[Any] = [
        None,
        {"title": "no address"},
        {"url": "javascript:alert(1)", "title": "script"},
        {"url": "ftp://a.example/file", "title": "no page"},
        {"url": "https://[broken", "title": "broken"},
        {"url": "https://a.example/ b", "title": "space"},
        {"url": "https://a.example", "title": None, "content": None},
        {"url": "https://a.example", "title": "twice"},
        {"url": "https://b.example", "title": "two\n lines", "content": "text"},
    ]
    server.body = json.dumps({"results": odd})
    results = await made(SearxngSearch, server.url).search("cats", 5)
    assert results.sources == (
        Source(1, "https://a.example", "https://a.example", ""),
        Source(2, "two lines", "https://b.example", "text"),
    )


@pytest.mark.parametrize(
    ("key", "has_searxng", "provider"),
    [
        pytest.param(KEY, True, "Tavily", id="key over instance"),
        pytest.param(KEY, False, "Tavily", id="key"),
        pytest.param(None, True, "SearXNG", id="instance"),
        pytest.param(None, False, "Tavily without a key", id="nothing set"),
    ],
)
async def test_the_search_that_is_set_up_is_asked(
    server: Server, made: Made, key: SecretStr | None, has_searxng: bool, provider: str
) -> None:
    instance = server.url if has_searxng else None
    search = made(ChosenSearch, lambda: key, searxng_url=instance, tavily_url=server.url)
    assert search.name == provider
    assert (await search.search("cats", 5)).provider == provider


async def test_a_key_counts_from_the_moment_it_is_set(server: Server, made: Made) -> None:
    keys: list[SecretStr | None] = [None]
    search = made(ChosenSearch, lambda: keys[-1], tavily_url=server.url)
    await search.search("cats", 5)
    keys.append(KEY)
    assert (await search.search("cats", 5)).provider == "Tavily"


async def test_a_search_that_fails_is_not_handed_to_somebody_else(server: Server, made: Made) -> None:
    search = made(ChosenSearch, lambda: None, searxng_url="http://127.0.0.1:9", tavily_url=server.url)
    with pytest.raises(errors.Unreachable):
        await search.search("cats", 5)
    assert server.requests == []
