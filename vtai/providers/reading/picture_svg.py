"""SVG: read, rid of everything that points outside or runs, and drawn as pixels.

The renderer opens files that a drawing names, so it never sees what came in: a new drawing is written from
what the parser reported, and in it an address is a part of the same drawing or a small embedded picture.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from vtai.core.errors import BadAttachment
from vtai.providers.reading.picture_open import FOREIGN, damaged, not_a_picture, true_kind

if TYPE_CHECKING:
    from PIL import Image

_MOST_BYTES = 5_000_000
_MOST_WRITTEN = 20_000_000
_MOST_DEPTH = 80
_MOST_ELEMENTS = 200_000
# Drawing programs shorten the names of their namespaces this way; anything longer is no abbreviation.
_MOST_ENTITIES, _LONGEST_ENTITY = 60, 100
_MOST_EMBEDDED_PIXELS = 40_000_000
_EMBEDDED = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,([A-Za-z0-9+/=\s]+)\s*", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,3})?)\s*(px|pt|pc|mm|cm|in|em|ex|)\s*")
_PIXELS_PER = {
    "": 1,
    "px": 1,
    "pt": 4 / 3,
    "pc": 16,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96,
    "em": 16,
    "ex": 8,
}
_USUAL_SIZE = (300.0, 150.0)
_LEFT_OUT = {
    "script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener",
    "animate", "animatecolor", "animatemotion", "animatetransform", "set", "discard", "metadata",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing that is safe to render: its root element up to the size, and what stands inside.

    `width` and `height` are in pixels, `box` is what of the plane is seen.
    """

    tag: str
    head: str
    content: str
    width: float
    height: float
    box: str
    has_outside_parts: bool

    @property
    def longest(self) -> float:
        return max(self.width, self.height)


def drawing(name: str, data: bytes) -> Drawing:
    """The drawing in an SVG file. Raises BadAttachment: broken, too large, or made to swell."""
    if len(data) > _MOST_BYTES:
        raise BadAttachment(
            f"{name} is too large for a drawing.",
            f"Send at most {_MOST_BYTES // 1_000_000} MB, or a PNG of it.",
        )
    reader = _Reader(name)
    try:
        reader.read(data)
    except expat.ExpatError as error:
        raise damaged(name) from error
    return reader.drawing()


def rasterised(name: str, sketch: Drawing, longest: int) -> Image.Image:
    """The drawing as RGBA with a longer side of that many pixels. Raises BadAttachment."""
    from PIL import Image

    try:
        from resvg_py import svg_to_bytes
    except ImportError as missing:
        raise BadAttachment(
            f"{name} is an SVG drawing, and this installation cannot draw these.",
            "Send it as PNG, or have resvg-py installed.",
        ) from missing
    ratio = longest / sketch.longest
    width, height = (max(1, round(side * ratio)) for side in (sketch.width, sketch.height))
    size = f'width="{width}" height="{height}" viewBox="{sketch.box}"'
    text = f"{sketch.head} {size}>{sketch.content}</{sketch.tag}>"
    try:
        png = svg_to_bytes(svg_string=text, dpi=96.0)
        return Image.open(BytesIO(png), formats=("PNG",)).convert("RGBA")
    except FOREIGN as error:
        raise damaged(name) from error


