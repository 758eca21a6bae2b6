"""Replies aloud in a real browser: the player, the Speak button, the settings, and what a vendor is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.test_pictures import fits
from tests.e2e.visitor import Visitor
from tests.providers.loopback import Loopback, Reply
from tests.ui.program import Program, with_vendor
from tests.ui.spoken import tone

if TYPE_CHECKING:
    from playwright.async_api import Browser


pytestmark = [pytest.mark.slow, pytest.mark.browser]

SCREENS = pytest.mark.parametrize(
    "visitor",
    [pytest.param((WIDE, "light"), id="wide and light"), pytest.param((PHONE, "dark"), id="phone and dark")],
    indirect=True,
)
TIDE = "The tide is out, and the boats lie on the sand, and nobody is in a hurry. "
MORNING = f"Good morning to all of you, my dear friends. {TIDE * 12}"
PATIENCE = f"Good morning to all of you, my dear friends. {TIDE} Have patience with me."
_AUDIO = "document.querySelector('#vt-audio')"
_PLAYS = f"!{_AUDIO}.paused && {_AUDIO}.currentTime > 0.05"
_RESTS = f"{_AUDIO}.paused"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("spoken")
    with Program(folder, ("-m", "tests.ui.spoken", str(folder / "requests"))) as program:
        yield program


@pytest.fixture(autouse=True)
def waiting(page: Program) -> None:
    """Nobody has told the voice yet to go on."""
    (page.folder / "go").unlink(missing_ok=True)


async def speak(visitor: Visitor, text: str) -> None:
    await visitor.choose_tool("Speak")
    await visitor.say(text)


@SCREENS
async def test_the_first_sentence_is_heard_while_the_rest_is_still_made(visitor: Visitor) -> None:
    await speak(visitor, PATIENCE)
    await visitor.tab.wait_for_function(_PLAYS)
    player = visitor.tab.get_by_role("group", name="Spoken reply")
    await player.get_by_text("Good morning to all of you").wait_for()
    assert await player.get_by_role("link").count() == 0
    # It waits for the sentence that is not there yet.
    await visitor.tab.locator('.vt-speech[data-status="waiting"]').wait_for()
    assert await visitor.barriers() == []
    assert await fits(visitor)
    visitor.program.go_on()
    await player.get_by_text("Have patience with me.").wait_for()
    await visitor.finish()
    await visitor.tab.wait_for_function(_RESTS)
    async with visitor.tab.expect_download() as download:
        await player.get_by_role("link", name="Download").click()
    made = await download.value
    assert made.suggested_filename == "speech.wav"
    assert Path(await made.path()).read_bytes()[:4] == b"RIFF"
    assert await visitor.barriers() == []


async def test_the_player_pauses_goes_on_and_jumps_with_the_keyboard(visitor: Visitor) -> None:
    await speak(visitor, MORNING)
    await visitor.finish()
    await visitor.tab.wait_for_function(_PLAYS)
    pause = visitor.tab.get_by_role("button", name="Pause")
    await pause.focus()
    await visitor.tab.keyboard.press("Enter")
    await visitor.tab.wait_for_function(_RESTS)
    await visitor.tab.keyboard.press("Enter")
    await visitor.tab.wait_for_function(_PLAYS)
    place = visitor.tab.get_by_role("slider", name="Sentence")
    await place.focus()
    await visitor.tab.keyboard.press("End")
    last = await place.get_attribute("max")
    assert await place.input_value() == last
    await visitor.tab.get_by_label("Speed").select_option("2")
    assert await visitor.tab.evaluate("document.querySelector('#vt-audio').playbackRate") == 2
    await visitor.tab.get_by_role("button", name="Stop speaking").first.click()
    await visitor.tab.wait_for_function(_RESTS)
    assert await place.input_value() == "0"


async def test_the_speak_button_speaks_a_reply_and_pressed_again_stops_it(visitor: Visitor) -> None:
    await visitor.ask("hello")
    button = visitor.tab.locator(".vt-speak")
    before = len(visitor.program.spoken)
    for _ in range(2):
        assert await button.inner_text() == "Speak"
        await button.click()
        await visitor.tab.wait_for_function(_PLAYS)
        assert await button.inner_text() == "Stop speaking"
        await button.click()
        await visitor.tab.wait_for_function(_RESTS)
    assert await visitor.tab.locator(".vt-speech").count() == 1
    # The second time nothing was made anew.
    assert len(visitor.program.spoken) == before + 1


async def test_a_reply_that_cannot_be_spoken_says_why(visitor: Visitor) -> None:
    await speak(visitor, "unspeakable")
    await visitor.finish()
    await visitor.tab.get_by_text("The vendor failed on its side.").first.wait_for()
    assert await visitor.tab.locator(".vt-speech").count() == 0


async def test_stop_is_silence_at_once(visitor: Visitor) -> None:
    await speak(visitor, PATIENCE)
    await visitor.tab.wait_for_function(_PLAYS)
    assert await visitor.tab.evaluate(f"(document.querySelector('#stop-button').click(), {_AUDIO}.paused)")
    await visitor.finish()
    assert await visitor.footers.last.get_attribute("data-outcome") == "stopped"


async def test_a_new_message_silences_the_reply_before(visitor: Visitor) -> None:
    await speak(visitor, MORNING)
    await visitor.finish()
    await visitor.tab.wait_for_function(_PLAYS)
    await visitor.say("hello")
    await visitor.tab.wait_for_function(_RESTS)
    await visitor.finish(2)
    assert await visitor.tab.locator('.vt-speech[data-status="stopped"]').count() == 1


async def test_one_player_silences_the_other(visitor: Visitor) -> None:
    await visitor.ask("hello")
    await speak(visitor, MORNING)
    await visitor.finish(2)
    await visitor.tab.wait_for_function(_PLAYS)
    await visitor.tab.locator(".vt-speak").first.click()
    await visitor.tab.locator('.vt-speech[data-status="stopped"]').wait_for()
    await visitor.tab.locator('.vt-speech[data-status="playing"]').wait_for()


@SCREENS
async def test_the_settings_say_how_every_reply_is_spoken(visitor: Visitor) -> None:
    before = len(visitor.program.spoken)
    await visitor.tab.click("#chat-settings-open-modal")
    await visitor.tab.get_by_role("tab", name="Voice").click()
    await visitor.tab.click("#speech_automatic")
    await visitor.tab.fill("#speech_voice", "amy")
    await visitor.tab.fill("#speech_instructions", "Calm.")
    assert await visitor.barriers() == []
    await visitor.tab.click("#confirm")
    await visitor.ask("hello")
    await visitor.tab.locator(".vt-speech").wait_for()
    asked = visitor.program.spoken[before]
    assert (asked["voice"], asked["instructions"]) == ("amy", "Calm.")


async def test_the_vendor_is_asked_for_the_chosen_model_voice_and_words(
    browser: Browser, tmp_path: Path
) -> None:
    sound = Reply(tone(1.0), media_type="audio/wav")
    async with Loopback({"/v1/audio/speech": lambda _: sound}) as vendor:
        with with_vendor(tmp_path, f"{vendor.url}/v1") as program:
            visitor = Visitor(await browser.new_page(), program)
            await visitor.arrive()
            await visitor.tab.click("#chat-settings-open-modal")
            await visitor.tab.get_by_role("tab", name="Voice").click()
            await visitor.tab.fill("#speech_voice", "coral")
            await visitor.tab.fill("#speech_instructions", "Calm.")
            await visitor.tab.click("#confirm")
            await speak(visitor, "Good morning.")
            await visitor.tab.wait_for_function(_PLAYS)
            await visitor.finish()
            await visitor.tab.close()
    (asked,) = vendor.asked
    wanted = {"model": "gpt-4o-mini-tts", "voice": "coral", "input": "Good morning.", "instructions": "Calm."}
    assert {name: asked.json.get(name) for name in wanted} == wanted
