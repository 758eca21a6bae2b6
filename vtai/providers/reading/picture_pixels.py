"""What is done to the pixels of a picture: upright, eight bits, sRGB, a size that fits. Knows no formats."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING

from vtai.providers.reading.picture_open import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

# A page of several frames is laid out in two columns with white between them.
_SHEET_COLUMNS = 2
_SHEET_GAP = 8
_ORIENTATION = 0x0112
_WHITE = (255, 255, 255)
_DARK = (24, 24, 24)


def plain(picture: Image.Image, max_side: int | None = None) -> Image.Image:
    """The picture upright, in sRGB, as L, LA, RGB or RGBA of eight bits, at most `max_side` pixels a side.

    Nothing but the pixels is left: no place, no camera, no comment, no profile.
    """
    if max_side:
        # Only JPEG does something here: it decodes at an eighth to a half of the size, where that is enough.
        picture.draft(None, (max_side * 2, max_side * 2))
    picture.load()
    turn = orientation(picture)
    profile = picture.info.get("icc_profile")
    made = _upright(_in_srgb(shrunk(_eight_bits(picture), max_side), profile), turn)
    if made is picture:
        made = picture.copy()
    made.info = {}
    return made


def orientation(picture: Image.Image) -> int:
    """How the picture must be turned to stand upright, 1..8 as EXIF numbers it."""
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except FOREIGN:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def upright_size(picture: Image.Image) -> tuple[int, int]:
    """Width and height of the picture as it is seen. Ask before loading: some formats turn it then."""
    return picture.size[::-1] if orientation(picture) >= 5 else picture.size


def shrunk(picture: Image.Image, max_side: int | None) -> Image.Image:
    """The picture with no side longer than `max_side` pixels."""
    if not max_side or max(picture.size) <= max_side:
        return picture
    ratio = max_side / max(picture.size)
    return scaled(picture, (round(picture.width * ratio), round(picture.height * ratio)))


def scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    from PIL import Image

    width, height = max(1, size[0]), max(1, size[1])
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def is_opaque(picture: Image.Image) -> bool:
    """Whether nothing shines through."""
    if picture.mode not in {"LA", "RGBA"}:
        return True
    lowest = picture.getchannel("A").getextrema()[0]
    return isinstance(lowest, int | float) and lowest >= 255


def flattened(picture: Image.Image, is_legible: bool = False) -> Image.Image:
    """The picture as RGB, on white; `is_legible`: on dark where it is light itself, so that words show."""
    from PIL import Image, ImageStat

    if picture.mode not in {"LA", "RGBA"}:
        return picture.convert("RGB")
    alpha = picture.getchannel("A")
    ground = _WHITE
    if is_legible and alpha.getbbox():
        seen = ImageStat.Stat(picture.convert("L"), mask=alpha.point(lambda value: 255 * (value > 127)))
        ground = _DARK if seen.count[0] and seen.mean[0] > 200 else _WHITE
    flat = Image.new("RGB", picture.size, ground)
    flat.paste(picture.convert("RGB"), mask=alpha)
    return flat


def sheet(frames: Sequence[Image.Image], max_side: int) -> Image.Image:
    """Several frames on one picture, in reading order."""
    from PIL import Image

    columns = min(_SHEET_COLUMNS, len(frames))
    rows = math.ceil(len(frames) / columns)
    most = (max_side - _SHEET_GAP * (max(columns, rows) - 1)) // max(columns, rows)
    small = [flattened(shrunk(frame, most)) for frame in frames]
    width, height = max(frame.width for frame in small), max(frame.height for frame in small)
    page = Image.new(
        "RGB",
        (columns * (width + _SHEET_GAP) - _SHEET_GAP, rows * (height + _SHEET_GAP) - _SHEET_GAP),
        _WHITE,
    )
    for at, frame in enumerate(small):
        row, column = divmod(at, columns)
        page.paste(frame, (column * (width + _SHEET_GAP), row * (height + _SHEET_GAP)))
    return page


def _eight_bits(picture: Image.Image) -> Image.Image:
    """L, LA, RGB, RGBA or CMYK, whatever it was."""
    mode = picture.mode
    if mode in {"LA", "RGBA", "CMYK"}:
        return picture
    if mode in {"La", "PA", "RGBa"} or picture.has_transparency_data:
        return picture.convert("RGBA")
    if mode in {"L", "RGB"}:
        return picture
    if mode == "1":
        return picture.convert("L")
    if mode.startswith("I;16"):
        return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if mode in {"I", "F"}:
        return _stretched(picture)
    return picture.convert("RGB")


def _stretched(picture: Image.Image) -> Image.Image:
    """Measured values from the least to the most, as black to white."""
    low, high = (float(value) if isinstance(value, int | float) else 0.0 for value in picture.getextrema())
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return picture.convert("L")
    factor = 255 / (high - low)
    return picture.convert("F").point(lambda value: value * factor + -low * factor).convert("L")


def _in_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """The colours as sRGB, which is what everybody takes a picture without a profile for."""
    made = _by_profile(picture, profile) if isinstance(profile, bytes) and profile else None
    if made is None:
        return picture.convert("RGB") if picture.mode == "CMYK" else picture
    return made


def _by_profile(picture: Image.Image, profile: bytes) -> Image.Image | None:
    """None where the profile is sRGB already, or broken, or made for other pictures."""
    from PIL import ImageCms

    colours = picture.convert(picture.mode[:-1]) if picture.mode in {"LA", "RGBA"} else picture
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return None
        made = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *FOREIGN):
        return None
    if made is not None and colours is not picture:
        made.putalpha(picture.getchannel("A"))
    return made


def _upright(picture: Image.Image, turn: int) -> Image.Image:
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return picture.transpose(turns[turn]) if turn in turns else picture
