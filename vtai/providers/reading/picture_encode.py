"""Encoding pictures: photos as JPEG, drawings and screenshots as PNG, within a number of bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadAttachment
from vtai.providers.reading.picture_open import FOREIGN
from vtai.providers.reading.picture_pixels import flattened, is_opaque, scaled

if TYPE_CHECKING:
    from PIL import Image

    from vtai.core.documents import PictureFormat

# Five megabytes in base64, which is what vendors take, with something to spare.
MOST_BYTES = 3_700_000
_QUALITY, _LOWER_QUALITY = 90, 80
_MOST_JPEG_QUALITY = 95  # above it files grow and pictures do not
_SAMPLE_SIDE = 256
# A photo has a colour of its own for most pixels; a drawing or a screen uses few again and again.
_MOST_COLOURS_OF_DRAWINGS = 6_000
_MOST_SIDE = {"webp": 16_383, "jpeg": 65_500, "png": 65_500}


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as bytes."""

    media_type: str
    data: bytes
    width: int
    height: int


def fitting(picture: Image.Image, is_photo: bool, most_bytes: int = MOST_BYTES) -> Encoded:
    """The picture in the best form that takes at most that many bytes, made smaller where none does."""
    if is_opaque(picture):
        picture = flattened(picture) if picture.mode != "L" else picture
    while True:
        for media_type, data in _attempts(picture, is_photo):
            if len(data) <= most_bytes:
                return Encoded(media_type, data, picture.width, picture.height)
        picture = scaled(picture, (picture.width * 3 // 4, picture.height * 3 // 4))


def is_drawing(picture: Image.Image) -> bool:
    """Whether the picture looks like a drawing or a screen: few colours, in plain areas."""
    from PIL import Image

    side = (min(picture.width, _SAMPLE_SIDE), min(picture.height, _SAMPLE_SIDE))
    sample = picture.resize(side, Image.Resampling.NEAREST).convert("RGB")
    colours = sample.getcolors(_SAMPLE_SIDE * _SAMPLE_SIDE)
    most = min(_MOST_COLOURS_OF_DRAWINGS, max(64, side[0] * side[1] // 8))
    return colours is not None and len(colours) <= most


def encoded_as(
    name: str, picture: Image.Image, wanted: PictureFormat, compression: int | None = None
) -> Encoded:
    """The picture in that format. `compression` is what vendors call it: 100 is the best, 0 the smallest.

    PNG loses nothing and has no use for it. Raises BadAttachment for a picture too large for the format.
    """
    if max(picture.size) > _MOST_SIDE[wanted]:
        raise BadAttachment(
            f"{name} is too large for {wanted.upper()}: a side may have {_MOST_SIDE[wanted]} pixels.",
            "Take PNG instead.",
        )
    quality = _QUALITY if compression is None else min(max(compression, 0), 100)
    try:
        data = _data(picture, wanted, quality)
    except FOREIGN as error:
        raise BadAttachment(
            f"{name} could not be turned into {wanted.upper()}.",
            "Choose another format, or a smaller picture.",
        ) from error
    return Encoded(f"image/{wanted}", data, picture.width, picture.height)


def quick_png(picture: Image.Image) -> bytes:
    """For a reader on this machine: quickly made, and large."""
    return _saved(picture, "PNG", compress_level=1)


def _data(picture: Image.Image, wanted: PictureFormat, quality: int) -> bytes:
    match wanted:
        case "jpeg":
            return _jpeg(picture, min(max(quality, 1), _MOST_JPEG_QUALITY))
        case "webp":
            return _saved(picture, "WEBP", quality=quality)
        case "png":
            return _saved(picture, "PNG")


def _attempts(picture: Image.Image, is_photo: bool) -> Iterator[tuple[str, bytes]]:
    if not is_opaque(picture):
        yield "image/png", _saved(picture, "PNG")
        yield "image/webp", _saved(picture, "WEBP", quality=_QUALITY)
        return
    if not is_photo:
        yield "image/png", _saved(picture, "PNG")
    yield "image/jpeg", _jpeg(picture, _QUALITY)
    yield "image/jpeg", _jpeg(picture, _LOWER_QUALITY)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    solid = picture if picture.mode == "L" else flattened(picture)
    # Thin coloured lines suffer from halved colours; at this quality people expect none of that.
    return _saved(solid, "JPEG", quality=quality, subsampling="4:4:4" if quality >= _QUALITY else "4:2:0")


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()
