"""The fetcher connects to what was checked and to nothing else, whatever an address tries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.providers.fetching.web import PNG, Names, Web, answer, onward
from vtai.core.errors import BadAddress, BadRequest, TimedOut, Unreachable, VTError
from vtai.providers.fetching.guarded import GuardedFetcher
from vtai.providers.fetching.names import SystemNames

INNER = (
    "http://127.0.0.1:{inner}/",
    "http://localhost:{inner}/",
    "http://127.0.0.1.:{inner}/",
    "http://[::ffff:127.0.0.1]:{inner}/",
    "http://[::ffff:7f00:1]:{inner}/",
    "http://[::1]:{inner}/",
    "http://[::]:{inner}/",
    "http://0.0.0.0:{inner}/",
    "http://0:{inner}/",
    "http://2130706433:{inner}/",
    "http://017700000001:{inner}/",
    "http://0x7f000001:{inner}/",
    "http://127.1:{inner}/",
    "http://0177.0.0.1:{inner}/",
    "http://\uff11\uff12\uff17.0.0.1:{inner}/",
    "http://127\u30020\u30020\u30021:{inner}/",
    "http://example.org@127.0.0.1:{inner}/",
    "http://me:secret@127.0.0.1:{inner}/",
    "http://%31%32%37.0.0.1:{inner}/",
    "http://127.0.0.1:{inner}\\@example.org/",
    "http://[64:ff9b::7f00:1]:{inner}/",
    "http://[2002:7f00:1::]:{inner}/",
    "http://inner.example:{inner}/",
    "http://mapped.example:{inner}/",
    "http://mixed.example:{inner}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://metadata.google.internal/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://open.example:22/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{inner}/",
    "gopher://127.0.0.1:{inner}/",
)


def known() -> Names:
    return Names({
        "open.example": [["127.0.0.1"]],
        "inner.example": [["127.0.0.1"]],
        "mapped.example": [["::ffff:127.0.0.1"]],
        "mixed.example": [["1.1.1.1", "127.0.0.1"]],
    })  # fmt: skip


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """A server that the fetcher may reach; it stands for the open internet."""
    async with Web({"/cat.png": answer()}) as web:
        yield web


@pytest.fixture
async def inner() -> AsyncIterator[Web]:
    """A server that nobody let in. It answers everything that it is asked."""
    async with Web({"/": answer(b"secret")}) as inner:
        yield inner


@pytest.fixture
async def names() -> Names:
    return known()


@pytest.fixture
async def fetcher(web: Web, names: Names) -> AsyncIterator[GuardedFetcher]:
    fetcher = GuardedFetcher(allow_private=[f"127.0.0.1:{web.port}"], resolve=names)
    yield fetcher
    await fetcher.aclose()


async def test_a_page_is_fetched_from_where_its_name_leads(
    fetcher: GuardedFetcher, web: Web, names: Names
) -> None:
    url = f"http://open.example:{web.port}/cat.png"
    found = await fetcher.fetch(f"{url}#top", max_bytes=1_000)
    assert (found.url, found.media_type, found.data, found.is_cut) == (url, "image/png", PNG, False)
    assert names.asked == ["open.example"]
    sent = web.asked[0].headers
    assert sent.pop("user-agent").startswith("vtai/")
    assert sent == {
        "host": f"open.example:{web.port}",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate, br",
        "connection": "close",
    }


@pytest.mark.parametrize("url", INNER)
async def test_an_address_inside_is_refused_without_a_connection(
    fetcher: GuardedFetcher, inner: Web, url: str
) -> None:
    with pytest.raises(BadAddress) as refused:
        await fetcher.fetch(url.format(inner=inner.port), max_bytes=1_000)
    assert inner.connections == 0
    assert "127.0.0.1" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("url", INNER)
async def test_a_step_to_an_address_inside_is_refused_without_a_connection(
    fetcher: GuardedFetcher, web: Web, inner: Web, url: str
) -> None:
    web.answers |= {"/": onward("/again", 307), "/again": onward(url.format(inner=inner.port))}
    with pytest.raises(BadAddress):
        await fetcher.fetch(web.url, max_bytes=1_000)
    assert ([asked.path for asked in web.asked], inner.connections) == (["/", "/again"], 0)


async def test_a_name_is_looked_up_once_and_by_nobody_else(
    fetcher: GuardedFetcher, web: Web, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked_up(*_: Any, **__: Any) -> None:
        raise AssertionError("a second look-up")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up)
    names.known["open.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    assert (await fetcher.fetch(f"http://open.example:{web.port}/cat.png", max_bytes=1_000)).data == PNG
    assert names.asked == ["open.example"]


async def test_a_name_that_leads_elsewhere_at_the_next_step_is_checked_again(
    fetcher: GuardedFetcher, web: Web, names: Names
) -> None:
    web.answers["/"] = onward("/cat.png")
    names.known["open.example"] = [["127.0.0.1"], ["10.0.0.1"]]
    with pytest.raises(BadAddress) as refused:
        await fetcher.fetch(f"http://open.example:{web.port}/", max_bytes=1_000)
    assert [asked.path for asked in web.asked] == ["/"]
    assert "10.0.0.1" not in refused.value.message


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["127.0.0.1", "::1"],
     ["127.0.0.1", "fe80::1%eth0"], ["127.0.0.1", "nonsense"]],
)  # fmt: skip
async def test_one_address_inside_is_enough_to_refuse_a_name(
    fetcher: GuardedFetcher, web: Web, names: Names, addresses: list[str]
) -> None:
    names.known["open.example"] = [addresses]
    with pytest.raises(BadAddress):
        await fetcher.fetch(f"http://open.example:{web.port}/cat.png", max_bytes=1_000)
    assert web.connections == 0


async def test_an_address_that_takes_no_connection_makes_room_for_the_next(web: Web, names: Names) -> None:
    fetcher = GuardedFetcher(allow_private=["127.0.0.1", "::1"], resolve=names)
    names.known["open.example"] = [["::1", "127.0.0.1"]]
    assert (await fetcher.fetch(f"http://open.example:{web.port}/cat.png", max_bytes=1_000)).data == PNG


async def test_a_name_inside_is_not_even_looked_up(fetcher: GuardedFetcher, names: Names) -> None:
    for url in ("http://router/", "http://localhost/", "http://printer.local/", "http://open.example:25/"):
        with pytest.raises(BadAddress):
            await fetcher.fetch(url, max_bytes=1_000)
    assert names.asked == []


async def test_a_name_that_was_let_in_leads_where_it_leads(web: Web) -> None:
    fetcher = GuardedFetcher(allow_private=["files.lan"], resolve=Names({"files.lan": [["127.0.0.1"]]}))
    assert (await fetcher.fetch(f"http://files.lan:{web.port}/cat.png", max_bytes=1_000)).data == PNG
    with pytest.raises(BadAddress):
        await fetcher.fetch(f"{web.url}/cat.png", max_bytes=1_000)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_steps_are_followed(fetcher: GuardedFetcher, web: Web, status: int) -> None:
    web.answers["/"] = onward(f"//open.example:{web.port}/cat.png", status)
    found = await fetcher.fetch(web.url, max_bytes=1_000)
    assert (found.url, found.data) == (f"http://open.example:{web.port}/cat.png", PNG)
    assert web.asked[1].headers["host"] == f"open.example:{web.port}"
    assert "referer" not in web.asked[1].headers


async def test_steps_come_to_an_end(fetcher: GuardedFetcher, web: Web) -> None:
    web.answers |= {f"/{number}": onward(f"/{number + 1}") for number in range(1, 9)}
    web.answers |= {"/6": answer(), "/circle": onward("/circle")}
    assert (await fetcher.fetch(f"{web.url}/1", max_bytes=1_000)).data == PNG
    for path in ("/0", "/circle"):
        web.answers["/0"] = onward("/1")
        with pytest.raises(BadRequest, match="too many times"):
            await fetcher.fetch(f"{web.url}{path}", max_bytes=1_000)
    assert len(web.asked) == 6 + 6 + 6


async def test_no_cookie_is_kept(fetcher: GuardedFetcher, web: Web) -> None:
    web.answers |= {
        "/": answer(b"", 302, location="/cat.png", set_cookie="id=1"),
        "/cat.png": answer(set_cookie="id=2"),
    }
    for _ in range(2):
        assert "set-cookie" not in (await fetcher.fetch(web.url, max_bytes=1_000)).headers
    assert not any("cookie" in asked.headers for asked in web.asked)


async def test_a_proxy_of_the_environment_is_not_used_and_that_is_said(
    fetcher: GuardedFetcher, web: Web, inner: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, inner.url)
    await fetcher.fetch(f"http://open.example:{web.port}/cat.png", max_bytes=1_000)
    with pytest.raises(Unreachable) as failed:
        await fetcher.fetch("https://nobody.example/", max_bytes=1_000)
    assert "not through the proxy of HTTPS_PROXY" in failed.value.hint
    assert inner.connections == 0


async def test_names_that_never_answer_do_not_take_every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    answered, looked_up = asyncio.Event(), []

    async def slow(host: str, port: int, **_: Any) -> list[Any]:
        looked_up.append(host)
        await answered.wait()
        return [(2, 1, 6, "", ("1.1.1.1", port)), (2, 1, 6, "", ("1.1.1.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", slow)
    names = SystemNames(at_once=1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(names("slow.example", 80), 0.01)
    with pytest.raises(TimedOut):
        await GuardedFetcher(resolve=names).fetch("http://next.example/", max_bytes=1_000, timeout_s=0.01)
    assert looked_up == ["slow.example"]
    answered.set()
    assert await names("last.example", 80) == ("1.1.1.1",)


async def test_the_names_of_this_machine_are_asked_unless_others_are_given(inner: Web) -> None:
    with pytest.raises(VTError):
        await GuardedFetcher().fetch("http://nobody.invalid/", max_bytes=1_000)
    fetcher = GuardedFetcher(allow_private=[f"localhost:{inner.port}"])
    assert (await fetcher.fetch(f"http://localhost:{inner.port}/", max_bytes=1_000)).data == b"secret"
