"""Pictures for a model that sees: the right type, upright, small enough, and nothing in them but pixels."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin  # noqa: TID253 these tests are about pictures

from tests.providers.reading.picture_makers import (
    BLUE,
    CORNERS,
    GREEN,
    PLACE,
    RED,
    SVG,
    WHITE,
    HereWorkshop,
    camera_data,
    corner_colours,
    corners,
    encoded,
    is_like,
    lying,
    noise,
    opened,
    profile_with_red_and_blue_exchanged,
)
from vtai.providers.reading.pictures import WorkshopPictures

XMP = b'<x:xmpmeta><rdf:Description exif:GPSLatitude="51,30.4N"/></x:xmpmeta>'
COMMENT = b"written by hand"
SECRETS = (
    PLACE.encode(),
    b"Lightbox",
    b"GPSLatitude",
    COMMENT,
    b"appended",
    b"Exif",
    b"ICC_PROFILE",
    b"JFXX",
)


@pytest.fixture
def pictures() -> WorkshopPictures:
    workshop = HereWorkshop()
    return WorkshopPictures(workshop, workshop)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("GIF", "image/png"),
        ("HEIF", "image/jpeg"),
        ("AVIF", "image/jpeg"),
        ("TIFF", "image/png"),
        ("BMP", "image/png"),
        ("ICO", "image/png"),
    ],
)
async def test_every_format_reaches_the_model_in_a_type_that_it_takes(
    pictures: WorkshopPictures, kind: str, media_type: str
) -> None:
    options = {"sizes": [(60, 40)]} if kind == "ICO" else {"quality": 95} if kind == "HEIF" else {}
    made = await pictures.prepare("holiday.txt", encoded(corners(), kind, **options), 2_048)
    shown = opened(made.data)
    assert made.media_type == media_type == Image.MIME[shown.format or ""]
    assert (made.width, made.height) == shown.size == (60, 40)
    assert is_like(corner_colours(shown), CORNERS)


async def test_a_drawing_becomes_pixels(pictures: WorkshopPictures) -> None:
    made = await pictures.prepare("a.svg", SVG % b'<rect width="60" height="40" fill="#dc1414"/>', 2_048)
    assert made.media_type == "image/png"
    assert (made.width, made.height) == (1_000, 667)
    assert is_like(corner_colours(opened(made.data)), (RED,) * 4, within=1)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_picture_stands_upright_however_the_camera_was_held(
    pictures: WorkshopPictures, kind: str, orientation: int
) -> None:
    raw = encoded(lying(orientation), kind, exif=camera_data(orientation))
    made = await pictures.prepare("photo", raw, 2_048)
    assert (made.width, made.height) == (60, 40)
    assert is_like(corner_colours(opened(made.data)), CORNERS, within=60)


@pytest.mark.parametrize("side", [2_048, 32], ids=["as-it-is", "scaled"])
@pytest.mark.parametrize("has_profile", [True, False], ids=["profile", "no-profile"])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG", "TIFF", "AVIF", "HEIF"])
async def test_nothing_but_pixels_is_passed_on(
    pictures: WorkshopPictures, kind: str, orientation: int, has_profile: bool, side: int
) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options: dict[str, Any] = {"icc_profile": profile} if has_profile else {}
    if kind == "JPEG":
        options["comment"] = COMMENT
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", COMMENT.decode())
    raw = encoded(corners(), kind, exif=camera_data(orientation), xmp=XMP, **options)
    assert PLACE.encode() in raw
    made = await pictures.prepare("photo", raw + b"appended", side)
    assert not [secret for secret in (*SECRETS, profile[:100]) if secret in made.data]
    assert not opened(made.data).getexif()


async def test_a_photo_that_needs_nothing_loses_nothing(pictures: WorkshopPictures) -> None:
    plain = encoded(noise(64, 48), "JPEG", quality=70)
    told = encoded(noise(64, 48), "JPEG", quality=70, exif=camera_data(), comment=COMMENT)
    made = await pictures.prepare("photo.jpg", told + b"PK\x03\x04 appended", 2_048)
    assert made.data == plain
    assert (await pictures.prepare("photo.jpg", plain, 2_048)).data == plain


@pytest.mark.parametrize("side", [40, 64, 1_000])
async def test_a_picture_is_scaled_to_what_the_model_takes(pictures: WorkshopPictures, side: int) -> None:
    made = await pictures.prepare("wide.png", encoded(corners(1_600, 400), "PNG"), side)
    assert (made.width, made.height) == opened(made.data).size == (max(side, 64), max(side, 64) // 4)


async def test_a_picture_stays_below_what_vendors_take(pictures: WorkshopPictures) -> None:
    made = await pictures.prepare("noise.png", encoded(noise(1_900, 1_900), "PNG"), 2_048)
    assert len(made.data) <= 3_700_000
    assert opened(made.data).size == (made.width, made.height)


async def test_a_photo_becomes_jpeg_and_a_screen_png(pictures: WorkshopPictures) -> None:
    photo = Image.radial_gradient("L").resize((800, 600)).convert("RGB")
    photo = Image.blend(photo, noise(800, 600), 0.2)
    assert (await pictures.prepare("a.bmp", encoded(photo, "BMP"), 2_048)).media_type == "image/jpeg"
    screen = corners(800, 600)
    assert (await pictures.prepare("b.bmp", encoded(screen, "BMP"), 2_048)).media_type == "image/png"


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "AVIF"])
async def test_what_shines_through_still_does(pictures: WorkshopPictures, kind: str) -> None:
    clear = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    clear.paste((*RED, 255), (0, 0, 40, 60))
    made = await pictures.prepare("logo", encoded(clear, kind), 70)
    shown = opened(made.data).convert("RGBA")
    assert [shown.getpixel(spot)[3] for spot in ((5, 30), (65, 30))] == [255, 0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        pytest.param("1", "PNG", (WHITE,) * 4, id="bits"),
        pytest.param("L", "TIFF", ((200,) * 3,) * 4, id="grey"),
        pytest.param("LA", "PNG", ((200,) * 3,) * 4, id="grey-with-alpha"),
        pytest.param("P", "PNG", CORNERS, id="palette"),
        pytest.param("CMYK", "JPEG", CORNERS, id="cmyk-jpeg"),
        pytest.param("CMYK", "TIFF", CORNERS, id="cmyk-tiff"),
        pytest.param("LAB", "TIFF", CORNERS, id="lab"),
        pytest.param("YCbCr", "TIFF", CORNERS, id="ycbcr"),
    ],
)
async def test_unusual_colours_arrive_as_usual_ones(
    pictures: WorkshopPictures, mode: str, kind: str, expected: tuple[tuple[int, ...], ...]
) -> None:
    if mode == "LAB":
        to_lab = ImageCms.buildTransform(
            ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
        )
        picture = to_lab.apply(corners())
    elif len(mode) < 3 and mode != "P":
        picture = Image.new("L", (60, 40), 200).convert(mode)
    else:
        picture = corners().convert(mode)
    made = await pictures.prepare("scan", encoded(picture, kind), 2_048)
    assert is_like(corner_colours(opened(made.data)), expected)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
async def test_sixteen_bits_keep_their_brightness(pictures: WorkshopPictures, kind: str) -> None:
    deep = Image.frombytes("I;16", (2, 1), b"\x00\x40\x00\xc0").resize((40, 20), Image.Resampling.NEAREST)
    made = await pictures.prepare("scan", encoded(deep, kind), 2_048)
    shown = opened(made.data).convert("L")
    assert [shown.getpixel((x, 10)) for x in (5, 35)] == [0x40, 0xBF]


async def test_measured_values_become_shades(pictures: WorkshopPictures) -> None:
    measured = Image.new("F", (40, 20), -3.5)
    measured.paste(1_200.0, (20, 0, 40, 20))
    made = await pictures.prepare("scan.tif", encoded(measured, "TIFF"), 2_048)
    shown = opened(made.data).convert("L")
    assert [shown.getpixel((x, 10)) for x in (5, 35)] == [0, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_colours_of_another_profile_are_converted(
    pictures: WorkshopPictures, kind: str, mode: str
) -> None:
    picture = corners().convert("RGB" if kind == "JPEG" else mode)
    raw = encoded(picture, kind, icc_profile=profile_with_red_and_blue_exchanged())
    made = await pictures.prepare("a", raw, 2_048)
    assert b"acsp" not in made.data
    colours = corner_colours(opened(made.data))
    assert [colour[0] > colour[2] for colour in colours[::2]] == [False, True], "red and blue change places"


async def test_a_profile_that_does_not_fit_is_left_out(pictures: WorkshopPictures) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    made = await pictures.prepare("a.png", encoded(corners(), "PNG", icc_profile=lab), 2_048)
    assert is_like(corner_colours(opened(made.data)), CORNERS)
    made = await pictures.prepare("a.png", encoded(corners(), "PNG", icc_profile=b"no profile"), 2_048)
    assert is_like(corner_colours(opened(made.data)), CORNERS)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
async def test_an_animation_is_shown_as_four_of_its_frames(pictures: WorkshopPictures, kind: str) -> None:
    still = [Image.new("RGB", (60, 40), colour) for colour in CORNERS]
    raw = encoded(still[0], kind, save_all=True, append_images=still[1:], duration=100)
    made = await pictures.prepare("moving", raw, 2_048)
    assert (made.width, made.height) == (128, 88)
    assert is_like(corner_colours(opened(made.data)), CORNERS)
    first = await pictures.prepare("moving", raw, 2_048, is_still=True)
    assert (first.width, first.height) == (60, 40)
    assert is_like(corner_colours(opened(first.data)), (RED,) * 4)


async def test_pages_of_a_tiff_are_shown_side_by_side(pictures: WorkshopPictures) -> None:
    pages = [Image.new("RGB", (40, 60), colour) for colour in (GREEN, BLUE, WHITE, RED, GREEN)]
    raw = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    made = await pictures.prepare("scans.tif", raw, 2_048)
    assert is_like(corner_colours(opened(made.data)), (GREEN, BLUE, WHITE, RED))


async def test_a_heic_of_several_pictures_shows_its_main_one(pictures: WorkshopPictures) -> None:
    raw = encoded(corners(), "HEIF", save_all=True, append_images=[Image.new("RGB", (60, 40), BLUE)])
    made = await pictures.prepare("burst.heic", raw, 2_048)
    assert (made.width, made.height) == (60, 40)
    assert is_like(corner_colours(opened(made.data)), CORNERS, within=60)
