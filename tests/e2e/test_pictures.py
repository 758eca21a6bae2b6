"""Pictures that are made and changed, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PHONE, WIDE

if TYPE_CHECKING:
    from playwright.async_api import Locator

    from tests.e2e.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SCREENS = pytest.mark.parametrize(
    "visitor",
    [
        pytest.param((WIDE, "dark"), id="wide and dark"),
        pytest.param((PHONE, "light"), id="phone and light"),
    ],
    indirect=True,
)


def frames(visitor: Visitor) -> Locator:
    return visitor.tab.locator(".vt-frame")


def button(visitor: Visitor, name: str) -> Locator:
    return visitor.tab.get_by_role("button", name=name, exact=True)


async def make(visitor: Visitor, text: str) -> None:
    await visitor.choose_tool("Image")
    await visitor.ask(text)


async def is_loaded(image: Locator) -> bool:
    await image.wait_for()
    return bool(await image.evaluate("e => e.decode().then(() => e.naturalWidth > 0, () => false)"))


async def fits(visitor: Visitor) -> bool:
    width = await visitor.tab.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return bool(width[0] <= width[1])


@pytest.fixture
def go(visitor: Visitor) -> Iterator[Path]:
    """The file that a waiting painter waits for."""
    path = visitor.program.folder / "go"
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


async def test_a_picture_comes_as_previews_and_then_whole_with_how_it_was_made(
    visitor: Visitor, go: Path
) -> None:
    await visitor.choose_tool("Image")
    await visitor.say("a kingfisher, wait")
    preview = visitor.tab.locator(".vt-preview img")
    assert await is_loaded(preview)
    assert "at work" in await visitor.tab.locator(".vt-progress").inner_text()
    assert await button(visitor, "Edit").count() == 0
    await preview.evaluate("e => e.dataset.seen = 'yes'")
    go.touch()
    await visitor.finish()
    # The same element all the time: nothing flickers.
    assert await is_loaded(frames(visitor).locator('img[data-seen="yes"]'))
    about = await visitor.tab.locator(".vt-about").inner_text()
    assert "a kingfisher, wait" in about
    assert "480x320" in about
    assert await visitor.tab.locator(".vt-progress").count() == 0


async def test_stop_leaves_what_was_there_and_a_way_on(visitor: Visitor, go: Path) -> None:
    await visitor.choose_tool("Image")
    await visitor.say("a kingfisher, wait")
    await visitor.tab.wait_for_selector(".vt-preview")
    await visitor.tab.click("#stop-button")
    await visitor.finish()
    assert await visitor.tab.locator(".vt-badge").inner_text() == "Not finished"
    assert await button(visitor, "Again").count() == 1


async def test_a_refusal_is_told_in_plain_words_and_leaves_no_empty_frame(visitor: Visitor) -> None:
    await make(visitor, "please refuse")
    assert "do not allow this picture" in await visitor.answers.last.inner_text()
    assert await visitor.tab.locator(".vt-pictures").count() == 0
    assert await visitor.answers.count() == 1


async def test_a_gallery_is_looked_through_in_full_size_with_the_keyboard(visitor: Visitor) -> None:
    await make(visitor, "three kingfishers")
    assert await frames(visitor).count() == 3
    await frames(visitor).nth(1).locator("button").focus()
    await visitor.tab.keyboard.press("Enter")
    title = visitor.tab.locator(".vt-dialog-title")
    assert await title.inner_text() == "Picture 2 of 3"
    assert await is_loaded(visitor.tab.locator(".vt-stage img"))
    for key, expected in (("ArrowRight", "3 of 3"), ("ArrowRight", "1 of 3"), ("ArrowLeft", "3 of 3")):
        await visitor.tab.keyboard.press(key)
        await title.filter(has_text=expected).wait_for()
    await visitor.tab.keyboard.press("Escape")
    await title.wait_for(state="detached")
    await visitor.tab.wait_for_function("document.activeElement === document.querySelectorAll('.vt-open')[1]")


async def test_a_picture_is_downloaded_under_its_name(visitor: Visitor) -> None:
    await make(visitor, "a kingfisher")
    async with visitor.tab.expect_download() as waiting:
        await visitor.tab.get_by_role("link", name="Download").click()
    download = await waiting.value
    assert download.suggested_filename == "picture-1.png"
    assert Path(await download.path()).read_bytes().startswith(b"\x89PNG")


async def test_again_makes_another_picture_of_the_same_words(visitor: Visitor) -> None:
    await make(visitor, "a kingfisher")
    await button(visitor, "Again").click()
    await visitor.finish(2)
    assert [each["prompt"] for each in visitor.program.pictures[-2:]] == ["a kingfisher"] * 2
    assert await frames(visitor).count() == 2
    assert await visitor.questions.count() == 1


async def test_vary_sends_the_picture_along_as_a_message(visitor: Visitor) -> None:
    await make(visitor, "three kingfishers")
    await button(visitor, "Vary picture 2").click()
    await visitor.finish(2)
    assert "variation" in await visitor.questions.last.inner_text()
    assert await is_loaded(visitor.questions.last.locator("img"))
    assert len(visitor.program.pictures[-1]["images"]) == 1


async def test_an_edit_sends_the_words_the_picture_and_what_was_painted_over(visitor: Visitor) -> None:
    await make(visitor, "a kingfisher")
    await button(visitor, "Edit").click()
    box = await visitor.tab.locator(".vt-easel canvas").bounding_box()
    assert box is not None
    left, top, mouse = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2, visitor.tab.mouse
    for away in (0, 40):
        await mouse.move(left, top + away)
        await mouse.down()
        await mouse.move(left + box["width"] / 2, top + away, steps=6)
        await mouse.up()
    await button(visitor, "Undo").click()
    assert await visitor.barriers() == []
    await visitor.tab.fill(".vt-order input", "make the beak red")
    await visitor.tab.keyboard.press("Enter")
    await visitor.finish(2)
    await visitor.tab.locator(".vt-edit").wait_for(state="detached")
    asked = visitor.program.pictures[-1]
    assert asked["prompt"] == "make the beak red"
    assert len(asked["images"]) == 1
    assert asked["mask"]["size"] == [480, 320]
    # One stroke over half the width, 8 % of the width thick, and its round ends.
    assert 0.04 < asked["mask"]["open"] < 0.1
    assert await is_loaded(visitor.questions.last.locator(".vt-marked img"))


async def test_a_part_of_the_picture_is_marked_with_the_keyboard_alone(visitor: Visitor) -> None:
    await make(visitor, "a kingfisher")
    await button(visitor, "Edit").focus()
    await visitor.tab.keyboard.press("Enter")
    await visitor.tab.locator(".vt-easel canvas").focus()
    for key in ("ArrowLeft", "ArrowUp", "Space"):
        await visitor.tab.keyboard.press(key)
    await visitor.tab.locator(".vt-order input").focus()
    await visitor.tab.keyboard.type("a feather")
    await visitor.tab.keyboard.press("Enter")
    await visitor.finish(2)
    assert 0 < visitor.program.pictures[-1]["mask"]["open"] < 0.02


async def test_an_edit_without_marks_leaves_it_open_where_to_change(visitor: Visitor) -> None:
    await make(visitor, "a kingfisher")
    await button(visitor, "Edit").click()
    await visitor.tab.fill(".vt-order input", "in the rain")
    await button(visitor, "Change it").click()
    await visitor.finish(2)
    asked = visitor.program.pictures[-1]
    assert (asked["prompt"], len(asked["images"]), asked["mask"]) == ("in the rain", 1, None)


async def test_what_is_open_stays_open_while_a_reply_ends(visitor: Visitor, go: Path) -> None:
    await make(visitor, "a kingfisher")
    await visitor.choose_tool("Image")
    await visitor.say("an owl, wait")
    await visitor.tab.wait_for_selector(".vt-preview")
    await button(visitor, "Edit").focus()
    await frames(visitor).first.click()
    await visitor.tab.locator(".vt-full").evaluate("e => e.dataset.seen = 'yes'")
    go.touch()
    await visitor.finish(2)
    assert await visitor.tab.locator('.vt-full[data-seen="yes"]').count() == 1


async def test_a_follow_up_is_about_the_picture_before(visitor: Visitor) -> None:
    await make(visitor, "a kingfisher")
    await visitor.ask("make it bluer")
    assert visitor.program.pictures[-1]["prompt"] == "make it bluer"
    assert len(visitor.program.pictures[-1]["images"]) == 1


@SCREENS
async def test_pictures_fit_the_screen_and_keep_nobody_out(visitor: Visitor) -> None:
    await make(
        visitor, "A harbour town at dawn, with gulls and fishing boats and a lighthouse, " * 5 + "three"
    )
    assert await visitor.barriers() == []
    await button(visitor, "More").click()
    await frames(visitor).first.click()
    await visitor.tab.wait_for_timeout(400)  # it fades in, and half faded colours are hard to read
    assert await visitor.barriers() == []
    await visitor.tab.keyboard.press("Escape")
    await button(visitor, "Edit picture 3").click()
    await visitor.tab.locator(".vt-easel canvas").wait_for()
    await visitor.tab.wait_for_timeout(400)
    assert await visitor.barriers() == []
    assert await fits(visitor)
    box = await visitor.tab.locator(".vt-edit").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["width"] <= await visitor.tab.evaluate("innerWidth")
