"""Opening pictures that people send: told by their content, weighed before anything is decoded."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Literal

from vtai.core.errors import BadAttachment

if TYPE_CHECKING:
    from PIL import ImageFile

Kind = Literal["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "HEIF", "AVIF", "SVG"]

# Decoded as RGB these take about 270 and 360 MB. The JPEGs of phones are the largest that people have.
MOST_PIXELS = 89_000_000
MOST_JPEG_PIXELS = 120_000_000

# What Pillow and the libraries under it raise for content that makes no sense. A child of the workshop
# turns anything else into a refusal too, in more general words.
FOREIGN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    RuntimeError,
    ArithmeticError,
    struct.error,
    zlib.error,
)

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\x00\x00\x01\x00", "ICO"),
)
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEAD_BYTES = 65_536


def true_kind(data: bytes) -> Kind | None:
    """What the picture is by its first bytes, whatever its name says. None for what is no picture we know."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _kind_of_brands(data)
    return "SVG" if _is_svg(data[:_HEAD_BYTES]) else None


def opened(name: str, data: bytes) -> ImageFile.ImageFile:
    """The picture with its header read and nothing decoded. SVG is not opened here.

    Raises BadAttachment: no picture, broken, or with more pixels than are taken.
    """
    from PIL import Image

    kind = true_kind(data)
    if kind is None or kind == "SVG":
        raise not_a_picture(name)
    if kind == "HEIF":
        _let_pillow_open_heif(name)
    with explained(name):
        picture = Image.open(BytesIO(data), formats=(kind,))
        weigh(name, picture.size, kind)
    return picture


def weigh(name: str, size: tuple[int, int], kind: Kind) -> None:
    """Raises BadAttachment for a picture without pixels or with too many."""
    width, height = size
    if width < 1 or height < 1:
        raise damaged(name)
    if width * height > (MOST_JPEG_PIXELS if kind == "JPEG" else MOST_PIXELS):
        raise too_many_pixels(name)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Translates what Pillow raises. A picture that Pillow itself finds too large is refused as well."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as bomb:
        raise too_many_pixels(name) from bomb
    except FOREIGN as error:
        raise damaged(name) from error


def damaged(name: str) -> BadAttachment:
    return BadAttachment(
        f"{name} is damaged or incomplete: its picture cannot be read.",
        "Open it and save it again, or send it as PNG or JPEG.",
    )


def not_a_picture(name: str) -> BadAttachment:
    return BadAttachment(
        f"{name} is not a picture that can be read here.",
        "Send it as PNG, JPEG, WebP, GIF, HEIC, AVIF, TIFF, BMP, ICO or SVG.",
    )


def too_many_pixels(name: str) -> BadAttachment:
    return BadAttachment(
        f"{name} has too many pixels.",
        f"Send one of at most {MOST_PIXELS // 1_000_000} million pixels "
        f"({MOST_JPEG_PIXELS // 1_000_000} million as JPEG).",
    )


def _kind_of_brands(data: bytes) -> Kind | None:
    """HEIF or AVIF, by the brands of the first box: the main one first, then those it is compatible with."""
    end = min(int.from_bytes(data[:4]), 1_024)
    brands = [data[8:12], *(data[start : start + 4] for start in range(16, end, 4))]
    if _AVIF_BRANDS.intersection(brands):
        return "AVIF"
    return "HEIF" if _HEIF_BRANDS.intersection(brands) else None


def _is_svg(head: bytes) -> bool:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = head.decode(encoding, "replace").lstrip()
    return text.startswith("<") and ("<svg" in text or ":svg" in text)


def _let_pillow_open_heif(name: str) -> None:
    try:
        _register_heif()
    except ImportError as missing:
        raise BadAttachment(
            f"{name} is a HEIC picture, and this installation has no reader for these.",
            "Send it as JPEG, or have pillow-heif installed.",
        ) from missing


@cache
def _register_heif() -> None:
    from pillow_heif import register_heif_opener

    # Thumbnails are off: an embedded one need not show what the picture shows.
    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
