"""The route card, questions, corrections and their list in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_page import PICTURE
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LIST = ".vt-corrections"
SCREENS = pytest.mark.parametrize(
    "visitor",
    [pytest.param((WIDE, "light"), id="wide and light"), pytest.param((PHONE, "dark"), id="phone and dark")],
    indirect=True,
)


async def reroute(visitor: Visitor, route: str, replies: int) -> None:
    """Opens the newest card and presses the button of a route."""
    await visitor.tab.locator(".vt-chip").last.click()
    await visitor.tab.click(f'.vt-card .vt-reroute[data-route="{route}"]')
    await visitor.finish(replies)


async def took(visitor: Visitor) -> str | None:
    """Where the newest reply came from."""
    return await visitor.footers.last.get_attribute("data-route")


async def open_list(visitor: Visitor) -> None:
    await visitor.tab.locator(".vt-chip").last.click()
    await visitor.tab.click(".vt-card .vt-link")
    await visitor.tab.wait_for_selector(LIST)


def forgive_the_sheet(visitor: Visitor) -> None:
    """The page's library complains in the console that the name of its side view has an id of its own."""
    visitor.errors = [error for error in visitor.errors if "DialogTitle" not in error]


async def test_the_card_tells_why_and_offers_the_runners_up_with_their_confidence(visitor: Visitor) -> None:
    await visitor.ask("guess: a card")
    assert "fairly sure, 72\u00a0%" in await visitor.tab.locator(".vt-chip").inner_text()
    await visitor.tab.click(".vt-chip")
    card = visitor.tab.locator(".vt-card")
    assert "It reads like text." in await card.inner_text()
    runners_up = await card.locator(".vt-candidate").all_inner_texts()
    assert [" ".join(text.split()) for text in runners_up] == ["Web search 20 %", "Speech 8 %"]
    assert await card.locator(".vt-others .vt-reroute").count() == 3


async def test_an_unsure_message_is_asked_about_and_a_click_runs_it(visitor: Visitor) -> None:
    asked = len(visitor.program.requests)
    await visitor.ask("unsure: a heron")
    assert "Unsure" in await visitor.tab.locator(".vt-chip").inner_text()
    assert len(visitor.program.requests) == asked
    await visitor.tab.click('.vt-choice[data-route="image-generation"]')
    await visitor.finish(2)
    assert await took(visitor) == "image-generation"
    assert await visitor.tab.locator(".vt-note").count() == 0
    assert await visitor.questions.count() == 1


async def test_a_reroute_keeps_the_old_answer_and_both_files(visitor: Visitor) -> None:
    files = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": PICTURE} for name in ("one", "two")]
    await visitor.tab.set_input_files("#upload-button-input", files)  # type: ignore[arg-type]
    await visitor.tab.locator("#attachments img").nth(1).wait_for()
    old = await visitor.ask("compare these two")
    assert (await took(visitor), visitor.program.requests[-1]["pictures"]) == ("vision", 2)
    await reroute(visitor, "text", 2)
    assert (await took(visitor), visitor.program.requests[-1]["pictures"]) == ("text", 2)
    assert await visitor.answers.first.inner_text() == old
    assert await visitor.answers.count() == 2
    for name in ("one", "two"):
        assert await visitor.tab.locator(f'img[alt="{name}.png"]').is_visible()
    await visitor.tab.locator(".vt-note button").click()


async def test_after_a_correction_the_same_message_goes_there_at_once_until_it_is_undone(
    visitor: Visitor,
) -> None:
    await visitor.ask("guess: a correction")
    await reroute(visitor, "speech", 2)
    note = visitor.tab.locator(".vt-note")
    assert "Noted: messages like this go to Speech from now on." in await note.inner_text()
    await visitor.ask("guess: a correction")
    assert await took(visitor) == "speech"
    await note.get_by_role("button").click()
    await visitor.tab.get_by_text("Undone: messages like this").wait_for()
    await visitor.ask("guess: a correction")
    assert await took(visitor) == "text"


@SCREENS
async def test_corrections_are_listed_exported_and_undone(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.ask("guess: a list")
    await reroute(visitor, "vision", 2)
    await open_list(visitor)
    forgive_the_sheet(visitor)
    await visitor.tab.wait_for_timeout(500)  # it slides in
    assert await visitor.barriers() == []
    async with visitor.tab.expect_download() as download:
        await visitor.tab.locator(f"{LIST} .vt-export").click()
    await (await download.value).save_as(tmp_path / "file")
    told = [json.loads(line) for line in (tmp_path / "file").read_text().splitlines()]
    assert ("guess: a list", "vision") in [(each["text"], each["right"]) for each in told]
    mine = visitor.tab.locator(f"{LIST} li").filter(has_text="guess: a list")
    await mine.get_by_role("button").click()
    await mine.wait_for(state="detached")


@SCREENS
async def test_the_settings_lead_to_the_list(visitor: Visitor) -> None:
    await visitor.tab.click("#chat-settings-open-modal")
    await visitor.tab.get_by_role("tab", name="Routing").click()
    await visitor.tab.click("#show_corrections")
    await visitor.tab.click("#confirm")
    await visitor.tab.wait_for_selector(LIST)
    forgive_the_sheet(visitor)
    width = await visitor.tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]


async def test_with_never_ask_an_unsure_message_is_answered_at_once(visitor: Visitor) -> None:
    await visitor.tab.click("#chat-settings-open-modal")
    await visitor.tab.get_by_role("tab", name="Routing").click()
    await visitor.tab.click("#never_ask")
    await visitor.tab.click("#confirm")
    assert "piece 0" in await visitor.ask("unsure: a bittern")
    assert await visitor.tab.locator(".vt-choice").count() == 0


@SCREENS
async def test_a_question_and_a_note_fit_the_screen_and_keep_nobody_out(visitor: Visitor) -> None:
    await visitor.ask("unsure: a wren")
    assert await visitor.barriers() == []
    await visitor.tab.click('.vt-choice[data-route="text"]')
    await visitor.finish(2)
    await visitor.tab.wait_for_selector(".vt-note")
    assert await visitor.barriers() == []
    width = await visitor.tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    await visitor.tab.locator(".vt-note button").click()