class _Reader:
    """Writes the drawing anew while it is parsed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts: list[str] = []
        self._root: dict[str, str] | None = None
        self._root_tag = ""
        self._depth = 0
        self._left_out_at = 0
        self._elements = 0
        self._written = 0
        self._entities = 0
        self._embedded_pixels = 0
        self._has_outside_parts = False

    def read(self, data: bytes) -> None:
        """Raises BadAttachment and ExpatError."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.Parse(data, True)

    def drawing(self) -> Drawing:
        attributes = self._root or {}
        width, height, box = _dimensions(attributes)
        if not (0 < width < 1e7 and 0 < height < 1e7):
            raise damaged(self._name)
        kept = "".join(
            f" {key}={quoteattr(value)}"
            for key, value in attributes.items()
            if key not in {"width", "height", "viewBox"}
        )
        return Drawing(
            self._root_tag,
            f"<{self._root_tag}{kept}",
            "".join(self._parts),
            width,
            height,
            box,
            self._has_outside_parts,
        )

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > _MOST_DEPTH or self._elements > _MOST_ELEMENTS:
            raise self._too_much()
        local = tag.rpartition(":")[2].lower()
        if self._left_out_at:
            return
        if local in _LEFT_OUT:
            self._left_out_at = self._depth
            return
        kept = {key: value for key, value in attributes.items() if self._is_kept(local, key, value)}
        if self._root is None:
            if local != "svg":
                raise not_a_picture(self._name)
            self._root, self._root_tag = kept, tag
            return
        self._write(f"<{tag}" + "".join(f" {key}={quoteattr(value)}" for key, value in kept.items()) + ">")

    def _end(self, tag: str) -> None:
        if not self._left_out_at and self._depth > 1:
            self._write(f"</{tag}>")
        if self._left_out_at == self._depth:
            self._left_out_at = 0
        self._depth -= 1

    def _text(self, text: str) -> None:
        if not self._left_out_at:
            self._write(escape(text))

    def _entity(self, name: str, is_parameter: bool, value: str | None, *_: object) -> None:
        self._entities += 1
        is_short = value is not None and len(value) <= _LONGEST_ENTITY and not set(value) & {"&", "%", "<"}
        if is_parameter or not is_short or self._entities > _MOST_ENTITIES:
            raise self._too_much()

    def _is_kept(self, element: str, key: str, value: str) -> bool:
        local = key.rpartition(":")[2].lower()
        if local.startswith("on") or local == "base":
            return False
        if local not in {"href", "src"} or value.strip().startswith("#"):
            return True
        if element in {"image", "feimage"} and self._is_small_picture(value):
            return True
        self._has_outside_parts |= element != "a"
        return False

    def _is_small_picture(self, address: str) -> bool:
        """Whether the address is a picture itself, of a kind that has pixels, and not too many."""
        from PIL import Image

        found = _EMBEDDED.fullmatch(address.strip())
        if found is None:
            return False
        try:
            data = base64.b64decode(found[1])
            kind = true_kind(data)
            if kind not in {"PNG", "JPEG", "GIF", "WEBP"}:
                return False
            with Image.open(BytesIO(data), formats=(kind,)) as picture:
                self._embedded_pixels += picture.width * picture.height
        except (*FOREIGN, binascii.Error, Image.DecompressionBombError):
            return False
        return self._embedded_pixels <= _MOST_EMBEDDED_PIXELS

    def _write(self, text: str) -> None:
        self._written += len(text)
        if self._written > _MOST_WRITTEN:
            raise self._too_much()
        self._parts.append(text)

    def _too_much(self) -> BadAttachment:
        return BadAttachment(
            f"{self._name} is built in a way that takes too much to draw.",
            "Send it as PNG, or a simpler drawing.",
        )


def _dimensions(attributes: dict[str, str]) -> tuple[float, float, str]:
    """Width and height in pixels, and the part of the plane that is seen."""
    parts = [_number(part) for part in attributes.get("viewBox", "").replace(",", " ").split()]
    box = [number for number in parts if number is not None]
    has_box = len(parts) == len(box) == 4 and box[2] > 0 and box[3] > 0
    width, height = _length(attributes.get("width")), _length(attributes.get("height"))
    if has_box:
        ratio = box[2] / box[3]
        if width is None and height is None:
            width, height = box[2], box[3]
        width = width if width is not None else (height or 0) * ratio
        height = height if height is not None else width / ratio
        return width, height, " ".join(str(number) for number in box)
    width = _USUAL_SIZE[0] if width is None else width
    height = _USUAL_SIZE[1] if height is None else height
    return width, height, f"0 0 {width} {height}"


def _length(text: str | None) -> float | None:
    """Pixels, or None for what is not given or a part of something unknown."""
    found = _LENGTH.fullmatch(text or "")
    return float(found[1]) * _PIXELS_PER[found[2]] if found else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
