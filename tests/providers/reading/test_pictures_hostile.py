"""Files that are broken, or made to do harm: refused in plain words, and nothing else happens."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image  # noqa: TID253 everything here is about pictures; no start-up waits for it

from tests.providers.reading.picture_makers import (
    CORNERS,
    SVG,
    HereWorkshop,
    camera_data,
    corner_colours,
    corners,
    encoded,
    gif_of_frames,
    is_like,
    noise,
    opened,
    png_claiming,
    tiff_of_tags,
    tiff_that_repeats,
    webp_claiming,
)
from vtai.core.documents import Picture, PictureFormat
from vtai.core.errors import BadAttachment
from vtai.providers.reading.pictures import WorkshopPictures
from vtai.providers.workshop import Workshop

KINDS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF", "ICO")


def of(kind: str, picture: Image.Image | None = None) -> bytes:
    shown = picture or corners(48, 48)
    return encoded(shown, kind, **({"sizes": [shown.size]} if kind == "ICO" else {}))


@pytest.fixture
def pictures() -> WorkshopPictures:
    workshop = HereWorkshop()
    return WorkshopPictures(workshop, workshop)


async def outcome(pictures: WorkshopPictures, name: str, raw: bytes, job: int) -> Picture | BadAttachment:
    """What a job makes, or its refusal. Any other error comes through."""
    wanted: tuple[PictureFormat, ...] = ("png", "jpeg", "webp")
    try:
        match job:
            case 0:
                return await pictures.prepare(name, raw, 64)
            case 1:
                await pictures.facts(name, raw)
                return Picture("", b"", 0, 0)
            case _:
                return await pictures.convert(name, raw, wanted[job % 3])
    except BadAttachment as refused:
        return refused


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"hello", "not a picture", id="text"),
        pytest.param(b"%PDF-1.7 <svg></svg>", "not a picture", id="pdf"),
        pytest.param(b"MZ\x90\x00" + bytes(500), "not a picture", id="program"),
        pytest.param(b"<html><svg></svg></html>", "not a picture", id="page-with-a-drawing"),
        pytest.param(b"\x00\x00\x00\x18ftypisom" + bytes(40), "not a picture", id="film"),
        pytest.param(png_claiming(100_000, 100_000), "too many pixels", id="png-bomb"),
        pytest.param(png_claiming(2_000_000_000, 1), "too many pixels", id="png-ribbon"),
        pytest.param(png_claiming(0, 10), "damaged", id="png-of-no-width"),
        pytest.param(png_claiming(500, 500), "damaged", id="png-with-too-little"),
        pytest.param(gif_of_frames(1, side=65_535), "too many pixels", id="gif-bomb"),
        pytest.param(gif_of_frames(1, side=9_500), "too many pixels", id="gif-just-over"),
        pytest.param(png_claiming(9_500, 9_500), "too many pixels", id="png-just-over"),
        pytest.param(webp_claiming(16_384), "too many pixels", id="webp-bomb"),
        pytest.param(b"BM" + bytes(12) + struct.pack("<Iii", 40, 60_000, 60_000) + b"\1\0\x18" + bytes(25),
                     "too many|damaged", id="bmp-bomb"),
        pytest.param(tiff_of_tags(0xFFFFFFF0), "damaged", id="tiff-of-many-tags"),
        pytest.param(tiff_that_repeats(), "damaged", id="tiff-without-an-end"),
        pytest.param(b"\x00\x00\x01\x00\xff\xff" + bytes(16), "damaged", id="icon-of-many"),
        pytest.param(b"\xff\xd8\xff\xe0", "damaged", id="only-the-first-bytes"),
    ],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(pictures: WorkshopPictures, raw: bytes, said: str) -> None:
    for job in range(3):
        refused = await outcome(pictures, "holiday.png", raw, job)
        assert isinstance(refused, BadAttachment)
        assert re.match(f"holiday.png .*({said})", refused.message)
        assert refused.hint


async def test_a_jpeg_of_a_large_phone_is_taken(pictures: WorkshopPictures) -> None:
    made = await pictures.prepare("a.jpg", of("JPEG", Image.new("L", (12_000, 9_000), 90)), 1_024)
    assert (made.width, made.height) == (1_024, 768)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.02, 0.4, 0.9])
async def test_a_picture_that_was_cut_off_is_refused(
    pictures: WorkshopPictures, kind: str, part: float
) -> None:
    whole = of(kind, noise(48, 48))
    with pytest.raises(BadAttachment):
        await pictures.prepare("a", whole[: int(len(whole) * part)], 512)


async def test_only_a_few_of_very_many_frames_are_looked_at(pictures: WorkshopPictures) -> None:
    raw = gif_of_frames(300_000)
    made = await pictures.prepare("a.gif", raw, 512)
    assert (made.width, made.height) == (16, 16)
    assert "an animation of at least 200 frames" in await pictures.facts("a.gif", raw)


@pytest.mark.parametrize("tail", [b"PK\x03\x04zip", b"<script>alert(1)</script>", b"%PDF-1.7", bytes(9)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_what_hangs_on_a_picture_is_left_behind(
    pictures: WorkshopPictures, kind: str, tail: bytes
) -> None:
    made = await pictures.prepare("a", of(kind) + tail, 512)
    assert tail not in made.data[-len(tail) - 2 :]
    assert is_like(corner_colours(opened(made.data)), CORNERS)


async def test_the_content_counts_and_not_the_name(pictures: WorkshopPictures) -> None:
    made = await pictures.prepare("a.svg", of("PNG"), 512)
    assert made.media_type == "image/png"
    with pytest.raises(BadAttachment):
        await pictures.prepare("a.png", b"\xff\xd8\xff" + of("PNG"), 512)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def confined(runner: asyncio.Runner) -> Iterator[WorkshopPictures]:
    """With a real child, which lives through a whole test."""
    workshop = Workshop(memory_mb=1_500)
    yield WorkshopPictures(workshop, workshop)
    runner.run(workshop.aclose())


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_picture_with_changed_bytes_is_read_or_refused_and_nothing_else(
    runner: asyncio.Runner, confined: WorkshopPictures, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from((*KINDS, "SVG")))
    drawn = SVG % b'<g><rect width="9" height="9"/><text x="5" y="9">words</text></g>'
    raw = bytearray(drawn if kind == "SVG" else of(kind, noise(24, 24)))
    if kind in {"JPEG", "WEBP", "PNG"} and data.draw(st.booleans()):
        raw = bytearray(encoded(noise(24, 24), kind, exif=camera_data(6)))
    for _ in range(data.draw(st.integers(1, 12))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    made = runner.run(outcome(confined, "a", bytes(raw), data.draw(st.integers(0, 4))))
    if isinstance(made, Picture) and made.data:
        assert opened(made.data).size == (made.width, made.height)


@pytest.mark.slow
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            SVG % (b'<filter id="f"><feTurbulence baseFrequency="0.5" numOctaves="100000"/></filter>'
                   + b'<rect filter="url(#f)" width="60" height="40"/>' * 500), id="too-slow"),
        pytest.param(
            SVG % (b"<defs>" + b"".join(
                b'<g id="a%d">%s</g>' % (at, b'<use href="#a%d"/>' % (at + 1) * 12) for at in range(8)
            ) + b'<g id="a8"><rect width="9" height="9"/></g></defs><use href="#a0"/>'), id="too-many-uses"),
    ],
)  # fmt: skip
def test_a_drawing_that_swells_is_ended(runner: asyncio.Runner, raw: bytes) -> None:
    async def tried() -> Picture | BadAttachment:
        workshop = Workshop()
        try:
            pictures = WorkshopPictures(workshop, workshop, time_limit_s=3)
            return await outcome(pictures, "a.svg", raw, 0)
        finally:
            await workshop.aclose()

    refused = runner.run(tried())
    assert isinstance(refused, BadAttachment)
    assert refused.message.startswith("a.svg ")
