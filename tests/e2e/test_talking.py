"""A hands-free conversation in a real browser: two things are said, and each is answered aloud."""

from __future__ import annotations

import os
import shutil
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.standins.remote import RemoteFast
from tests.ui.program import Program

if TYPE_CHECKING:
    from playwright.async_api import Browser, WebSocket

    from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.model]

_MICROPHONE = '[data-part="microphone"]'


@pytest.fixture(scope="module")
def vendor() -> Iterator[RemoteFast]:
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def page(vendor: RemoteFast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("talk")
    variables = {
        "HOME": str(folder),
        "OPENAI_API_KEY": "sk-of-the-test",
        "OPENAI_BASE_URL": vendor.url,
        "VT_TRANSCRIPTION_MODEL": "embedded",
        "VT_SPEECH_MODEL": "embedded",
    }
    with Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables) as program:
        yield program


@pytest.fixture(scope="module")
def utterances(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sentences with a long pause between them, as a microphone would give them."""
    import numpy as np

    from tests.providers.hearing import sounds
    from vtai.providers.resampling import SPEECH_RATE_HZ, resampled

    said = (sounds.spoken("story"), sounds.silence(15.0), sounds.spoken("letter"))
    sound = sounds.in_a_room(sounds.silence(2.0), *said, sounds.silence(30.0))
    path = tmp_path_factory.mktemp("microphone") / "utterances.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        wide = resampled(sound, SPEECH_RATE_HZ, 48_000)
        file.writeframes(np.clip(np.rint(wide * 32_768), -32_768, 32_767).astype("<i2").tobytes())
    return path


@pytest.fixture
async def browser(utterances: Path) -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={utterances}%noloop",
    ]
    path = os.environ.get("VTAI_TEST_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield chromium
        await chromium.close()


async def test_two_things_said_with_a_pause_are_two_turns_that_are_answered_aloud(
    visitor: Visitor, vendor: RemoteFast
) -> None:
    vendor.reset()
    vendor.default(text="There was a fisherman once.")
    sound: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on(
            "framereceived", lambda frame: sound.append(len(frame)) if isinstance(frame, bytes) else None
        )

    visitor.tab.on("websocket", listen)
    await visitor.tab.reload()
    await visitor.tab.wait_for_selector("#mode-picker-trigger-route")
    await visitor.tab.click("#chat-settings-open-modal")
    await visitor.tab.get_by_role("tab", name="Voice").click()
    await visitor.tab.click("#microphone")
    await visitor.tab.get_by_role("option", name="Hands-free conversation").click()
    await visitor.tab.click("#confirm")
    await visitor.tab.click(_MICROPHONE)
    line = visitor.tab.get_by_text("Hands-free:")
    await line.wait_for()
    await visitor.finish(2)
    first, second = [text.lower() for text in await visitor.questions.all_inner_texts()]
    assert "story" in first
    assert "landlord" in second
    assert (await visitor.answers.first.inner_text()).startswith("There was a fisherman once.")
    assert "Text" in await visitor.tab.locator(".vt-chip").first.inner_text()
    # More than a second of sound, at 24 kHz and two bytes.
    assert sum(sound) > 48_000
    await visitor.tab.get_by_text("Hands-free: listening").wait_for()
    assert await visitor.barriers() == []
    await visitor.tab.click(_MICROPHONE)
    await line.wait_for(state="detached")
    assert await visitor.tab.locator("[data-sonner-toast]").count() == 0
