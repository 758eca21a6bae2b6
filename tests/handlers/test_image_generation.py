"""Image generation: the description and the options reach the model; the picture comes out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, FakeImages, model, services
from tests.handlers.helpers import attached, picture, reply
from vtai.core.errors import NotConfigured, ProviderError, VTError
from vtai.core.events import FileReady, Notice, ToolFinished, ToolStarted, Usage
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
    turn = Turn("make it blue", (shown, attached(tmp_path / "b.txt", b"x")))
    await reply(image_generation, turn, services(images=images))
    assert images.requests[0].images == (shown,)


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(NotConfigured, match="image"):
        await reply(image_generation, Turn("a cat"), services(catalogue=FakeCatalogue(())))
    with pytest.raises(VTError, match="no description"):
        await reply(image_generation, Turn("  "), services())
    with pytest.raises(ProviderError, match="no picture"):
        await reply(image_generation, Turn("a cat"), services(images=NoImages()))
