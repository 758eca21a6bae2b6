"""Image generation: the description and the options reach the model; the picture comes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, FakeImages, model, services
from tests.handlers.helpers import attached, notices, picture, reply
from vtai.core.conversation import Conversation
from vtai.core.errors import NotConfigured, ProviderError, VTError
from vtai.core.events import FileReady, Notice, ToolFinished, ToolStarted, Usage
from vtai.core.messages import Message
from vtai.core.ports import ImageRequest
from vtai.core.turn import ImageOptions, Preferences, Turn
from vtai.handlers import image_generation


class NoImages(FakeImages):
    async def generate(self, request: ImageRequest) -> AsyncGenerator[FileReady | Notice | Usage, None]:
        yield Usage("painter", 1, 1)


async def test_a_picture_is_made_from_the_description() -> None:
    images = FakeImages()
    catalogue = FakeCatalogue((model("fake"), model("painter", can=frozenset({"image"}))))
    options = ImageOptions(size="1024x1024", count=2)
    preferences = Preferences(models=MappingProxyType({"image": "painter"}), image=options)
    turn = Turn("<think> a cat ", preferences=preferences, person="ann")
    events = await reply(image_generation, turn, services(images=images, catalogue=catalogue))
    (sent,) = images.requests
    assert (sent.model.name, sent.prompt, sent.options, sent.person) == ("painter", "a cat", options, "ann")
    assert isinstance(events[0], ToolStarted)
    assert isinstance(events[1], FileReady)
    assert events[2] == ToolFinished(events[0].id, "1 picture")


async def test_attached_pictures_are_the_ones_to_change(tmp_path: Path) -> None:
    images = FakeImages()
    shown = picture(tmp_path / "a.png")
    mask = attached(tmp_path / "mask.png", b"mask")
    turn = Turn("make it blue", (shown, attached(tmp_path / "b.txt", b"x")), mask=mask)
    await reply(image_generation, turn, services(images=images))
    assert [image.data for image in images.requests[0].images] == [shown.path.read_bytes()]
    assert images.requests[0].mask is not None
    assert images.requests[0].mask.data == b"mask"


def made(folder: Path, *names: str) -> Message:
    """An answer that consists of pictures."""
    return Message("assistant", "", tuple(attached(folder / name, name.encode()) for name in names))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("make it bluer", [b"c.png"]),
        ("remove the hat", [b"c.png"]),
        ("now as a pencil sketch", [b"c.png"]),
        ("the first one, but darker", [b"b.png"]),
        ("combine these two", [b"b.png", b"c.png"]),
        ("plus sombre, et sans le cadre", [b"c.png"]),
        ("draw a lighthouse in fog", []),
        ("a gnome fishing in a teacup", []),
        ("another picture of a dog", []),
    ],
)
async def test_a_change_takes_the_picture_it_is_about_and_a_new_wish_none(
    tmp_path: Path, prompt: str, expected: list[bytes]
) -> None:
    images = FakeImages()
    history = Conversation(
        (
            Message("user", "this", (attached(tmp_path / "a.png", b"a.png"),)),
            Message("assistant", "A cat."),
            Message("user", "draw two cats"),
            made(tmp_path, "b.png", "c.png"),
        )
    )
    turn = Turn(prompt, history=history, previous_route="image-generation")
    events = await reply(image_generation, turn, services(images=images))
    assert [image.data for image in images.requests[0].images] == expected
    assert ("changed" in notices(events)) is bool(expected)


async def test_two_pictures_of_two_messages_are_combined(tmp_path: Path) -> None:
    images = FakeImages()
    history = Conversation(
        (Message("user", "a cat"), made(tmp_path, "a.png"), Message("user", "a hat"), made(tmp_path, "b.png"))
    )
    await reply(image_generation, Turn("combine them both", history=history), services(images=images))
    assert [image.data for image in images.requests[0].images] == [b"a.png", b"b.png"]


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(NotConfigured, match="image"):
        await reply(image_generation, Turn("a cat"), services(catalogue=FakeCatalogue(())))
    with pytest.raises(VTError, match="no description"):
        await reply(image_generation, Turn("  "), services())
    with pytest.raises(ProviderError, match="no picture"):
        await reply(image_generation, Turn("a cat"), services(images=NoImages()))
