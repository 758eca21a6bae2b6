"""People whom a proxy signs in, and whose word counts for who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.hosted import Hosted, hosted
from tests.server.parts import make_app
from vtai.core.errors import SettingsError
from vtai.server.app import build_server
from vtai.server.proxied import Forwarded, Networks, network_of

PROXY, STRANGER = "10.1.2.3", "192.0.2.7"
HEADER = "X-Forwarded-User"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Hosted]:
    async with hosted(tmp_path, "0.0.0.0", "proxy", proxy_allow=("10.0.0.0/8",)) as server:
        yield server


async def test_whom_the_proxy_names_is_in_with_an_account_made_at_first_sight(server: Hosted) -> None:
    browser = server.browser(PROXY)
    first = (await browser.get("/user", headers={HEADER: "ada@example.org"})).json()
    again = (await browser.get("/user", headers={HEADER: "ada@example.org"})).json()
    assert first == again
    assert (first["display_name"], first["metadata"]["role"]) == ("ada@example.org", "member")
    assert [person.name for person in await server.store.people.all()] == ["ada@example.org"]


async def test_the_name_may_hold_any_letters(server: Hosted) -> None:
    answer = await server.browser(PROXY).get("/user", headers={HEADER: "Zoë".encode()})
    assert answer.json()["display_name"] == "Zoë"


async def test_the_header_from_anybody_else_is_refused_and_not_passed_over(server: Hosted) -> None:
    ada = (await server.browser(PROXY).get("/user", headers={HEADER: "ada"})).json()["id"]
    key = await server.key(ada, "read")
    for headers in ({}, {"authorization": f"Bearer {key}"}):
        answer = await server.browser(STRANGER).get("/user", headers={HEADER: "eve", **headers})
        assert answer.status_code == 403
        assert "VT_PROXY_ALLOW" in answer.json()["hint"]
    assert [person.name for person in await server.store.people.all()] == ["ada"]


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        pytest.param(PROXY, [], 401, id="nobody is named"),
        pytest.param(PROXY, [(HEADER, " ")], 401, id="an empty name"),
        pytest.param(PROXY, [(HEADER, "ada"), (HEADER, "eve")], 403, id="two names"),
        pytest.param(PROXY, [(HEADER, "a\x7fb")], 409, id="a name that cannot be"),
        pytest.param(STRANGER, [], 401, id="around the proxy"),
    ],
)
async def test_without_one_name_nobody_is_in(
    server: Hosted, address: str, headers: list[tuple[str, str]], status: int
) -> None:
    answer = await server.browser(address).get("/user", headers=headers)
    assert answer.status_code == status
    assert await server.store.people.all() == []


async def test_a_proxy_cannot_be_made_up_in_a_header(server: Hosted) -> None:
    given = {HEADER: "ada", "x-forwarded-for": PROXY}
    assert (await server.browser(STRANGER).get("/user", headers=given)).status_code == 403


async def test_a_suspended_person_is_turned_away_at_once(server: Hosted) -> None:
    browser = server.browser(PROXY)
    who = (await browser.get("/user", headers={HEADER: "ada"})).json()["id"]
    await server.store.people.change(who, is_suspended=True)
    answer = await browser.get("/user", headers={HEADER: "ada"})
    assert answer.status_code == 403
    assert "suspended" in answer.json()["detail"]


async def test_programs_bring_their_key_with_or_without_the_proxy(server: Hosted) -> None:
    who = (await server.browser(PROXY).get("/user", headers={HEADER: "ada"})).json()["id"]
    key = await server.key(who, "read")
    for address in (PROXY, STRANGER):
        assert (await server.program(key, address).get("/user")).json()["id"] == who


async def test_what_the_proxy_lets_a_page_of_another_site_send_is_refused(server: Hosted) -> None:
    browser = server.browser(PROXY, headers={HEADER: "ada"})
    assert (await browser.post("/logout")).status_code == 403
    assert (await browser.post("/logout", headers={"origin": "http://127.0.0.1:8000"})).status_code == 200


@pytest.mark.parametrize(
    ("peer", "chain", "found"),
    [
        pytest.param(PROXY, "198.51.100.9", "198.51.100.9", id="one proxy"),
        pytest.param(PROXY, "1.1.1.1, 198.51.100.9", "198.51.100.9", id="something made up before"),
        pytest.param(PROXY, "198.51.100.9, 10.9.9.9", "198.51.100.9", id="two proxies"),
        pytest.param(PROXY, "198.51.100.9:4711", "198.51.100.9", id="with a port"),
        pytest.param(PROXY, "[2001:db8::1]:4711", "2001:db8::/64", id="IPv6 with a port"),
        pytest.param(PROXY, "2001:db8::1", "2001:db8::/64", id="IPv6"),
        pytest.param(PROXY, "unknown, 10.9.9.9", "10.9.9.9", id="not known further on"),
        pytest.param(PROXY, "", PROXY, id="nobody is told"),
        pytest.param("::ffff:10.1.2.3", "198.51.100.9", "198.51.100.9", id="IPv4 written as IPv6"),
        pytest.param(STRANGER, "198.51.100.9", STRANGER, id="no proxy"),
    ],
)
async def test_who_asks_is_the_last_one_that_no_proxy_is(peer: str, chain: str, found: str) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((network_of(scope), scope["scheme"]))

    headers = [(b"x-forwarded-for", chain.encode()), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": headers}
    await Forwarded(app, Networks(("10.0.0.0/8",)))(scope, None, None)  # type: ignore[arg-type]
    assert seen == [(found, "http" if peer == STRANGER else "https")]


async def test_a_socket_behind_tls_is_one_too() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["scheme"])

    scope = {"type": "websocket", "client": (PROXY, 1), "scheme": "ws"}
    scope |= {"headers": [(b"x-forwarded-proto", b"https")]}
    await Forwarded(app, Networks((PROXY,)))(scope, None, None)  # type: ignore[arg-type]
    assert seen == ["wss"]


def test_an_address_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="VT_PROXY_ALLOW"):
        build_server(make_app(tmp_path, proxy_allow=("the-proxy",)))
