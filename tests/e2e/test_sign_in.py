"""Signing in and one's own account, in a real browser."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.visitor import Visitor
from tests.ui.program import Program
from vtai.storage.database import Database
from vtai.storage.people import SqlPeople

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PASSWORD, OTHER = "correct horse battery", "staple and more words"
SHOTS = os.environ.get("VTAI_TEST_SHOTS")
SCREENS = pytest.mark.parametrize(
    "visitor",
    [
        pytest.param((WIDE, "light"), id="wide and light"),
        pytest.param((WIDE, "dark"), id="wide and dark"),
        pytest.param((PHONE, "light"), id="phone and light"),
        pytest.param((PHONE, "dark"), id="phone and dark"),
    ],
    indirect=True,
)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Program]:
    """A server that nobody has an account at, with a button for signing in elsewhere."""
    command = ("-m", "tests.ui.served", str(tmp_path / "requests"), "--history")
    variables = {
        "VT_SIGN_IN": "accounts",
        "VT_OIDC_ISSUER": "http://127.0.0.1:1",
        "VT_OIDC_CLIENT_ID": "vtai",
        "VT_OIDC_LABEL": "the office",
    }
    with Program(tmp_path, command, variables) as program:
        yield program


@pytest.fixture
async def visitor(browser: Browser, page: Program, request: pytest.FixtureRequest) -> AsyncIterator[Visitor]:
    """Somebody who has not come in yet."""
    size, scheme = getattr(request, "param", (WIDE, "light"))
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    outside: list[str] = []
    context.on("request", lambda sent: None if sent.url.startswith(page.url) else outside.append(sent.url))
    visitor = Visitor(await context.new_page(), page)
    await visitor.tab.goto(page.url)
    yield visitor
    await context.close()
    assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []
    # Answers that say no are told by the browser; scripts that fail would be, too.
    assert [error for error in visitor.errors if "the server responded with a status of 4" not in error] == []


async def look(visitor: Visitor, name: str) -> None:
    """Nothing keeps people out or sticks out of the screen; a picture of it is kept where it is wanted."""
    assert await visitor.barriers() == []
    assert await visitor.tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if SHOTS:
        size = visitor.tab.viewport_size or {}
        is_dark = await visitor.tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        screen = f"{'wide' if size.get('width') == WIDE[0] else 'phone'}_{'dark' if is_dark else 'light'}"
        await visitor.tab.screenshot(path=f"{SHOTS}/{name}_{screen}.png", full_page=True)


async def fill(visitor: Visitor, **fields: str) -> None:
    for name, value in fields.items():
        await visitor.tab.fill(f"[name={name}]", value)
    await visitor.tab.click("button.main")


async def make_first(visitor: Visitor) -> None:
    await visitor.tab.wait_for_url("**/first-admin")
    await fill(visitor, name="Ada", password=PASSWORD, again=PASSWORD)
    await visitor.tab.wait_for_selector("#chat-input")


async def lose_login(visitor: Visitor) -> None:
    """While nothing is under way: a request that is refused in between is an error to the page's library."""
    await visitor.tab.wait_for_selector("#mode-picker-trigger-route")
    await visitor.tab.wait_for_load_state("networkidle")
    await visitor.tab.context.clear_cookies()


async def add_guest(data: Path) -> None:
    database = Database(None, data)
    await database.open()
    await SqlPeople(database).add("reader", SecretStr(PASSWORD), "guest")
    await database.aclose()


@SCREENS
async def test_the_pages_are_fit_for_everybody_and_any_screen(visitor: Visitor) -> None:
    tab = visitor.tab
    await tab.wait_for_url("**/first-admin")
    await look(visitor, "first_admin")
    await make_first(visitor)
    await tab.goto(f"{visitor.program.url}/account")
    await tab.fill("#key-name", "My script at work")
    await tab.click("text=Make the key")
    await tab.wait_for_selector("[role=status] code")
    await look(visitor, "account")
    await tab.click("text=Sign out")
    await tab.wait_for_url("**/sign-in")
    await look(visitor, "sign_in")
    await fill(visitor, name="Ada", password="wrong and wrong")
    await tab.wait_for_selector("[role=alert]")
    assert await tab.input_value("#name") == "Ada"
    assert await tab.evaluate("document.activeElement.id") == "password"
    await look(visitor, "sign_in_wrong")


async def test_the_first_visit_makes_the_admin_who_chats_at_once(visitor: Visitor) -> None:
    await make_first(visitor)
    await visitor.tab.wait_for_selector("#mode-picker-trigger-route")
    assert "piece 2" in await visitor.ask("Hello")


async def test_who_signs_in_comes_to_the_page_that_they_wanted(visitor: Visitor) -> None:
    await make_first(visitor)
    await lose_login(visitor)
    await visitor.tab.goto(f"{visitor.program.url}/account")
    await visitor.tab.wait_for_url("**/sign-in?next=/account")
    await fill(visitor, name="ada", password=PASSWORD)
    await visitor.tab.wait_for_url("**/account")


async def test_a_page_whose_login_ended_leads_to_signing_in(visitor: Visitor) -> None:
    await make_first(visitor)
    await lose_login(visitor)
    await visitor.tab.reload()
    await visitor.tab.wait_for_url("**/sign-in")


async def test_a_new_password_keeps_this_browser_in_and_the_other_one_out(
    visitor: Visitor, browser: Browser
) -> None:
    await make_first(visitor)
    other = await browser.new_page()
    await other.goto(visitor.program.url)
    for name, value in (("name", "Ada"), ("password", PASSWORD)):
        await other.fill(f"[name={name}]", value)
    await other.click("button.main")
    await other.wait_for_selector("#mode-picker-trigger-route")
    await visitor.tab.goto(f"{visitor.program.url}/account")
    for name, value in (("now", PASSWORD), ("new", OTHER), ("again", OTHER)):
        await visitor.tab.fill(f"[name={name}]", value)
    await visitor.tab.click("text=Change the password")
    await visitor.tab.wait_for_selector("[role=status]")
    await other.reload()
    await other.wait_for_url("**/sign-in")
    await other.close()


async def test_a_guest_is_told_that_they_can_only_read(
    visitor: Visitor, browser: Browser, tmp_path: Path
) -> None:
    await make_first(visitor)
    await add_guest(tmp_path / "data")
    other = await browser.new_page()
    await other.goto(visitor.program.url)
    for name, value in (("name", "reader"), ("password", PASSWORD)):
        await other.fill(f"[name={name}]", value)
    await other.click("button.main")
    await other.get_by_text("You can read here, and not send messages.").wait_for()
    assert not await other.locator("#chat-input").is_visible()
    assert not await other.locator("#starters").is_visible()
    await other.get_by_role("button", name="Shared links").wait_for()
    assert await other.get_by_role("button", name="Bring in").count() == 0
    await other.goto(f"{visitor.program.url}/admin")
    await other.get_by_role("heading", name="This page is for admins.").wait_for()
    await other.get_by_role("link", name="Back to the chat").click()
    await other.locator(".vt-reader").wait_for()
    await other.close()
