"""The microphone in a real browser: it plays a recorded sentence into the page, and an answer comes."""

from __future__ import annotations

import os
import re
import shutil
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PHONE, WIDE
from tests.e2e.visitor import Visitor
from tests.standins.remote import RemoteFast
from tests.ui.program import Program

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.model]

_MICROPHONE = '[data-part="microphone"]'


@pytest.fixture(scope="module")
def vendor() -> Iterator[RemoteFast]:
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def page(vendor: RemoteFast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("voice")
    variables = {
        "HOME": str(folder),
        "OPENAI_API_KEY": "sk-of-the-test",
        "OPENAI_BASE_URL": vendor.url,
        "VT_TRANSCRIPTION_MODEL": "embedded",
    }
    with Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables) as program:
        yield program


@pytest.fixture(scope="module")
def sentence(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sentences and then silence, as a microphone would give them."""
    import numpy as np

    from tests.providers.hearing import sounds
    from vtai.providers.resampling import SPEECH_RATE_HZ, resampled

    said = (sounds.spoken("story"), sounds.silence(0.3), sounds.spoken("letter"))
    sound = sounds.in_a_room(sounds.silence(1.0), *said, sounds.silence(12.0))
    path = tmp_path_factory.mktemp("microphone") / "sentence.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        wide = resampled(sound, SPEECH_RATE_HZ, 48_000)
        file.writeframes(np.clip(np.rint(wide * 32_768), -32_768, 32_767).astype("<i2").tobytes())
    return path


@pytest.fixture
async def browser(sentence: Path) -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={sentence}%noloop",
    ]
    path = os.environ.get("VTAI_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        await chromium.close()


@pytest.mark.parametrize("visitor", [(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"], indirect=True)
async def test_who_speaks_into_the_page_is_heard_shown_and_answered(
    visitor: Visitor, vendor: RemoteFast
) -> None:
    vendor.reset()
    vendor.script(text="Once upon a time there was a fisherman.")
    await visitor.tab.click(_MICROPHONE)
    line = visitor.tab.get_by_text("Listening …")
    await line.wait_for()
    # The words are there while they are still being said.
    await visitor.tab.get_by_text(re.compile(r"Listening … .*story")).wait_for()
    assert await visitor.questions.count() == 0
    await visitor.finish()
    said = (await visitor.questions.inner_text()).lower()
    assert [word for word in ("story", "fisherman", "landlord") if word not in said] == []
    assert await visitor.questions.count() == 1
    assert (await visitor.answers.last.inner_text()).startswith("Once upon a time there was a fisherman.")
    assert "Text" in await visitor.tab.locator(".vt-chip").inner_text()
    assert await line.count() == 0
    # The microphone is closed, and can be opened again.
    await visitor.tab.locator(f'{_MICROPHONE}[aria-label="Speak your message"]').wait_for()
    assert await visitor.barriers() == []


async def test_what_was_said_is_changed_on_the_page_and_answered_anew(
    visitor: Visitor, vendor: RemoteFast
) -> None:
    vendor.reset()
    for answer in ("Once upon a time.", "There was a baker."):
        vendor.script(text=answer)
    await visitor.tab.click(_MICROPHONE)
    await visitor.finish()
    await visitor.questions.hover()
    await visitor.tab.locator(".edit-message").click()
    await visitor.tab.fill("#edit-chat-input", "Tell me a story about a baker")
    await visitor.tab.get_by_role("button", name="Confirm").click()
    await visitor.tab.get_by_text("There was a baker.").wait_for()
    assert vendor.requests[-1]["body"]["messages"][-1]["content"] == "Tell me a story about a baker"


async def test_pressing_the_microphone_again_cancels_what_nobody_has_begun_to_say(
    visitor: Visitor, vendor: RemoteFast
) -> None:
    vendor.reset()
    await visitor.tab.click(_MICROPHONE)
    await visitor.tab.locator(f'{_MICROPHONE}[aria-label="Stop listening"]').click()
    await visitor.tab.locator("[data-sonner-toast]").wait_for()
    assert await visitor.questions.count() == 0
    assert vendor.requests == []
