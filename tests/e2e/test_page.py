"""The page in a real browser."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
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


async def test_a_first_message_is_answered_with_a_route_and_its_cost(visitor: Visitor) -> None:
    assert await visitor.tab.title() == "VT.ai"
    answer = await visitor.ask("Give me three names for a cat")
    assert "piece 0 piece 1 piece 2" in answer
    chip = visitor.tab.locator(".vt-chip")
    assert "Text" in await chip.inner_text()
    assert "certain, 100\u00a0%" in await chip.inner_text()
    assert "12 in, 34 out" in await visitor.tab.locator(".vt-usage").inner_text()


async def test_a_starter_sends_its_message(visitor: Visitor) -> None:
    await visitor.tab.click("#starter-write-something")
    await visitor.finish()
    assert "poem" in await visitor.questions.first.inner_text()


async def test_an_answer_appears_while_it_is_written_and_stop_keeps_it(visitor: Visitor) -> None:
    await visitor.say("go slowly")
    await visitor.answers.filter(has_text="piece 2").wait_for()
    await visitor.tab.click("#stop-button")
    await visitor.finish()
    assert "piece 2" in await visitor.answers.last.inner_text()
    assert "piece 399" not in await visitor.answers.last.inner_text()
    assert await visitor.tab.locator(".vt-end").inner_text() == "Stopped"
    assert visitor.program.ends[-1] == "closed"


async def test_thinking_is_shown_apart_collapsed_when_done_with_its_duration(visitor: Visitor) -> None:
    await visitor.choose_tool("Think")
    await visitor.ask("please think")
    thought = visitor.tab.locator('[id^="step-Thought for"]')
    await thought.wait_for()
    await visitor.tab.get_by_text("Let me see.").wait_for(state="hidden")
    await thought.click()
    await visitor.tab.get_by_text("Let me see.").wait_for()


async def test_the_chip_tells_why_and_sends_the_message_elsewhere(visitor: Visitor) -> None:
    await visitor.ask("draw me a cat")
    await visitor.tab.click(".vt-chip")
    assert "Why Text?" in await visitor.tab.locator(".vt-card").inner_text()
    await visitor.tab.click('.vt-reroute[data-route="image-generation"]')
    await visitor.finish(2)
    assert await visitor.footers.nth(1).get_attribute("data-route") == "image-generation"
    assert "piece 0" in await visitor.answers.first.inner_text()
    assert await visitor.questions.count() == 1


async def test_again_asks_once_more_and_keeps_the_first_answer(visitor: Visitor) -> None:
    await visitor.ask("hello")
    await visitor.tab.click(".vt-again")
    await visitor.finish(2)
    assert await visitor.answers.count() == 2


async def test_an_edited_message_starts_over_from_there(visitor: Visitor) -> None:
    await visitor.ask("first")
    await visitor.ask("second")
    await visitor.questions.first.hover()
    await visitor.questions.first.locator(".edit-message").click()
    await visitor.tab.fill("#edit-chat-input", "first, changed")
    await visitor.tab.click(".confirm-edit")
    await visitor.answers.filter(has_text="after 2 messages").wait_for()
    assert await visitor.questions.count() == 1
    assert "first, changed" in await visitor.questions.first.inner_text()


async def test_a_picture_is_attached_shown_and_looked_at(visitor: Visitor) -> None:
    file = {"name": "cat.png", "mimeType": "image/png", "buffer": PICTURE}
    await visitor.tab.set_input_files("#upload-button-input", file)  # type: ignore[arg-type]
    await visitor.tab.wait_for_selector("#attachments")
    await visitor.ask("what is this?")
    assert await visitor.footers.last.get_attribute("data-route") == "vision"
    assert await visitor.tab.locator('img[alt="cat.png"]').is_visible()


async def test_a_file_that_is_not_what_it_says_is_refused_in_words(visitor: Visitor) -> None:
    file = {"name": "cat.png", "mimeType": "image/png", "buffer": b"not a picture"}
    await visitor.tab.set_input_files("#upload-button-input", file)  # type: ignore[arg-type]
    await visitor.tab.get_by_text("cat.png is not").wait_for()
    visitor.errors.clear()  # the refused upload itself


async def test_a_failure_says_what_happened_and_what_to_do(visitor: Visitor) -> None:
    await visitor.ask("please fail")
    assert "broke off" in await visitor.answers.last.inner_text()
    assert "Press Again." in await visitor.answers.last.inner_text()


async def test_speech_becomes_a_message(visitor: Visitor) -> None:
    microphone = visitor.tab.locator('[data-part="microphone"]')
    await microphone.click()
    await visitor.tab.wait_for_selector('[data-part="microphone"][aria-label="Stop listening"]')
    await visitor.tab.wait_for_timeout(1_000)  # long enough to hold a word
    await microphone.click()
    await visitor.finish()
    assert "hello" in await visitor.questions.first.inner_text()


async def test_settings_are_kept_and_used(visitor: Visitor) -> None:
    await visitor.tab.click("#chat-settings-open-modal")
    await visitor.tab.get_by_role("tab", name="Answers").click()
    await visitor.tab.fill("#temperature", "0")
    await visitor.tab.click("#confirm")
    await visitor.ask("hello")
    assert visitor.program.requests[-1]["temperature"] == 0


async def test_formulas_money_tables_and_code_are_drawn_as_such(visitor: Visitor) -> None:
    answer = await visitor.ask("formula please")
    assert "$5 to $10" in answer
    assert await visitor.tab.locator(".katex-display").count() == 1
    font = await visitor.tab.locator(".katex").first.evaluate("e => getComputedStyle(e).fontFamily")
    assert "KaTeX" in font
    assert await visitor.tab.locator("table").count() == 1


@SCREENS
async def test_nothing_sticks_out_and_nobody_is_kept_out(visitor: Visitor) -> None:
    assert await visitor.barriers() == []
    await visitor.ask("formula please")
    await visitor.choose_tool("Think")
    await visitor.ask("please think")
    width = await visitor.tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]
    await visitor.tab.locator(".vt-chip").last.click()
    await visitor.tab.wait_for_selector(".vt-card")
    await visitor.tab.wait_for_timeout(400)  # the card fades in, and half faded colours are hard to read
    assert await visitor.barriers() == []


@SCREENS
async def test_the_colours_follow_the_machine(visitor: Visitor) -> None:
    wanted = await visitor.tab.evaluate(
        "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
    )
    assert wanted in await visitor.tab.evaluate("document.documentElement.className")
