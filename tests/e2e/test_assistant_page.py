"""The assistant in a real browser: its steps, its questions, tables and files, the settings and the notes."""

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


async def begin(visitor: Visitor, text: str) -> None:
    await visitor.choose_tool("Code")
    await visitor.say(text)


def step(visitor: Visitor, name: str) -> Locator:
    """The line of a step."""
    return visitor.tab.locator(f'[data-step-type="tool"] [id="step-{name}"]')


def card(visitor: Visitor) -> Locator:
    return visitor.tab.locator(".vt-approval")


@SCREENS
async def test_a_step_streams_while_it_runs_and_folds_with_its_duration(visitor: Visitor) -> None:
    await begin(visitor, "the average, wait")
    await visitor.tab.get_by_text("row 39:").wait_for()
    await visitor.tab.locator("code.language-python .hljs-keyword").first.wait_for()
    assert await visitor.barriers() == []
    assert await fits(visitor)
    visitor.program.go_on()
    await visitor.finish()
    await visitor.tab.get_by_text("row 39:").wait_for(state="detached")
    await step(visitor, "run_python · 1.2 s").click()
    await visitor.tab.get_by_text("North    12.5").wait_for()
    await step(visitor, "run_python failed · 40 ms").click()
    await visitor.tab.get_by_text("ZeroDivisionError").wait_for()
    assert await visitor.barriers() == []
    assert await fits(visitor)


@SCREENS
async def test_charts_tables_and_files_stand_with_the_answer_they_were_made_for(visitor: Visitor) -> None:
    await begin(visitor, "the average")
    await visitor.finish()
    table = visitor.tab.locator(".vt-table")
    assert "first 50 of 1,204 rows" in await table.inner_text()
    assert "<b>checked</b>" in await table.inner_text()
    assert await table.locator("th").nth(2).evaluate("it => getComputedStyle(it).textAlign") == "right"
    box = table.locator(".vt-table-box")
    await box.evaluate("it => it.scrollTo(0, 400)")
    head, edge = await table.locator("th").first.bounding_box(), await box.bounding_box()
    assert head is not None
    assert edge is not None
    assert abs(head["y"] - edge["y"]) < 3
    assert await visitor.tab.locator(".vt-frame img").count() == 2
    assert await visitor.tab.get_by_role("button", name="Vary").count() == 0
    assert await visitor.tab.get_by_role("button", name="Edit", exact=True).count() == 0
    assert await visitor.barriers() == []
    assert await fits(visitor)
    for name in ("average.csv", "page.html", "drawing.svg"):
        async with visitor.tab.expect_download() as download:
            await visitor.tab.locator(f'.inline-file[download="{name}"]').click()
        assert (await download.value).suggested_filename == name


async def test_the_order_in_a_bubble_is_text_chart_table_files_and_the_line_under_it(
    visitor: Visitor,
) -> None:
    await begin(visitor, "the average")
    await visitor.finish()
    tops = [
        await visitor.tab.locator(selector).first.evaluate("it => it.getBoundingClientRect().top")
        for selector in (".vt-pictures", ".vt-table", ".inline-file")
    ]
    assert tops == sorted(tops)


@SCREENS
async def test_what_a_tool_says_does_not_come_to_life(visitor: Visitor) -> None:
    await begin(visitor, "hostile, wait")
    shown = visitor.tab.locator('[data-step-type="tool"] .message-content')
    await _is_dead(shown)
    visitor.program.go_on()
    await visitor.finish()
    await step(visitor, "read_page · 0.1 s").click()
    await _is_dead(shown)
    assert await visitor.tab.locator(".vt-table img, .vt-table a").count() == 0
    # The visitor fails where anything was asked for outside, or kept from being asked for.
    assert visitor.errors == []


async def _is_dead(shown: Locator) -> None:
    await shown.last.get_by_text("$x^2$").wait_for()
    assert await shown.locator("img, video, a, script, strong, .katex").count() == 0
    assert "![d](https://outside.example/d.png)" in await shown.last.inner_text()


@SCREENS
async def test_a_tool_asks_first_and_the_card_keeps_the_answer(visitor: Visitor) -> None:
    await begin(visitor, "ask first")
    await card(visitor).get_by_role("button", name="Allow", exact=True).wait_for()
    assert "all@example.org" in await card(visitor).inner_text()
    await visitor.tab.locator("code.language-json .hljs-attr").first.wait_for()
    assert await visitor.barriers() == []
    assert await fits(visitor)
    await card(visitor).get_by_role("button", name="Refuse").click()
    await visitor.finish()
    assert "send_mail: Refused" in await card(visitor).inner_text()
    assert await card(visitor).get_by_role("button").count() == 0
    await card(visitor).get_by_text("What was asked").click()
    assert await visitor.barriers() == []


async def test_with_the_keyboard_a_question_is_answered_and_the_answer_has_the_focus(
    visitor: Visitor,
) -> None:
    await begin(visitor, "ask first")
    allow = card(visitor).get_by_role("button", name="Allow", exact=True)
    await allow.focus()
    await visitor.tab.keyboard.press("Tab")
    await visitor.tab.keyboard.press("Enter")
    await visitor.finish()
    ending = card(visitor).get_by_role("status")
    assert await ending.inner_text() == "send_mail: Allowed in this chat"
    assert await ending.evaluate("it => it === document.activeElement")
    await begin(visitor, "ask first")
    await visitor.finish(2)
    assert await card(visitor).count() == 1


async def test_stop_refuses_a_question_and_the_card_says_so(visitor: Visitor) -> None:
    await begin(visitor, "ask first")
    await card(visitor).get_by_role("button", name="Refuse").wait_for()
    await visitor.tab.click("#stop-button")
    await visitor.finish()
    assert "Not allowed: the reply was stopped" in await card(visitor).inner_text()


async def test_a_new_chat_is_another_conversation_and_the_old_ones_sandbox_is_closed(
    visitor: Visitor,
) -> None:
    await begin(visitor, "nothing")
    await visitor.finish()
    first = visitor.program.assisted[-1]["conversation"]
    await visitor.tab.click("#new-chat-button")
    await visitor.tab.locator("#new-chat-dialog #confirm").click()
    await visitor.tab.locator("#starters").wait_for()
    await begin(visitor, "nothing")
    await visitor.finish()
    assert visitor.program.assisted[-1]["conversation"] != first
    assert ["local", first] in visitor.program.closed


@SCREENS
async def test_tools_are_switched_off_and_notes_are_listed_in_the_settings(visitor: Visitor) -> None:
    await visitor.tab.click("#chat-settings-open-modal")
    await visitor.tab.get_by_role("tab", name="Assistant").click()
    await visitor.tab.fill("#assistant_usd", "0.5")
    await visitor.tab.click("#tool_send_mail")
    await visitor.tab.click("#show_notes")
    assert await visitor.barriers() == []
    await visitor.tab.click("#confirm")
    notes = visitor.tab.locator(".vt-notes")
    await notes.get_by_text("<b>Prefers</b> tables").wait_for()
    await visitor.tab.wait_for_timeout(600)  # it slides in
    forgive_the_sheet(visitor)
    assert await visitor.barriers() == []
    assert await fits(visitor)
    await visitor.tab.locator("#side-view-title button, [role=dialog] button:has(.lucide-x)").first.click()
    await begin(visitor, "nothing")
    await visitor.finish()
    options = visitor.program.assisted[-1]["assistant"]
    assert (options["max_usd"], options["tools"]) == (0.5, ["run_python", "search_web"])
