"""Sockets of people who sign in, against the served page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.ui.browser import Refused, Tab, new_id
from tests.ui.program import Program

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("people")
    command = ("-m", "tests.ui.served", str(folder / "requests"), "--history")
    with Program(folder, command, {"VT_SIGN_IN": "accounts"}) as program:
        yield program


@pytest.fixture(scope="module")
def admin_key(page: Program) -> str:
    """Makes the first account, and with it a key that may do everything."""
    import httpx

    with httpx.Client(base_url=page.url, headers={"origin": page.url}) as web:
        given = {"name": "Ada", "password": PASSWORD, "again": PASSWORD}
        assert web.post("/first-admin", data=given).status_code == 303
        scopes = {"name": "all", "days": "", "scopes": ["read", "write", "chat", "admin"]}
        made = web.post("/account/keys", data=scopes)
        return "vtai_" + made.text.partition("<code>vtai_")[2].partition("<")[0]


@asynccontextmanager
async def browser_of(page: Program, key: str, role: str = "member") -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody new, who has signed in."""
    import httpx

    name = f"person-{new_id()[:8]}"
    async with httpx.AsyncClient(base_url=page.url, headers={"authorization": f"Bearer {key}"}) as web:
        made = await web.post("/api/v1/people", json={"name": name, "password": PASSWORD, "role": role})
        assert made.status_code == 201, made.text
    async with httpx.AsyncClient(base_url=page.url, headers={"origin": page.url}) as web:
        answer = await web.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303
        yield web


def cookies_of(browser: httpx.AsyncClient) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}


def tab_of(page: Program, browser: httpx.AsyncClient, **handshake: Any) -> Tab:
    return Tab(page.url, handshake, cookies_of(browser))


async def until_closed(tab: Tab) -> None:
    async with asyncio.timeout(20):
        while tab._client.connected:
            await asyncio.sleep(0.05)


async def test_nobody_opens_a_socket(page: Program, admin_key: str) -> None:
    for headers in ({}, {"Cookie": "vtai_login=x"}, {"Authorization": "Bearer vtai_" + "x" * 43}):
        with pytest.raises(Refused):
            await Tab(page.url, None, headers).connect()


async def test_who_signed_in_chats_and_so_does_a_key(page: Program, admin_key: str) -> None:
    async with browser_of(page, admin_key) as browser, tab_of(page, browser) as tab:
        assert "messages." in await tab.ask("Hello")
    async with Tab(page.url, None, {"Authorization": f"Bearer {admin_key}"}) as tab:
        assert "messages." in await tab.ask("Hello")


async def test_signing_out_closes_the_socket_in_the_middle_of_an_answer(
    page: Program, admin_key: str
) -> None:
    async with browser_of(page, admin_key) as browser, tab_of(page, browser) as tab:
        await tab.say("go slowly")
        await tab.until(lambda: "piece 1" in tab.everything)
        await browser.post("/logout")
        await until_closed(tab)
        with pytest.raises(Refused):
            await tab_of(page, browser).connect()


async def test_a_suspended_persons_socket_is_closed(page: Program, admin_key: str) -> None:
    import httpx

    async with browser_of(page, admin_key) as browser, tab_of(page, browser) as tab:
        who = (await browser.get("/user")).json()["id"]
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {admin_key}"}) as web:
            await web.patch(f"{page.url}/api/v1/people/{who}", json={"is_suspended": True})
        await until_closed(tab)


async def test_a_revoked_keys_socket_is_closed(page: Program, admin_key: str) -> None:
    async with browser_of(page, admin_key) as browser:
        made = await browser.post("/account/keys", data={"name": "k", "scopes": ["read", "chat"]})
        secret = "vtai_" + made.text.partition("<code>vtai_")[2].partition("<")[0]
        path = "/account/keys/" + made.text.partition('action="/account/keys/')[2].partition('"')[0]
        async with Tab(page.url, None, {"Authorization": f"Bearer {secret}"}) as tab:
            await browser.post(path)
            await until_closed(tab)


async def test_a_guest_reads_and_is_told_that_they_cannot_send(page: Program, admin_key: str) -> None:
    async with browser_of(page, admin_key, "guest") as browser, tab_of(page, browser) as tab:
        before = len(page.requests)
        await tab.say("Hello")
        await tab.until(lambda: bool(tab.toasts))
        assert tab.toasts == ["You may read here, and not send messages."]
        assert len(page.requests) == before


async def test_nobody_takes_up_the_session_of_somebody_else(page: Program, admin_key: str) -> None:
    async with (
        browser_of(page, admin_key) as one,
        browser_of(page, admin_key) as other,
        tab_of(page, one) as tab,
    ):
        await tab.ask("Hello")
        with pytest.raises(Refused):
            await tab_of(page, other, sessionId=tab.session).connect()
