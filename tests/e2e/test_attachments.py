"""Files that people send and what is cited from them, in a real browser."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PHONE
from tests.e2e.test_pictures import fits, is_loaded
from tests.e2e.test_routing import forgive_the_sheet
from tests.ui.painter import painted

if TYPE_CHECKING:
    from playwright.async_api import FilePayload

    from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def file(name: str, content: bytes, media_type: str = "") -> FilePayload:
    return {"name": name, "mimeType": media_type, "buffer": content}


def picture(kind: str) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (40, 30), (200, 80, 40)).save(out, kind)
    return out.getvalue()


async def test_a_cited_passage_of_a_file_opens_beside_the_answer(visitor: Visitor) -> None:
    await visitor.choose_tool("Search")
    await visitor.ask("brackets please")
    await visitor.answers.last.get_by_role("link", name="[2]").click()
    passage = visitor.tab.locator("#side-view-content .vt-passage")
    assert "notice of 90 days" in await passage.inner_text()
    assert "contract.pdf, page 9" in await visitor.tab.locator("#side-view-title").inner_text()
    await visitor.tab.locator(".vt-sources summary").click()
    await visitor.tab.locator(".vt-passage-link").last.click()
    await passage.filter(has_text="North").wait_for()
    assert len(visitor.tab.context.pages) == 1
    assert await visitor.barriers() == []


@pytest.mark.parametrize("visitor", [pytest.param((PHONE, "dark"), id="phone")], indirect=True)
async def test_on_a_phone_a_long_passage_opens_over_the_answer_and_can_be_read(visitor: Visitor) -> None:
    await visitor.choose_tool("Search")
    await visitor.ask("brackets please")
    await visitor.answers.last.get_by_role("link", name="[3]").click()
    await visitor.tab.locator('#side-view-content[tabindex="0"] .vt-passage').wait_for()
    await visitor.tab.wait_for_timeout(600)  # it slides in
    forgive_the_sheet(visitor)
    assert await visitor.barriers() == []
    assert await fits(visitor)


async def test_files_of_many_kinds_go_into_one_message_and_each_is_shown_as_what_it_is(
    visitor: Visitor,
) -> None:
    files = [
        file("cat.png", painted(1), "image/png"),
        file("scan.tiff", picture("TIFF"), "image/tiff"),
        file("bundle.zip", b"PK\x03\x04...", "application/zip"),
        file('odd "name" <1> \u65e5\u672c; #5.md', b"# Hello", "text/markdown"),
        file("App.tsx", b"export const x = 1"),
    ]
    await visitor.tab.set_input_files("#upload-button-input", files)
    await visitor.tab.locator("#attachments img.vt-unshown").wait_for(state="attached")
    await visitor.ask("what are these?")
    message = visitor.questions.last
    assert await is_loaded(message.locator('img[alt="cat.png"]'))
    cards = await message.locator(".inline-file span").all_inner_texts()
    assert cards == ["scan.tiff", "bundle.zip", "odd name 1 \u65e5\u672c; #5.md", "App.tsx"]
    assert await fits(visitor)


async def test_a_pasted_picture_is_attached(visitor: Visitor) -> None:
    await visitor.tab.focus("#chat-input")
    await visitor.tab.evaluate(
        """data => {
          const file = new File([new Uint8Array(data)], "image.png", { type: "image/png" })
          const clipboardData = new DataTransfer()
          clipboardData.items.add(file)
          const pasted = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true })
          document.querySelector("#chat-input").dispatchEvent(pasted)
        }""",
        list(painted(2)),
    )
    await visitor.tab.wait_for_selector("#attachments")
    await visitor.ask("what is this?")
    assert await visitor.footers.last.get_attribute("data-route") == "vision"
    assert await is_loaded(visitor.questions.last.locator('img[alt="image.png"]'))


async def test_a_file_that_cannot_be_read_is_refused_with_what_can(visitor: Visitor) -> None:
    await visitor.tab.set_input_files("#upload-button-input", [file("setup.exe", b"MZ\0\0\0")])
    await visitor.tab.get_by_text("PDF, office files").wait_for()
    visitor.errors.clear()  # the refused upload itself
