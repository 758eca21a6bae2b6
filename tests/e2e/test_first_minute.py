"""The first minute: the real program with no key, the packaged model, the real router, a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.visitor import Visitor
from tests.providers.embedded.packaged import packaged_models
from tests.ui.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.model]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("first-minute")
    command = ("-m", "vtai", "serve", "--port", "0")
    with Program(folder, command, {"HOME": str(folder), "VT_DATA_DIR": str(packaged_models())}) as program:
        yield program


async def test_with_no_key_the_page_streams_an_answer_and_shows_its_route(visitor: Visitor) -> None:
    await visitor.say("Give me three names for a cat")
    await visitor.tab.wait_for_function(
        """() => {
            const answer = document.querySelector('[data-step-type="assistant_message"] .message-content');
            const footer = document.querySelector('.vt-footer');
            if (!answer || !footer || !answer.innerText.trim()) return false;
            const now = answer.innerText.length;
            window.lengths = [...(window.lengths || []), now];
            return footer.dataset.outcome === 'done';
        }"""
    )
    lengths = await visitor.tab.evaluate("[...new Set(window.lengths)].length")
    assert lengths > 3, "the answer came in one piece"
    assert "Text" in await visitor.tab.locator(".vt-chip").inner_text()
    assert "small" in await visitor.tab.locator("body").inner_text()


async def test_what_the_packaged_model_cannot_do_says_which_key_turns_it_on(visitor: Visitor) -> None:
    await visitor.choose_tool("Image")
    await visitor.say("a red bicycle in the snow")
    await visitor.finish()
    assert "OPENAI_API_KEY" in await visitor.answers.last.inner_text()


async def test_the_built_in_voice_speaks(visitor: Visitor) -> None:
    await visitor.choose_tool("Speak")
    await visitor.say("Good evening, everybody.")
    await visitor.finish()
    assert await visitor.tab.locator("audio").count() == 1


async def test_a_picture_is_read_where_no_model_sees(visitor: Visitor, tmp_path: Path) -> None:
    sign = tmp_path / "sign.png"
    painted(sign, "GATE 42 CLOSED")
    await visitor.tab.set_input_files("#upload-button-input", str(sign))
    await visitor.tab.locator("#attachments > *").wait_for()
    await visitor.say("What does the sign say?")
    await visitor.finish()
    await visitor.tab.get_by_text("Reading the picture").click()
    everything = await visitor.tab.locator("body").inner_text()
    assert "GATE 42 CLOSED" in everything
    assert "read, not seen" in everything
    assert "Vision" in await visitor.tab.locator(".vt-chip").inner_text()


def painted(path: Path, words: str) -> None:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (640, 160), "white")
    ImageDraw.Draw(picture).text((40, 50), words, fill="black", font=ImageFont.load_default(48))
    picture.save(path)
