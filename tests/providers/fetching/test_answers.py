"""What comes back is limited in size and time, told by its bytes, and every failure is said in words."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest

from tests.providers.fetching.web import PNG, Names, Web, answer
from vtai.core.errors import (
    BadRequest,
    ProviderError,
    RateLimited,
    StreamCut,
    TimedOut,
    Unreachable,
    VendorDown,
)
from vtai.providers.fetching.guarded import GuardedFetcher

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web() as web:
        yield web


@pytest.fixture
async def fetcher(web: Web) -> AsyncIterator[GuardedFetcher]:
    names = Names({"open.example": [["127.0.0.1"]], "empty.example": [[]]})
    fetcher = GuardedFetcher(allow_private=["127.0.0.1"], resolve=names)
    yield fetcher
    await fetcher.aclose()


@pytest.mark.parametrize(
    ("said", "media_type"),
    [
        pytest.param(answer(content_type="text/html"), "image/png", id="a picture that is called a page"),
        pytest.param(answer(b"<html>", content_type="image/png"), "text/html", id="a page called a picture"),
        pytest.param(answer(b"Hi", content_type="image/png"), "text/plain", id="text called a picture"),
        pytest.param(answer(b"Hi", content_type="text/html; charset=x"), "text/html", id="a page"),
        pytest.param(answer(b"{}", content_type="application/json"), "application/json", id="json"),
        pytest.param(answer(b"Hi"), "text/plain", id="no type"),
        pytest.param(
            answer(b"\x7fELF\x00", content_type="text/html"), "application/octet-stream", id="program"
        ),
    ],
)
async def test_the_type_is_what_the_content_proves(
    fetcher: GuardedFetcher, web: Web, said: bytes, media_type: str
) -> None:
    web.answers["/x"] = said
    assert (await fetcher.fetch(f"{web.url}/x", max_bytes=1_000)).media_type == media_type


async def test_headers_come_in_lower_case(fetcher: GuardedFetcher, web: Web) -> None:
    web.answers["/x"] = answer(b"Hi", Content_Type="text/plain; charset=latin-1")
    headers = (await fetcher.fetch(f"{web.url}/x", max_bytes=1_000)).headers
    assert headers["content-type"] == "text/plain; charset=latin-1"


async def endless() -> AsyncIterator[bytes]:
    yield HEAD + b"\r\n"
    while True:
        yield b"a" * 10_000


async def slow() -> AsyncIterator[bytes]:
    yield HEAD + b"\r\n"
    while True:
        yield b"a"
        await asyncio.sleep(0.01)


async def slow_head() -> AsyncIterator[bytes]:
    yield HEAD
    while True:
        yield b"X: y\r\n"
        await asyncio.sleep(0.01)


async def many_beginnings() -> AsyncIterator[bytes]:
    while True:
        yield b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
        await asyncio.sleep(0.01)


async def silent() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def huge_head() -> AsyncIterator[bytes]:
    yield HEAD + b"X: "
    while True:
        yield b"a" * 10_000


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(answer(b"a" * 5_000), id="a length that is told"),
        pytest.param(endless, id="no end"),
        pytest.param(answer(gzip.compress(bytes(5_000_000)), content_encoding="gzip"), id="a gzip bomb"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"a" * 4096 + b"\r\n" * 2,
            id="chunks",
        ),
    ],
)
async def test_more_than_asked_for_is_cut_off(fetcher: GuardedFetcher, web: Web, said: bytes) -> None:
    web.answers["/x"] = said
    found = await fetcher.fetch(f"{web.url}/x", max_bytes=1_000)
    assert (len(found.data), found.is_cut) == (1_000, True)


async def test_a_connection_ends_with_its_answer_though_more_would_come(web: Web) -> None:
    web.answers |= {"/": answer(b"a" * 5_000, 302, location="/endless"), "/endless": endless}
    fetcher = GuardedFetcher(allow_private=["127.0.0.1"], max_at_once=1)
    for _ in range(2):
        assert (await fetcher.fetch(web.url, max_bytes=1_000)).is_cut
    await web.left.wait()


async def test_all_that_was_asked_for_is_not_cut(fetcher: GuardedFetcher, web: Web) -> None:
    web.answers["/x"] = answer(b"a" * 1_000)
    assert not (await fetcher.fetch(f"{web.url}/x", max_bytes=1_000)).is_cut


@pytest.mark.parametrize("said", [slow, slow_head, many_beginnings, silent])
async def test_an_answer_that_takes_too_long_is_given_up(
    fetcher: GuardedFetcher, web: Web, said: type
) -> None:
    web.answers["/x"] = said
    with pytest.raises(TimedOut, match=r"127\.0\.0\.1 did not send all of it in time"):
        await fetcher.fetch(f"{web.url}/x", max_bytes=1_000_000, timeout_s=0.3)


async def test_a_fetch_that_is_stopped_ends_its_connection(fetcher: GuardedFetcher, web: Web) -> None:
    web.answers["/x"] = slow
    fetching = asyncio.create_task(fetcher.fetch(f"{web.url}/x", max_bytes=1_000_000))
    while not web.asked:
        await asyncio.sleep(0.01)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    await web.left.wait()


async def test_many_at_once_wait_for_their_turn(web: Web) -> None:
    web.answers["/x"] = answer()
    fetcher = GuardedFetcher(allow_private=["127.0.0.1"], max_at_once=2)
    found = await asyncio.gather(*(fetcher.fetch(f"{web.url}/x", max_bytes=1_000) for _ in range(10)))
    assert [each.data for each in found] == [PNG] * 10


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        pytest.param(answer(b"", 404), BadRequest, "has nothing at that address", id="404"),
        pytest.param(answer(b"", 410), BadRequest, "has nothing at that address", id="410"),
        pytest.param(answer(b"", 401), BadRequest, "who has signed in", id="401"),
        pytest.param(answer(b"", 403), BadRequest, "does not let that address be fetched", id="403"),
        pytest.param(answer(b"", 418), BadRequest, "status 418", id="another of ours"),
        pytest.param(answer(b"", 302), BadRequest, "status 302", id="a step to nowhere"),
        pytest.param(answer(b"", 304, location="/"), BadRequest, "status 304", id="not modified"),
        pytest.param(answer(b"", 429), RateLimited, "too many requests", id="429"),
        pytest.param(answer(b"", 504), TimedOut, "took too long", id="504"),
        pytest.param(answer(b"", 500), VendorDown, "on its side", id="500"),
        pytest.param(answer(b"", 599), VendorDown, "on its side", id="599"),
        pytest.param(answer(b"", 204), BadRequest, "empty answer", id="204"),
        pytest.param(answer(b""), BadRequest, "empty answer", id="nothing"),
        pytest.param(b"", VendorDown, "cannot be read", id="hung up"),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", VendorDown, "cannot be read", id="another service"),
        pytest.param(huge_head, VendorDown, "cannot be read", id="a huge head"),
        pytest.param(HEAD + b"Content-Length: 9\r\n\r\nabc", StreamCut, "broke off", id="too short"),
        pytest.param(HEAD + b"Content-Encoding: br\r\n\r\na", VendorDown, "cannot be read", id="no brotli"),
    ],
)  # fmt: skip
async def test_a_failure_is_said_in_words(
    fetcher: GuardedFetcher, web: Web, said: bytes, error: type[ProviderError], words: str
) -> None:
    web.answers["/x"] = said
    with pytest.raises(error, match=words) as failed:
        await fetcher.fetch(f"{web.url}/x", max_bytes=1_000)
    assert type(failed.value) is error
    assert failed.value.message.endswith(".")
    assert failed.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [("7", 7.0), ("999999999", None), ("99999", 86_400.0), ("-1", None), ("nan", None), ("1e9", None),
     ("Wed, 21 Oct 2026 07:28:00 -0000", None), ("\u0667", None), ("", None)],
)  # fmt: skip
async def test_how_long_to_wait_is_told_where_it_makes_sense(
    fetcher: GuardedFetcher, web: Web, header: str, wait_s: float | None
) -> None:
    web.answers["/x"] = answer(b"", 429, retry_after=header)
    with pytest.raises(RateLimited) as failed:
        await fetcher.fetch(f"{web.url}/x", max_bytes=1_000)
    assert failed.value.retry_after_s == wait_s


@pytest.mark.parametrize("name", ["nobody.example", "empty.example"])
async def test_a_name_that_leads_nowhere_is_said(fetcher: GuardedFetcher, name: str) -> None:
    with pytest.raises(Unreachable, match=f"no address for the name {name}"):
        await fetcher.fetch(f"http://{name}/", max_bytes=1_000)


async def test_a_host_that_takes_no_connection_is_said(fetcher: GuardedFetcher, web: Web) -> None:
    async with Web() as gone:
        pass
    with pytest.raises(Unreachable, match=r"no connection to open\.example"):
        await fetcher.fetch(f"http://open.example:{gone.port}/", max_bytes=1_000)
