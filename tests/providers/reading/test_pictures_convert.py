"""Pictures in another format, as the person wants them."""

from __future__ import annotations

from typing import get_args

import pytest
from PIL import Image  # noqa: TID253 everything here is about pictures; no start-up waits for it

from tests.providers.reading.picture_makers import (
    BLUE,
    CORNERS,
    PLACE,
    RED,
    HereWorkshop,
    camera_data,
    corner_colours,
    corners,
    encoded,
    is_like,
    lying,
    noise,
    opened,
)
from vtai.core.documents import PictureFormat
from vtai.core.errors import BadAttachment
from vtai.providers.reading.pictures import WorkshopPictures

FORMATS: tuple[PictureFormat, ...] = get_args(PictureFormat)


@pytest.fixture
def pictures() -> WorkshopPictures:
    workshop = HereWorkshop()
    return WorkshopPictures(workshop, workshop)


@pytest.mark.parametrize("wanted", FORMATS)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "HEIF", "AVIF", "TIFF", "BMP"])
async def test_any_picture_can_have_any_format_at_full_size(
    pictures: WorkshopPictures, kind: str, wanted: PictureFormat
) -> None:
    made = await pictures.convert("a", encoded(corners(3_000, 200), kind), wanted)
    shown = opened(made.data)
    assert made.media_type == f"image/{wanted}" == Image.MIME[shown.format or ""]
    assert (made.width, made.height) == shown.size == (3_000, 200)
    assert is_like(corner_colours(shown), CORNERS)


@pytest.mark.parametrize("wanted", FORMATS)
async def test_a_converted_picture_stands_upright_and_says_nothing_of_its_camera(
    pictures: WorkshopPictures, wanted: PictureFormat
) -> None:
    made = await pictures.convert("a", encoded(lying(8), "JPEG", exif=camera_data(8)), wanted)
    assert PLACE.encode() not in made.data
    assert b"Lightbox" not in made.data
    assert is_like(corner_colours(opened(made.data)), CORNERS, within=60)


@pytest.mark.parametrize(("wanted", "alpha"), [("png", (0, 255)), ("webp", (0, 255)), ("jpeg", (255, 255))])
async def test_only_jpeg_has_no_clear_parts_and_shows_white_there(
    pictures: WorkshopPictures, wanted: PictureFormat, alpha: tuple[int, int]
) -> None:
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    clear.paste((*BLUE, 255), (32, 0, 64, 64))
    shown = opened((await pictures.convert("a.png", encoded(clear, "PNG"), wanted)).data)
    spots = [shown.convert("RGBA").getpixel(spot) for spot in ((8, 32), (56, 32))]
    assert tuple(spot[3] for spot in spots if isinstance(spot, tuple)) == alpha
    if wanted == "jpeg":
        assert is_like(corner_colours(shown)[:1], ((255, 255, 255),), within=3)


@pytest.mark.parametrize("wanted", ["jpeg", "webp"])
async def test_a_hundred_is_the_best_picture_and_nought_the_smallest_file(
    pictures: WorkshopPictures, wanted: PictureFormat
) -> None:
    raw = encoded(noise(200, 200), "PNG")
    sizes = [len((await pictures.convert("a.png", raw, wanted, level)).data) for level in (0, 40, 80, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] / 4


@pytest.mark.parametrize("level", [None, 0, 100])
async def test_png_loses_nothing_whatever_the_compression(
    pictures: WorkshopPictures, level: int | None
) -> None:
    picture = noise(50, 50)
    made = await pictures.convert("a.bmp", encoded(picture, "BMP"), "png", level)
    assert opened(made.data).tobytes() == picture.tobytes()


@pytest.mark.parametrize("wanted", FORMATS)
async def test_a_picture_that_has_its_format_already_is_not_encoded_again(
    pictures: WorkshopPictures, wanted: PictureFormat
) -> None:
    raw = encoded(noise(64, 64), wanted.upper())
    made = await pictures.convert("a", raw, wanted)
    assert opened(made.data).tobytes() == opened(raw).tobytes()
    if wanted != "png":
        assert len((await pictures.convert("a", raw, wanted, 10)).data) < len(raw) / 2


async def test_the_first_frame_stands_for_an_animation(pictures: WorkshopPictures) -> None:
    others = [Image.new("RGB", (40, 40), BLUE)] * 3
    raw = encoded(Image.new("RGB", (40, 40), RED), "GIF", save_all=True, append_images=others)
    made = await pictures.convert("a.gif", raw, "png")
    assert is_like(corner_colours(opened(made.data)), (RED,) * 4)


async def test_a_side_too_long_for_the_format_is_refused(pictures: WorkshopPictures) -> None:
    raw = encoded(Image.new("L", (17_000, 4)), "PNG")
    with pytest.raises(BadAttachment, match="too large for WEBP"):
        await pictures.convert("a.png", raw, "webp")
    assert (await pictures.convert("a.png", raw, "jpeg")).width == 17_000
