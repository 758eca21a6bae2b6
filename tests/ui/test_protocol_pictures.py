"""Pictures over the page's socket protocol: made, changed, remembered, and kept apart from others'."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.ui.browser import Tab
from tests.ui.painter import painted
from tests.ui.program import Program
from tests.ui.test_orders import png
from tests.ui.test_protocol import press

pytestmark = pytest.mark.slow


async def upload(page: Program, tab: Tab, name: str, content: bytes) -> str:
    """Sends a file as the page does; gives its key."""
    import httpx

    async with httpx.AsyncClient(base_url=page.url) as http:
        files = {"file": (name, content, "")}
        answer = await http.post("/project/file", params={"session_id": tab.session}, files=files)
    return str(answer.json()["id"])


async def fetch(page: Program, tab: Tab, key: str) -> tuple[int, bytes]:
    import httpx

    async with httpx.AsyncClient(base_url=page.url) as http:
        answer = await http.get(f"/project/file/{key}", params={"session_id": tab.session})
    return answer.status_code, answer.content


def galleries(tab: Tab) -> list[dict[str, Any]]:
    return tab.screen.custom("Pictures")


async def draw(tab: Tab, text: str) -> dict[str, Any]:
    """Asks for pictures and waits for them; gives what the page shows."""
    await tab.ask(text, command="Image")
    return galleries(tab)[-1]


def middle(content: bytes) -> list[int]:
    from io import BytesIO

    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        pixel = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return list(pixel)


async def test_a_picture_is_fetched_under_its_key_and_the_file_is_named_at_random(page: Program) -> None:
    async with Tab(page.url) as tab:
        (picture,) = (await draw(tab, "a heron, previews"))["pictures"]
        status, content = await fetch(page, tab, picture["key"])
    assert (status, content[:4]) == (200, b"\x89PNG")
    paths = [path.name for path in page.folder.rglob(f"*{picture['key']}*")]
    assert paths == [f"{picture['key']}.png"]


async def test_previews_are_deleted_when_the_next_reply_begins(page: Program) -> None:
    async with Tab(page.url) as tab:
        (picture,) = (await draw(tab, "a heron, previews"))["pictures"]
        folder = next(page.folder.rglob(f"*{picture['key']}*")).parent
        assert len(list(folder.iterdir())) == 3
        await tab.ask("hello")
        assert len(list(folder.iterdir())) == 1


async def test_a_follow_up_changes_the_last_picture(page: Program) -> None:
    async with Tab(page.url) as tab:
        (picture,) = (await draw(tab, "a heron"))["pictures"]
        _, content = await fetch(page, tab, picture["key"])
        await tab.ask("make it bluer")
    assert page.pictures[-1]["prompt"] == "make it bluer"
    assert page.pictures[-1]["images"] == [middle(content)]


async def test_again_replaces_the_picture_that_a_follow_up_is_about(page: Program) -> None:
    async with Tab(page.url) as tab:
        first = await draw(tab, "a heron")
        await press(page, tab, "vtai_again", turn=first["turn"])
        await tab.until(lambda: len(tab.ended) == 2)
        second = galleries(tab)[-1]
        _, content = await fetch(page, tab, second["pictures"][0]["key"])
        await tab.ask("make it bluer")
    assert page.pictures[-1]["images"] == [middle(content)]


async def test_vary_and_edit_write_a_message_with_the_picture_in_it(page: Program) -> None:
    async with Tab(page.url) as tab:
        shown = await draw(tab, "three herons")
        key = shown["pictures"][1]["key"]
        _, content = await fetch(page, tab, key)
        await press(page, tab, "vtai_vary", picture=key)
        await tab.until(lambda: len(tab.ended) == 2)
        await press(page, tab, "vtai_edit", picture=key, text="in the rain", mask=None)
        await tab.until(lambda: len(tab.ended) == 3)
    vary, edit = tab.screen.of_kind("user_message")
    assert "variation" in vary["output"]
    assert edit["output"] == "in the rain"
    thumbnails = [each for each in tab.screen.elements.values() if each["type"] == "image"]
    assert [(each["forId"], each["chainlitKey"]) for each in thumbnails] == [
        (vary["id"], key),
        (edit["id"], key),
    ]
    assert [each["images"] for each in page.pictures[-2:]] == [[middle(content)]] * 2


async def test_an_edit_with_marks_sends_them_and_keeps_them_when_its_words_are_changed(page: Program) -> None:
    async with Tab(page.url) as tab:
        (picture,) = (await draw(tab, "a heron"))["pictures"]
        mask = await upload(page, tab, "marks.png", png(size=(480, 320)))
        await press(page, tab, "vtai_edit", picture=picture["key"], text="a hat", mask=mask)
        await tab.until(lambda: len(tab.ended) == 2)
        (said,) = tab.screen.of_kind("user_message")
        await tab.emit("edit_message", {"message": {"id": said["id"], "threadId": "", "output": "two hats"}})
        await tab.until(lambda: len(tab.ended) == 3)
    assert tab.screen.custom("MarkedPicture")[0]["mask"] == mask
    first, second = page.pictures[-2:]
    assert (first["prompt"], second["prompt"]) == ("a hat", "two hats")
    assert first["mask"] == second["mask"] == {"size": [480, 320], "open": 1.0}
    assert first["images"] == second["images"]
    assert len(first["images"]) == 1


async def test_the_answer_to_an_edit_can_be_sent_elsewhere_and_repeated(page: Program) -> None:
    async with Tab(page.url) as tab:
        (picture,) = (await draw(tab, "a heron"))["pictures"]
        await press(page, tab, "vtai_edit", picture=picture["key"], text="what bird is it?", mask=None)
        await tab.until(lambda: len(tab.ended) == 2)
        (said,) = tab.screen.of_kind("user_message")
        await press(page, tab, "vtai_reroute", turn=said["id"], route="vision")
        await tab.until(lambda: len(tab.ended) == 3)
        await press(page, tab, "vtai_again", turn=said["id"])
        await tab.until(lambda: len(tab.ended) == 4)
    assert page.requests[-1]["pictures"] == 1
    assert page.pictures[-1]["prompt"] == "what bird is it?"


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        pytest.param({}, "not understood", id="nothing"),
        pytest.param({"picture": "../../etc/passwd", "text": "x"}, "not understood", id="a path"),
        pytest.param(
            {"picture": "3f2b8c1a-7f2e-4d52-9f0a-0d2c8a9e4b11", "text": "x"}, "not here", id="unknown"
        ),
    ],
)
async def test_an_order_for_what_is_not_there_is_refused_in_words(
    page: Program, payload: dict[str, Any], words: str
) -> None:
    before = len(page.pictures)
    async with Tab(page.url) as tab:
        await press(page, tab, "vtai_edit", **payload)
        await tab.until(lambda: bool(tab.screen.named("toast")))
    assert words in tab.screen.named("toast")[0]["message"]
    assert len(page.pictures) == before


async def test_two_people_in_the_same_second_never_meet(page: Program) -> None:
    async with Tab(page.url) as mine, Tab(page.url) as yours:
        shown = await asyncio.gather(draw(mine, "three herons"), draw(yours, "three herons"))
        my_keys, your_keys = ({picture["key"] for picture in each["pictures"]} for each in shown)
        assert len(my_keys | your_keys) == 6
        assert {(await fetch(page, yours, key))[0] for key in my_keys} == {404}
        await press(page, yours, "vtai_edit", picture=min(my_keys), text="mine now", mask=None)
        await yours.until(lambda: bool(yours.screen.named("toast")))
        assert not any(key in yours.everything for key in my_keys)
    assert "mine now" not in [each["prompt"] for each in page.pictures]


async def test_a_browser_that_was_gone_is_shown_its_pictures_again(page: Program) -> None:
    async with Tab(page.url) as tab:
        shown = await draw(tab, "a heron")
        await tab.lose_connection()
        tab.screen.sent.clear()
        await tab.connect()
        await tab.until(lambda: bool(galleries(tab)))
        assert galleries(tab) == [shown]
        assert (await fetch(page, tab, shown["pictures"][0]["key"]))[0] == 200


async def test_an_attached_picture_is_one_that_can_be_changed(page: Program) -> None:
    async with Tab(page.url) as tab:
        key = await upload(page, tab, "mine.png", painted(1))
        await press(page, tab, "vtai_edit", picture=key, text="add a moon", mask=None)
        await tab.until(lambda: bool(tab.ended))
    assert page.pictures[-1]["images"] == [middle(painted(1))]
