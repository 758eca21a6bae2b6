"""What the page shows of pictures while they are made and after."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.ui.recorder import Recorder
from vtai.core import events
from vtai.core.events import Event, FileReady, PicturePreview
from vtai.core.routes import Decision, Route
from vtai.ui.coalesce import Pace
from vtai.ui.draw import Drawing
from vtai.ui.footer import Footer, Outcome
from vtai.ui.paper import Paper

TURN = "00000000-0000-4000-8000-0000000000aa"
ROUTES = (Route("text", "Text", "Words."), Route("image-generation", "Image", "Pictures."))
CHOSEN = events.RouteChosen(Decision("image-generation", 1.0, "You asked.", "rules"))
STARTED = events.ToolStarted("picture", "painter", "A red fox")
DETAILS = (("Model", "painter"), ("Size", "1024x1024"))


def preview(slot: int = 0, data: bytes = b"rough") -> PicturePreview:
    return PicturePreview(slot, "image/png", data)


def made(caption: str = "A red fox", details: tuple[tuple[str, str], ...] = DETAILS) -> FileReady:
    return FileReady("picture.png", "image/png", b"fine", caption, details)


async def drawing_of(reply: Iterable[Event], expected: int = 1) -> tuple[Drawing, Recorder]:
    canvas = Recorder()
    drawing = Drawing(Paper(canvas), Footer(TURN, ROUTES), Pace(), expected_pictures=expected)
    await drawing.begin()
    for event in reply:
        await drawing.draw(event)
    return drawing, canvas


async def drawn(reply: Iterable[Event], outcome: Outcome = "done", expected: int = 1) -> Recorder:
    drawing, canvas = await drawing_of(reply, expected)
    await drawing.finish(outcome)
    return canvas


def gallery(canvas: Recorder) -> dict[str, Any]:
    (props,) = canvas.custom("Pictures")
    return props


async def test_before_the_first_picture_there_is_room_for_all_and_a_word_on_the_work() -> None:
    _, canvas = await drawing_of([CHOSEN, STARTED], expected=3)
    shown = gallery(canvas)
    assert (shown["state"], shown["waiting"], shown["pictures"]) == ("working", 3, [])
    assert "painter" in shown["work"]
    assert shown["prompt"] == "A red fox"
    assert canvas.of_kind("tool") == []


async def test_the_work_is_told_as_it_goes_on() -> None:
    _, canvas = await drawing_of([CHOSEN, STARTED, events.ToolProgress("picture", "Nearly there")])
    assert gallery(canvas)["work"] == "Nearly there"


async def test_each_preview_takes_the_place_of_the_one_before_and_the_picture_that_of_all() -> None:
    replies = [CHOSEN, STARTED, preview(data=b"1"), preview(data=b"2"), made()]
    shown = []
    for count in range(3, 6):
        _, canvas = await drawing_of(replies[:count])
        (picture,) = gallery(canvas)["pictures"]
        shown.append((picture["key"], picture["isMade"]))
    assert shown == [("file-1", False), ("file-2", False), ("file-3", True)]


async def test_a_preview_that_comes_after_its_picture_changes_nothing() -> None:
    canvas = await drawn([CHOSEN, STARTED, made(), preview()])
    (picture,) = gallery(canvas)["pictures"]
    assert (picture["key"], picture["isMade"]) == ("file-1", True)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(preview(slot=-1), id="before the first"),
        pytest.param(preview(slot=10_000), id="far away"),
        pytest.param(preview(data=b""), id="empty"),
    ],
)
async def test_a_preview_that_makes_no_sense_is_left_out(odd: PicturePreview) -> None:
    canvas = await drawn([CHOSEN, STARTED, odd, made()])
    assert [picture["isMade"] for picture in gallery(canvas)["pictures"]] == [True]


async def test_several_pictures_are_one_gallery_in_their_order() -> None:
    canvas = await drawn([CHOSEN, STARTED, preview(1), preview(0), made("a"), made("b")], expected=2)
    shown = gallery(canvas)
    assert [picture["caption"] for picture in shown["pictures"]] == ["a", "b"]
    assert shown["waiting"] == 0


async def test_what_all_pictures_have_in_common_is_said_once() -> None:
    alike = gallery(await drawn([CHOSEN, STARTED, made(), made()], expected=2))
    assert (alike["prompt"], alike["details"]) == ("A red fox", [list(line) for line in DETAILS])
    assert [(each["prompt"], each["details"]) for each in alike["pictures"]] == [("", []), ("", [])]
    unlike = gallery(await drawn([CHOSEN, STARTED, made("a fox"), made("a vixen")], expected=2))
    assert (unlike["prompt"], unlike["details"]) == ("", [])
    assert [each["prompt"] for each in unlike["pictures"]] == ["a fox", "a vixen"]


async def test_fewer_pictures_than_were_asked_for_leave_no_empty_place() -> None:
    shown = gallery(await drawn([CHOSEN, STARTED, made()], expected=4))
    assert (len(shown["pictures"]), shown["waiting"]) == (1, 0)


async def test_a_reply_that_was_stopped_keeps_the_last_preview() -> None:
    drawing, canvas = await drawing_of([CHOSEN, STARTED, preview()])
    await drawing.finish("stopped")
    shown = gallery(canvas)
    assert (shown["state"], [picture["isMade"] for picture in shown["pictures"]]) == ("stopped", [False])
    assert drawing.files == []


async def test_a_failure_before_the_first_picture_leaves_the_failure_alone() -> None:
    canvas = await drawn([CHOSEN, STARTED, events.Failed("Refused.", "Say it differently.")])
    assert canvas.custom("Pictures") == []
    (message,) = canvas.of_kind("assistant_message")
    assert "Refused." in message["output"]
    assert canvas.footer["forId"] == message["id"]


async def test_again_is_offered_once_a_reply() -> None:
    for reply, outcome, under_pictures in (
        ([CHOSEN, STARTED, made()], "done", True),
        ([CHOSEN, STARTED, preview()], "stopped", True),
        ([CHOSEN, STARTED, preview(), events.Failed("No.", "Wait.")], "failed", False),
        ([CHOSEN, STARTED], "stopped", False),
    ):
        canvas = await drawn(reply, outcome)  # type: ignore[arg-type]
        offered = [props["offersAgain"] for props in canvas.custom("Pictures")]
        assert (True in offered) is under_pictures
        assert canvas.footer["props"]["offersAgain"] is not under_pictures


async def test_pictures_that_came_with_an_answer_of_another_route_are_only_shown() -> None:
    words = events.RouteChosen(Decision("text", 1.0, "Because.", "rules"))
    canvas = await drawn([words, events.TextDelta("Here is the plot."), made("A plot")])
    assert gallery(canvas)["canChange"] is False
    assert canvas.footer["props"]["offersAgain"] is True


async def test_pictures_are_remembered_as_files_and_previews_are_let_go() -> None:
    drawing, canvas = await drawing_of([CHOSEN, STARTED, preview(data=b"1"), preview(data=b"2"), made()])
    await drawing.finish("done")
    assert [(file.name, file.kind, file.size_bytes) for file in drawing.files] == [
        ("picture.png", "image", 4)
    ]
    assert drawing.outdated == ["file-1", "file-2"]
    assert canvas.forgotten == []
