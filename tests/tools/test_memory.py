"""Notes that a person wants kept, and pictures made on the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import FakeCatalogue, FakeImages, FakeNotes, services
from tests.tools.helpers import called, result_of
from vtai.core.errors import BadArguments, NotConfigured
from vtai.core.events import FileReady, Notice, PicturePreview, Usage
from vtai.core.ports import ImageRequest, ToolResult
from vtai.core.turn import ImageOptions, Preferences, Turn
from vtai.tools.memory import recall, remember
from vtai.tools.painting import make_picture

ANN, BEN = Turn("go", person="ann"), Turn("go", person="ben")


async def test_a_note_is_kept_and_found_by_the_same_person_alone() -> None:
    bag = services(notes=FakeNotes())
    kept = await result_of(remember, {"note": "Ann likes tea."}, bag, ANN)
    assert kept.text == "Kept: Ann likes tea."
    assert (await result_of(recall, "", bag, ANN)).text == "- Ann likes tea. (kept on 1970-01-01)"
    assert "Ann likes tea." in (await result_of(recall, {"about": "likes"}, bag, ANN)).text
    assert (await result_of(recall, {"about": "coffee"}, bag, ANN)).text == "There are no such notes."
    assert (await result_of(recall, "", bag, BEN)).text == "There are no such notes."


@pytest.mark.parametrize("note", ["", "x", "y" * 1_001])
async def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadArguments):
        await called(remember, {"note": note})


class Painter(FakeImages):
    events: tuple[Any, ...] = ()

    async def generate(self, request: ImageRequest):  # type: ignore[no-untyped-def,override]
        self.requests.append(request)
        for event in self.events:
            yield event


async def test_a_picture_is_made_and_shown() -> None:
    painter = Painter()
    picture, usage, notice = FileReady("p.png", "image/png", b"x"), Usage("m", 1, 1, 0.1), Notice("n", "Cut.")
    painter.events = (PicturePreview(0, "image/png", b"rough"), notice, picture, usage)
    turn = Turn("go", preferences=Preferences(image=ImageOptions(size="1024x1024", count=4)), person="ann")
    events = await called(make_picture, {"description": "A red fox"}, services(images=painter), turn)
    told = ToolResult("The picture was made and is shown to the person.")
    assert events == ["fake is at work.\n", notice, picture, usage, told]
    (request,) = painter.requests
    assert (request.prompt, request.person) == ("A red fox", "ann")
    assert request.options == ImageOptions(size="1024x1024", count=1)


async def test_a_model_that_sends_no_picture_is_an_error() -> None:
    result = await result_of(make_picture, {"description": "A red fox"}, services(images=Painter()))
    assert result.is_error


async def test_without_a_model_for_pictures_the_missing_key_is_named() -> None:
    with pytest.raises(NotConfigured) as caught:
        await called(make_picture, {"description": "A fox"}, services(catalogue=FakeCatalogue(())))
    assert "OPENAI_API_KEY" in caught.value.hint
