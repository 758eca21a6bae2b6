"""Pictures of several frames or pages: how many there are, and which of them are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vtai.providers.reading.picture_open import Kind, weigh

if TYPE_CHECKING:
    from PIL import ImageFile

MOST_FRAMES = 200
# A frame in the middle takes decoding all before it.
_MOST_PIXELS_OF_ALL = 500_000_000
_MOVING: frozenset[Kind] = frozenset({"GIF", "WEBP", "PNG", "AVIF"})


def frame_count(picture: ImageFile.ImageFile, kind: Kind) -> int:
    """How many frames or pages there are, MOST_FRAMES at most, and fewer of large ones.

    The variants in HEIC and the sizes in ICO are no frames: there it is 1.
    """
    most = max(1, min(MOST_FRAMES, _MOST_PIXELS_OF_ALL // (picture.width * picture.height)))
    if kind in {"GIF", "TIFF"}:
        return _counted(picture, most)
    return min(int(getattr(picture, "n_frames", 1)), most) if kind in _MOVING else 1


def frames(name: str, picture: ImageFile.ImageFile, kind: Kind, wanted: int) -> Iterator[ImageFile.ImageFile]:
    """The first pages, or frames from the whole of an animation. Each is gone when the next is asked for."""
    count = frame_count(picture, kind) if wanted > 1 else 1
    wanted = min(wanted, count)
    numbers = list(range(wanted))
    if kind != "TIFF" and wanted > 1:
        numbers = [round(at * (count - 1) / (wanted - 1)) for at in range(wanted)]
    for number in numbers:
        yield page(name, picture, kind, number)


def page(name: str, picture: ImageFile.ImageFile, kind: Kind, number: int) -> ImageFile.ImageFile:
    """The picture set to that frame. Raises BadAttachment for one with too many pixels."""
    if picture.tell() != number:
        picture.seek(number)
        weigh(name, picture.size, kind)
    return picture


def _counted(picture: ImageFile.ImageFile, most: int) -> int:
    """Counted one by one: asking for the number would go through all of them, however many there are."""
    count = 1
    try:
        while count < most:
            picture.seek(count)
            count += 1
    except EOFError:
        pass
    picture.seek(0)
    return count
