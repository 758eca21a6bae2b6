"""Work on pictures that is done in a child of the workshop: made ready for a model, converted, described."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadAttachment
from vtai.providers.reading.picture_bare import bare
from vtai.providers.reading.picture_encode import (
    MOST_BYTES,
    Encoded,
    encoded_as,
    fitting,
    is_drawing,
    quick_png,
)
from vtai.providers.reading.picture_facts import colours, form, from_camera, number_of
from vtai.providers.reading.picture_frames import frame_count, frames, page
from vtai.providers.reading.picture_legible import largest_side, legible
from vtai.providers.reading.picture_open import Kind, explained, not_a_picture, opened, true_kind
from vtai.providers.reading.picture_pixels import flattened, orientation, plain, sheet, upright_size
from vtai.providers.reading.picture_svg import drawing, rasterised

if TYPE_CHECKING:
    from PIL import Image, ImageFile

Answer = tuple[dict[str, Any], bytes]

_PHOTOS: frozenset[Kind] = frozenset({"JPEG", "HEIF", "AVIF"})
_UNDERSTOOD_AS_IT_IS = frozenset({"L", "RGB", "LA", "RGBA", "P"})
_SHEET_FRAMES = 4
# Small drawings are drawn larger than they ask for, so that a model sees more of them than dots.
_LEAST_DRAWING_SIDE, _MOST_DRAWING_SIDE, _READ_DRAWING_SIDE = 1_000, 4_096, 2_000


def prepare(payload: bytes, options: dict[str, Any]) -> Answer:
    """A PNG, JPEG or WebP for a model that sees: upright, and nothing in it but pixels.

    `max_side` is in pixels. An animation becomes a sheet of four frames, pages of a TIFF a sheet of the first
    four; with `is_still` it is the first one alone.
    """
    name, side = options["name"], options["max_side"]
    kind = _known(name, payload)
    if kind == "SVG":
        sketch = drawing(name, payload)
        longest = min(side, max(_LEAST_DRAWING_SIDE, round(sketch.longest)))
        return _answer(fitting(rasterised(name, sketch, longest), is_photo=False))
    picture = opened(name, payload)
    with explained(name):
        wanted = 1 if options.get("is_still") else _SHEET_FRAMES
        is_ready = max(picture.size) <= side and frame_count(picture, kind) == 1
        if is_ready and (kept := _as_it_is(picture, kind, payload, MOST_BYTES)):
            return _answer(kept)
        several = [plain(frame, side) for frame in frames(name, picture, kind, wanted)]
        made = several[0] if len(several) == 1 else sheet(several, side)
        return _answer(fitting(made, kind in _PHOTOS or not is_drawing(made)))


def convert(payload: bytes, options: dict[str, Any]) -> Answer:
    """The picture, or its first frame, as `format` and in its own size. `compression` is 0..100 or None."""
    name, wanted, compression = options["name"], options["format"], options.get("compression")
    kind = _known(name, payload)
    if kind == "SVG":
        sketch = drawing(name, payload)
        longest = min(_MOST_DRAWING_SIDE, max(1, round(sketch.longest)))
        return _answer(encoded_as(name, rasterised(name, sketch, longest), wanted, compression))
    picture = opened(name, payload)
    with explained(name):
        is_there = kind == wanted.upper() and (compression is None or kind == "PNG")
        kept = _as_it_is(picture, kind, payload, len(payload)) if is_there else None
        return _answer(kept or encoded_as(name, plain(picture), wanted, compression))


def facts(payload: bytes, options: dict[str, Any]) -> Answer:
    """`facts` for people, the number of `pages`, and page number `page` (from 0) as a PNG to read from."""
    name, number = options["name"], options.get("page", 0)
    kind = _known(name, payload)
    if kind == "SVG":
        return _facts_of_drawing(name, payload)
    picture = opened(name, payload)
    with explained(name):
        count = frame_count(picture, kind)
        size = upright_size(page(name, picture, kind, number))
        shown, is_cut = legible(flattened(plain(picture, largest_side(size)), is_legible=True))
        said = [form(kind, size, len(payload)), *number_of(kind, count), *from_camera(picture)]
        said += colours(shown)
        if is_cut:
            said.append("so tall that only its upper part was read")
        return {"facts": said, "pages": count if kind == "TIFF" else 1}, quick_png(shown)


def _facts_of_drawing(name: str, payload: bytes) -> Answer:
    sketch = drawing(name, payload)
    shown = flattened(rasterised(name, sketch, _READ_DRAWING_SIDE), is_legible=True)
    said = [form("SVG", (round(sketch.width), round(sketch.height)), len(payload)), *colours(shown)]
    if sketch.has_outside_parts:
        said.append("refers to pictures elsewhere, which were not loaded")
    return {"facts": said, "pages": 1}, quick_png(shown)


def _known(name: str, payload: bytes) -> Kind:
    if not payload:
        raise BadAttachment(f"{name} is empty.", "Send another file.")
    kind = true_kind(payload)
    if kind is None:
        raise not_a_picture(name)
    return kind


def _as_it_is(picture: ImageFile.ImageFile, kind: Kind, payload: bytes, most_bytes: int) -> Encoded | None:
    """The picture as it came, less what is no picture, where nothing else must change. It was decoded."""
    if kind not in {"PNG", "JPEG", "WEBP"}:
        return None
    data = bare(kind, payload)
    if data is None or len(data) > most_bytes or not _needs_nothing(picture):
        return None
    again = opened("", data)
    again.load()
    if again.size != picture.size:
        return None
    return Encoded(f"image/{kind.lower()}", data, again.width, again.height)


def _needs_nothing(picture: Image.Image) -> bool:
    """Whether the picture stands upright and shows its colours without a profile. Loads it."""
    picture.load()
    return (
        picture.mode in _UNDERSTOOD_AS_IT_IS
        and not picture.info.get("icc_profile")
        and orientation(picture) == 1
    )


def _answer(made: Encoded) -> Answer:
    return {"media_type": made.media_type, "width": made.width, "height": made.height}, made.data
