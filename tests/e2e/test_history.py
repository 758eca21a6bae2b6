"""The list of conversations in a real browser: opened again, named, found, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.visitor import Visitor
from tests.ui.kept import kill, with_history
from tests.ui.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser, Locator

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_OPEN = "#thread-history a"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with with_history(tmp_path_factory.mktemp("history")) as program:
        yield program


def entry(visitor: Visitor, name: str) -> Locator:
    return visitor.tab.locator(_OPEN).filter(has_text=name).first


async def options(visitor: Visitor, name: str) -> None:
    """Opens the menu of a conversation."""
    await entry(visitor, name).hover()
    await entry(visitor, name).locator("#thread-options").click()


async def reload(visitor: Visitor) -> None:
    await visitor.tab.reload()
    await visitor.tab.wait_for_selector(".vt-footer")
    await visitor.tab.wait_for_selector("#mode-picker-trigger-route")


async def test_a_chat_gets_its_address_and_is_there_after_a_reload(visitor: Visitor) -> None:
    await visitor.ask("of terns and gulls")
    await visitor.tab.wait_for_url("**/thread/*")
    await entry(visitor, "of terns and gulls").wait_for()
    # Not before: the buttons below the answer come a moment after its end.
    await visitor.tab.get_by_role("button", name="Speak", exact=True).wait_for()
    answer = await visitor.answers.last.inner_text()
    await reload(visitor)
    await visitor.tab.get_by_role("button", name="Speak", exact=True).wait_for()
    assert await visitor.answers.last.inner_text() == answer
    assert "after 4 messages" in await visitor.ask("and now?")


async def test_another_chat_is_opened_from_the_list_and_gone_on_with(visitor: Visitor) -> None:
    await visitor.ask("the first one")
    await entry(visitor, "the first one").wait_for()
    await visitor.tab.click("#new-chat-button")
    await visitor.tab.wait_for_selector("#starters")
    await visitor.ask("the second one")
    await entry(visitor, "the first one").click()
    await visitor.questions.filter(has_text="the first one").wait_for()
    assert await visitor.questions.count() == 1
    assert "after 4 messages" in await visitor.ask("and now?")


async def test_a_chat_is_renamed_and_deleted_from_the_list(visitor: Visitor) -> None:
    await visitor.ask("of puffins")
    await options(visitor, "of puffins")
    await visitor.tab.click("#rename-thread")
    await visitor.tab.fill("[role=dialog] #name", "Sea birds")
    await visitor.tab.get_by_role("button", name="Confirm").click()
    await entry(visitor, "Sea birds").wait_for()
    await visitor.tab.reload()
    await options(visitor, "Sea birds")
    await visitor.tab.click("#delete-thread")
    await visitor.tab.get_by_role("button", name="Confirm").click()
    await entry(visitor, "Sea birds").wait_for(state="detached")
    await visitor.tab.wait_for_selector("#starters")


async def test_what_was_said_is_found_with_the_keyboard(visitor: Visitor) -> None:
    await visitor.ask("of avocets")
    await visitor.ask("their bills are called recurved")
    await visitor.tab.click("#new-chat-button")
    await visitor.tab.wait_for_selector("#starters")
    await visitor.tab.keyboard.press("Control+k")
    await visitor.tab.fill("[cmdk-input]", "recurv")
    found = visitor.tab.locator("[cmdk-item]").filter(has_text="their bills are called recurved")
    await found.wait_for()
    assert "of avocets" in await found.inner_text()
    await visitor.tab.locator('[cmdk-item][aria-selected="true"]').wait_for()
    await visitor.tab.keyboard.press("Enter")
    await visitor.questions.filter(has_text="recurved").wait_for()


async def test_a_reload_in_mid_answer_goes_on_and_can_be_stopped(visitor: Visitor) -> None:
    await visitor.say("go slowly")
    await visitor.answers.filter(has_text="piece 5 ").wait_for()
    await visitor.tab.wait_for_url("**/thread/*")
    await reload(visitor)
    await visitor.answers.filter(has_text="piece 5 ").wait_for()
    await visitor.answers.filter(has_text="piece 60 ").wait_for()
    await visitor.tab.click("#stop-button")
    await visitor.finish()
    assert (await visitor.answers.last.inner_text()).count("piece 5 ") == 1


async def test_pictures_are_there_after_a_reload(visitor: Visitor) -> None:
    await visitor.choose_tool("Image")
    await visitor.ask("a heron")
    await visitor.tab.wait_for_url("**/thread/*")
    await visitor.tab.wait_for_timeout(500)
    await reload(visitor)
    picture = visitor.tab.locator(".vt-pictures img").first
    await picture.wait_for()
    await visitor.tab.wait_for_function("document.querySelector('.vt-pictures img').naturalWidth > 0")


async def test_a_chat_is_opened_at_its_end_though_its_pictures_come_later(visitor: Visitor) -> None:
    for number in range(3):
        await visitor.choose_tool("Image")
        await visitor.ask(f"a heron, number {number}")
    await reload(visitor)
    await visitor.tab.locator(".vt-pictures img").nth(2).wait_for()
    await visitor.tab.wait_for_function(
        """() => {
            const pane = document.querySelector("[data-step-type]").closest(".overflow-y-auto")
            const pictures = [...document.querySelectorAll(".vt-pictures img")]
            const last = [...document.querySelectorAll("[data-step-type]")].at(-1).getBoundingClientRect()
            const { top, bottom } = pane.getBoundingClientRect()
            return last.bottom > top && last.bottom < bottom && pictures.every((it) => it.naturalWidth > 0)
        }"""
    )


@pytest.mark.parametrize("visitor", [pytest.param((PHONE, "light"), id="phone")], indirect=True)
async def test_a_short_chat_that_is_opened_shows_its_beginning_too(visitor: Visitor) -> None:
    await visitor.ask("a heron in the reeds")
    await reload(visitor)
    await visitor.tab.get_by_role("button", name="Speak", exact=True).wait_for()
    assert (
        await visitor.tab.evaluate("document.querySelector('.step').closest('.overflow-y-auto').scrollTop")
        == 0
    )


async def test_a_thumb_is_remembered(visitor: Visitor) -> None:
    await visitor.ask("of dunlins")
    await visitor.tab.locator(".positive-feedback-off").first.click()
    await visitor.tab.click("#submit-feedback")
    await visitor.tab.locator(".positive-feedback-on").first.wait_for()
    await reload(visitor)
    await visitor.tab.locator(".positive-feedback-on").first.wait_for()


async def test_an_answer_that_a_crash_cut_says_so(browser: Browser, tmp_path: Path) -> None:
    with with_history(tmp_path) as page:
        visitor = Visitor(await (await browser.new_context()).new_page(), page)
        await visitor.arrive()
        await visitor.say("go slowly")
        await visitor.answers.filter(has_text="piece 30 ").wait_for()
        await visitor.tab.wait_for_url("**/thread/*")
        path = visitor.tab.url.removeprefix(page.url)
        kill(page)
        await visitor.tab.wait_for_selector("#session-error")
        await visitor.tab.context.close()
    with with_history(tmp_path) as page:
        visitor = Visitor(await (await browser.new_context()).new_page(), page)
        await visitor.tab.goto(page.url + path)
        await visitor.tab.get_by_text("This answer was cut off when the server stopped.").wait_for()
        await visitor.tab.get_by_role("button", name="Again").click()
        await visitor.answers.nth(1).filter(has_text="piece 3 ").wait_for()
        await visitor.tab.context.close()


@pytest.mark.parametrize("visitor", [pytest.param((PHONE, "light"), id="phone")], indirect=True)
async def test_on_a_phone_the_list_makes_room_for_what_was_chosen(visitor: Visitor) -> None:
    await visitor.ask("of knots")
    await visitor.tab.wait_for_url("**/thread/*")
    await visitor.tab.click("#new-chat-button")
    await visitor.tab.wait_for_selector("#starters")
    await visitor.ask("of plovers")
    await visitor.tab.click("#sidebar-trigger-button")
    await entry(visitor, "of knots").click()
    await visitor.tab.locator('[data-mobile="true"]').wait_for(state="detached")
    await visitor.questions.filter(has_text="of knots").wait_for()
    # The front end's own list has no title of its kind; its name is given by the page's script.
    visitor.errors[:] = [error for error in visitor.errors if "DialogTitle" not in error]


@pytest.mark.parametrize(
    "visitor",
    [pytest.param((WIDE, "light"), id="light"), pytest.param((WIDE, "dark"), id="dark")],
    indirect=True,
)
async def test_the_list_keeps_nobody_out(visitor: Visitor) -> None:
    await visitor.ask("of sandpipers")
    await entry(visitor, "of sandpipers").wait_for()
    assert await visitor.barriers() == []
