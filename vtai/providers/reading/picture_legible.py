"""The size at which words in a picture are read: enough for small print, not more than that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai.providers.reading.picture_pixels import scaled

if TYPE_CHECKING:
    from PIL import Image

# A page of A4 at 190 dots an inch: enough for print of nine points, and more dots take more time.
SHORT_SIDE, LONG_SIDE = 1_600, 2_300
# Screenshots of whole pages are read at their width, in pieces.
TALL_SIDE = 24_000
_WIDE_SIDE = 3_200


def largest_side(size: tuple[int, int]) -> int | None:
    """The longer side that is enough for a picture of that size, whichever way it lies; None to keep all."""
    return LONG_SIDE if max(size) * SHORT_SIDE <= min(size) * LONG_SIDE else None


def legible(picture: Image.Image) -> tuple[Image.Image, bool]:
    """The picture in the size for reading, and whether a very tall one lost its lower part."""
    width, height = picture.size
    if height > width * (LONG_SIDE / SHORT_SIDE):
        ratio = min(1.0, SHORT_SIDE / width)
    elif width > height * (LONG_SIDE / SHORT_SIDE):
        ratio = min(1.0, _WIDE_SIDE / width)
    else:
        ratio = min(1.0, SHORT_SIDE / min(width, height), LONG_SIDE / max(width, height))
    if ratio < 1.0:
        picture = scaled(picture, (round(width * ratio), round(height * ratio)))
    if picture.height <= TALL_SIDE:
        return picture, False
    return picture.crop((0, 0, picture.width, TALL_SIDE)), True
