"""What is told about a picture: its facts, and the words that the reader of words finds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image  # noqa: TID253 everything here is about pictures; no start-up waits for it

from tests.providers.reading.picture_makers import (
    BLUE,
    RED,
    SVG,
    WHITE,
    HereWorkshop,
    camera_data,
    corners,
    encoded,
    opened,
)
from vtai.core.errors import BadAttachment, NotConfigured
from vtai.providers.reading.pictures import WorkshopPictures
from vtai.providers.workshop import Answer, Workshop


class FakeReader(Workshop):
    """Stands for the reader of words: says the size and the darkest shade of what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Image.Image] = []

    async def run(
        self, job: str, payload: bytes = b"", options: Mapping[str, Any] = {}, timeout_s: float = 60.0
    ) -> Answer:
        assert job == "vtai.providers.reading.ocr_job:lines"
        self.given.append(opened(payload))
        return {"text": f"words {len(self.given)}", "facts": ["QR code: hello"]}, b""


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def pictures(reader: FakeReader) -> WorkshopPictures:
    return WorkshopPictures(HereWorkshop(), reader, can_read=lambda: True)


async def test_a_photo_is_described_and_its_place_is_not_told(pictures: WorkshopPictures) -> None:
    raw = encoded(corners(120, 90), "JPEG", exif=camera_data(6))
    read = await pictures.read("photo.jpg", raw)
    form, *others = read.facts
    assert form.startswith("JPEG picture, 90 x 120 pixels, ")
    assert others[:3] == [
        "dated 2024-05-17 14:03",
        "taken with Lightbox Nine",
        "holds the place where it was taken, which is not passed on",
    ]
    assert others[3].startswith("main colours: ")
    assert {"red", "green", "blue", "white"} == set(others[3].removeprefix("main colours: ").split(", "))
    assert others[4:] == ["QR code: hello"]
    assert "51" not in " ".join(others)
    assert read.text == "words 1"


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((0, 0, 0), "black"), (WHITE, "white"), ((128, 128, 128), "grey"), ((60, 60, 64), "dark grey"),
        ((200, 30, 30), "red"), ((250, 140, 20), "orange"), ((250, 230, 40), "yellow"),
        ((110, 70, 30), "brown"), ((40, 160, 60), "green"), ((40, 190, 200), "turquoise"),
        ((30, 60, 220), "blue"), ((10, 20, 80), "dark blue"), ((130, 40, 200), "purple"),
        ((240, 100, 190), "pink"), ((190, 220, 255), "light blue"),
    ],
)  # fmt: skip
async def test_colours_have_the_names_that_people_use(
    pictures: WorkshopPictures, colour: tuple[int, int, int], name: str
) -> None:
    facts = await pictures.facts("a.png", encoded(Image.new("RGB", (40, 40), colour), "PNG"))
    assert facts[-1] == f"main colours: {name}"


@pytest.mark.parametrize(
    ("kind", "count", "fact"),
    [("GIF", 3, "an animation of 3 frames"), ("TIFF", 4, "4 pages"), ("WEBP", 2, "an animation of 2 frames")],
)
async def test_frames_and_pages_are_counted(
    pictures: WorkshopPictures, kind: str, count: int, fact: str
) -> None:
    stills = [Image.new("RGB", (30, 30), (at * 60, 0, 0)) for at in range(count)]
    raw = encoded(stills[0], kind, save_all=True, append_images=stills[1:])
    assert fact in await pictures.facts("a", raw)


async def test_pages_are_read_one_after_the_other_and_no_more_than_five(
    pictures: WorkshopPictures, reader: FakeReader
) -> None:
    pages = [Image.new("RGB", (40, 40 + at), RED) for at in range(7)]
    read = await pictures.read("a.tif", encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [page.size for page in reader.given] == [(40, 40 + at) for at in range(5)]
    assert read.text.startswith("[page 1]\nwords 1\n\n[page 2]\nwords 2\n\n")
    assert "only the first 5 pages were read" in read.facts
    assert read.facts.count("QR code: hello") == 1


async def test_light_words_on_a_clear_ground_are_read_on_a_dark_one(
    pictures: WorkshopPictures, reader: FakeReader
) -> None:
    clear = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    clear.paste((255, 255, 255, 255), (20, 20, 40, 40))
    await pictures.read("a.png", encoded(clear, "PNG"))
    assert reader.given[0].getpixel((30, 30)) == (255, 255, 255)
    assert max(reader.given[0].getpixel((5, 5))) < 60  # type: ignore[type-var, arg-type]


@pytest.mark.parametrize(
    ("size", "read_size"),
    [
        pytest.param((800, 600), (800, 600), id="small"),
        pytest.param((4_000, 3_000), (2_133, 1_600), id="photo"),
        pytest.param((1_080, 9_000), (1_080, 9_000), id="tall"),
        pytest.param((3_200, 9_600), (1_600, 4_800), id="tall-and-wide"),
        pytest.param((6_400, 800), (3_200, 400), id="wide"),
        pytest.param((500, 30_000), (500, 24_000), id="endless"),
    ],
)
async def test_words_are_read_at_a_size_that_is_enough(
    pictures: WorkshopPictures, reader: FakeReader, size: tuple[int, int], read_size: tuple[int, int]
) -> None:
    read = await pictures.read("a.png", encoded(Image.new("L", size, 255), "PNG"))
    assert reader.given[0].size == read_size
    assert ("so tall that only its upper part was read" in read.facts) is (size[1] > 24_000)
    assert f"{size[0]} x {size[1]} pixels" in read.facts[0]


async def test_a_drawing_is_read_as_it_is_drawn(pictures: WorkshopPictures, reader: FakeReader) -> None:
    raw = SVG % b'<rect width="60" height="40" fill="#1e28dc"/>'
    read = await pictures.read("a.svg", raw)
    assert read.facts[0] == f"SVG drawing, 60 x 40 pixels, {len(raw)} bytes"
    assert reader.given[0].size == (2_000, 1_333)
    assert reader.given[0].getpixel((9, 9)) == BLUE


async def test_without_the_reader_of_words_it_is_said_how_to_install_it_and_facts_are_still_told(
    reader: FakeReader,
) -> None:
    pictures = WorkshopPictures(HereWorkshop(), reader, can_read=lambda: False)
    raw = encoded(corners(), "PNG")
    with pytest.raises(NotConfigured) as missing:
        await pictures.read("a.png", raw)
    assert "vtai[embedded]" in missing.value.hint
    assert (await pictures.facts("a.png", raw))[0].startswith("PNG picture, 60 x 40 pixels")


async def test_a_file_that_is_no_picture_is_refused(pictures: WorkshopPictures, reader: FakeReader) -> None:
    with pytest.raises(BadAttachment):
        await pictures.read("a.png", b"no picture")
    assert not reader.given


@pytest.mark.slow
async def test_a_real_child_prepares_converts_and_describes() -> None:
    workshop = Workshop()
    pictures = WorkshopPictures(workshop, workshop)
    try:
        raw = encoded(corners(), "HEIF", exif=camera_data(1))
        assert (await pictures.prepare("a.heic", raw, 512)).media_type == "image/jpeg"
        assert (await pictures.convert("a.heic", raw, "webp")).media_type == "image/webp"
        assert (await pictures.facts("a.heic", raw))[0].startswith("HEIC picture, 60 x 40 pixels")
    finally:
        await workshop.aclose()
