"""The administration page in a real browser, over a store with something in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.program import Program
from vtai.core.people import SCOPES
from vtai.core.spending import Spent
from vtai.storage.database import Database
from vtai.storage.keys import SqlKeys
from vtai.storage.ledger import SqlLedger

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]

_LIMITS = '[[limits]]\nfor = "each person"\nmost = 200\nwhat = "requests"\nper = "day"\n'


async def _fill(folder: Path) -> None:
    database = Database(None, folder)
    await database.open()
    ledger, now = SqlLedger(database), time.time()
    for day in range(20):
        for person in ("local", "ann"):
            turn = Spent(
                now - day * 86_400,
                person,
                "page",
                None,
                "",
                "text",
                "large",
                100 * day,
                50,
                0.01 * day,
                1.5,
                0.3,
            )
            ledger.record(turn)
    ledger.record(
        Spent(now, "ann", route="image-generation", model="painter", cost_usd=0.04, outcome="failed")
    )
    await ledger.flush()
    await SqlKeys(database).make("local", "nightly", frozenset(SCOPES))
    await database.aclose()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("admin")
    (folder / "data").mkdir()
    (folder / "config").mkdir()
    (folder / "config" / "limits.toml").write_text(_LIMITS)
    asyncio.run(_fill(folder / "data"))
    variables = {
        "HOME": str(folder),
        "VT_DATA_DIR": str(folder / "data"),
        "VT_CONFIG_DIR": str(folder / "config"),
        "VT_EMBEDDED": "false",
        # Nobody is asked: it is there so that the server has a model.
        "OPENAI_API_KEY": "sk-of-the-test",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
    }
    with Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables) as program:
        yield program


@pytest.fixture
async def tab(page: Program, browser: Browser) -> AsyncIterator[Page]:
    opened = await browser.new_page(viewport={"width": 1280, "height": 900})
    await opened.goto(page.url + "/admin")
    await opened.locator("#main").wait_for()
    await opened.get_by_text("As of").wait_for()
    yield opened
    await opened.close()


async def test_an_admin_sees_use_cost_health_keys_limits_and_errors(tab: Page) -> None:
    assert await tab.locator(".wrong").all_inner_texts() == []
    assert "large" in await tab.locator("#by-model").inner_text()
    assert "ann" in await tab.locator("#by-person").inner_text()
    assert "image-generation" in await tab.locator("#by-route").inner_text()
    assert await tab.locator("#plot-turns svg rect").count() >= 30
    assert "failing" in await tab.locator("#health").inner_text()
    limits = await tab.locator("#limits").inner_text()
    assert "each person" in limits
    assert "200 requests a day" in limits
    assert "Nothing yet." in await tab.locator("#errors").inner_text()


async def test_on_a_phone_nothing_is_cut_off_and_buttons_fit_a_finger(tab: Page) -> None:
    await tab.set_viewport_size({"width": 390, "height": 844})
    assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    inside = "[...document.querySelectorAll('.scroll')].filter(it => it.scrollWidth > it.clientWidth).length"
    assert await tab.evaluate(inside) == 0
    heights = "[...document.querySelectorAll('button, select, input')].map(it => it.offsetHeight)"
    assert min(await tab.evaluate(heights)) >= 44


async def test_a_key_is_revoked_after_a_question(tab: Page) -> None:
    tab.on("dialog", lambda dialog: dialog.accept())
    await tab.locator("#keys").get_by_role("button", name="Revoke").click()
    await tab.locator("#keys").get_by_text("revoked").wait_for()


async def test_another_span_is_shown_by_the_hour(tab: Page) -> None:
    await tab.select_option("#span", "1")
    await tab.get_by_text("As of").wait_for()
    assert await tab.locator("#plot-turns svg rect").count() in {24, 25, 26}
