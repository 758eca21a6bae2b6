"""Searching the web in a real browser: the steps, the sources, the cards, and the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_pictures import fits
from tests.e2e.test_routing import forgive_the_sheet

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SCREENS = pytest.mark.parametrize(
    "visitor",
    [pytest.param((WIDE, "light"), id="wide and light"), pytest.param((PHONE, "dark"), id="phone and dark")],
    indirect=True,
)
SIDE = "#side-view-content .vt-source-view"


async def search(visitor: Visitor, text: str) -> str:
    # The same day as the newest page, three hours later.
    await visitor.tab.clock.set_fixed_time("2026-11-22T11:10:00Z")
    await visitor.choose_tool("Search")
    return await visitor.ask(text)


def folded(visitor: Visitor, begin: str) -> Locator:
    """The line that a search became."""
    return visitor.tab.locator(f'[data-step-type="tool"] [id^="step-{begin}"]')


def listed(visitor: Visitor) -> Locator:
    return visitor.tab.locator(".vt-sources ol > li")


async def open_settings(visitor: Visitor) -> None:
    await visitor.tab.click("#chat-settings-open-modal")
    await visitor.tab.get_by_role("tab", name="Search").click()


async def pick(visitor: Visitor, setting: str, label: str) -> None:
    await visitor.tab.click(f"#{setting}")
    await visitor.tab.get_by_role("option", name=label, exact=True).click()


@SCREENS
async def test_a_search_shows_its_queries_and_pages_and_folds_to_a_line_that_opens(visitor: Visitor) -> None:
    await visitor.choose_tool("Search")
    await visitor.say("news, please wait")
    pages = visitor.tab.locator(".vt-step-line")
    await pages.nth(3).wait_for()
    assert await visitor.tab.locator(".vt-queries li").count() == 3
    assert await visitor.tab.locator('.vt-step-line[data-state="working"]').count() == 2
    assert "Skipped: this page asks to be paid for." in await pages.nth(1).inner_text()
    assert await folded(visitor, "Reading: 2 of 4 pages").count() == 1
    assert await visitor.barriers() == []
    assert await fits(visitor)
    visitor.program.go_on()
    await visitor.finish()
    await pages.first.wait_for(state="detached")
    await folded(visitor, "Searched 3 queries, read 2 pages, skipped 2").click()
    assert "Skipped: it took too long." in await pages.nth(3).inner_text()
    assert await fits(visitor)


@SCREENS
async def test_a_number_opens_its_source_beside_the_answer_with_the_passage_and_a_link(
    visitor: Visitor,
) -> None:
    await search(visitor, "news")
    await visitor.answers.last.get_by_role("link", name="[2]").click()
    source = visitor.tab.locator(SIDE)
    assert "example.com · 3 Nov 2026" in await source.inner_text()
    # What stood on the page is shown as it stood there, and is not run.
    assert "**not bold** <script>alert(1)</script>" in await source.inner_text()
    assert await source.locator("img, script").count() == 0
    link = source.get_by_role("link", name="Open the page")
    assert await link.get_attribute("href") == "https://example.com/picture"
    assert "noopener noreferrer" in str(await link.get_attribute("rel"))
    assert "[2] First picture released" in await visitor.tab.locator("#side-view-title").inner_text()
    await visitor.tab.wait_for_timeout(600)  # it slides in
    forgive_the_sheet(visitor)
    assert await visitor.barriers() == []
    assert await fits(visitor)
    assert len(visitor.tab.context.pages) == 1


async def test_the_number_is_a_link_to_the_page_for_those_who_want_it_in_a_tab(visitor: Visitor) -> None:
    await search(visitor, "news")
    number = visitor.answers.last.get_by_role("link", name="[1]")
    assert await number.get_attribute("href") == "https://example.org/mirror_%281%29"
    await visitor.tab.context.unroute_all()
    await visitor.tab.context.route("https://**", lambda route: route.fulfill(body="The page itself."))
    async with visitor.tab.context.expect_page():
        await number.click(modifiers=["Control"])
    assert await visitor.tab.locator(SIDE).count() == 0


async def test_with_the_keyboard_the_source_gets_the_focus_and_gives_it_back(visitor: Visitor) -> None:
    await search(visitor, "news")
    number = visitor.answers.last.get_by_role("link", name="[1]")
    await number.press("Enter")
    await visitor.tab.locator(f"{SIDE}:focus").wait_for()
    assert "Example News · 3 hours ago" in await visitor.tab.locator(SIDE).inner_text()
    await visitor.tab.locator("#side-view-title button").press("Enter")
    await visitor.tab.locator(SIDE).wait_for(state="detached")
    assert await number.evaluate("element => element === document.activeElement")


async def test_the_numbers_of_two_answers_open_each_their_own_sources(visitor: Visitor) -> None:
    await search(visitor, "brackets please")
    await search(visitor, "news")
    title = visitor.tab.locator("#side-view-title")
    await visitor.answers.first.get_by_role("link", name="[1]").click()
    await title.filter(has_text="[1] Cats").wait_for()
    await visitor.answers.last.get_by_role("link", name="[1]").click()
    await title.filter(has_text="[1] Telescope unfolds its mirror").wait_for()


@SCREENS
async def test_more_than_five_sources_are_listed_when_asked_for(visitor: Visitor) -> None:
    await search(visitor, "news")
    assert await listed(visitor).count() == 5
    first = await listed(visitor).first.inner_text()
    assert "Telescope unfolds its mirror" in first
    assert "Example News · 3 hours ago" in first
    assert "Oct 2026" in await listed(visitor).nth(2).inner_text()
    assert await visitor.barriers() == []
    await visitor.tab.get_by_role("button", name="Show all 9").click()
    assert await listed(visitor).count() == 9
    await listed(visitor).last.get_by_role("button", name="Page 9").click()
    await visitor.tab.locator(SIDE).filter(has_text="Words of page 9.").wait_for()
    forgive_the_sheet(visitor)
    assert await fits(visitor)


@SCREENS
async def test_results_alone_are_cards_in_their_order(visitor: Visitor) -> None:
    await open_settings(visitor)
    await visitor.tab.click("#search_summarise")
    await visitor.tab.click("#confirm")
    await search(visitor, "news")
    cards = visitor.tab.locator(".vt-result")
    assert await cards.count() == 9
    link = cards.first.get_by_role("link", name="Telescope unfolds its mirror")
    assert await link.get_attribute("href") == "https://example.org/mirror_(1)"
    assert "Example News · 3 hours ago" in await cards.first.inner_text()
    assert "<script>alert(1)</script>" in await cards.nth(1).inner_text()
    # The list that a terminal would show is not there as well.
    assert await visitor.answers.last.get_by_text("Telescope unfolds its mirror").count() == 1
    assert await visitor.tab.locator(".vt-sources").count() == 0
    await link.focus()
    await visitor.tab.keyboard.press("Tab")
    assert await cards.nth(1).get_by_role("link").evaluate("element => element === document.activeElement")
    assert await visitor.barriers() == []
    assert await fits(visitor)


@SCREENS
async def test_research_shows_its_rounds_and_the_budget_and_can_be_stopped(visitor: Visitor) -> None:
    await visitor.choose_tool("Research")
    await visitor.say("the telescope, please wait")
    rounds = visitor.tab.locator(".vt-round")
    await rounds.nth(1).wait_for()
    await visitor.tab.locator('.vt-step-line[data-state="working"]').nth(1).wait_for()
    assert "5 pages found so far, 3 of them read." in await rounds.first.inner_text()
    assert "34 s of 120 s and $0.052 of $0.50 used" in await rounds.nth(1).inner_text()
    assert await visitor.barriers() == []
    assert await fits(visitor)
    asked = visitor.program.searches[-1]
    assert (asked["command"], asked["search"]["is_research"]) == ("research", True)
    await visitor.tab.click("#stop-button")
    await visitor.finish()
    await folded(
        visitor, "Researched in 1 round: searched 6 queries, read 3 pages, skipped 3 (stopped)"
    ).click()
    assert "Stopped." in await visitor.tab.locator(".vt-step-line").last.inner_text()


async def test_the_settings_of_the_search_are_kept_and_used(visitor: Visitor) -> None:
    await open_settings(visitor)
    await pick(visitor, "search_model", "small")
    await pick(visitor, "search_depth", "High")
    await visitor.tab.click("#search_links")
    await pick(visitor, "search_time_range", "Past week")
    await pick(visitor, "search_region", "Switzerland")
    await pick(visitor, "search_safe", "Strict")
    await visitor.tab.fill("#search_budget_s", "45")
    await visitor.tab.fill("#search_budget_usd", "0.25")
    assert await visitor.barriers() == []
    await visitor.tab.click("#confirm")
    await search(visitor, "news")
    assert visitor.program.searches[-1]["search"] == {
        "summarise": True,
        "depth": "high",
        "include_links": False,
        "max_results": 5,
        "time_range": "week",
        "region": "ch",
        "safe_search": "strict",
        "model": "small",
        "uses_own_search": False,
        "is_research": False,
        "budget_s": 45.0,
        "budget_usd": 0.25,
    }
    await open_settings(visitor)
    assert await visitor.tab.locator("#search_region").inner_text() == "Switzerland"
    assert await visitor.tab.input_value("#search_budget_usd") == "0.25"


async def test_pictures_that_lie_elsewhere_are_links_and_nothing_is_asked_for_them(visitor: Visitor) -> None:
    await search(visitor, "a picture")
    answer = visitor.answers.last
    link = answer.get_by_role("link", name="a chart")
    assert await link.get_attribute("href") == "https://outside.example/a.png"
    assert await answer.get_by_role("link", name="picture", exact=True).count() == 1
    assert await answer.locator("img, video").count() == 0
    # The visitor fails where anything was asked for outside, or kept from being asked for.
    assert visitor.errors == []


async def test_where_nothing_can_search_the_answer_says_so(visitor: Visitor) -> None:
    answer = await search(visitor, "nothing")
    assert "Nothing is set up to search with." in answer
    assert "VT_SEARXNG_URL" in answer
