"""Small pictures of every format, and files that only claim to be pictures."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Mapping
from importlib import import_module
from io import BytesIO
from typing import Any

from PIL import Image  # noqa: TID253 everything here is about pictures; no start-up waits for it

from vtai.core import errors
from vtai.providers.workshop import Answer, Workshop
from vtai.providers.workshop_child import done

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 180, 40), (30, 40, 220), (255, 255, 255)
CORNERS = (RED, GREEN, BLUE, WHITE)
PLACE = "51 deg 30' N secret place"
_ORIENTATION, _MAKE, _MODEL, _GPS, _EXIF, _DESCRIPTION = 0x0112, 0x010F, 0x0110, 0x8825, 0x8769, 0x010E
_UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40">%s</svg>'


class HereWorkshop(Workshop):
    """Does jobs in this process. What is no error of ours is a failure of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[str] = []

    async def run(
        self, job: str, payload: bytes = b"", options: Mapping[str, Any] = {}, timeout_s: float = 60.0
    ) -> Answer:
        self.jobs.append(job)
        import_module(job.partition(":")[0])
        answer, data = done({"job": job, "options": dict(options)}, payload)
        if "error" in answer:
            assert "message" in answer, answer
            raise getattr(errors, answer["error"])(answer["message"], answer["hint"])
        return answer["result"], data


def corners(width: int = 60, height: int = 40) -> Image.Image:
    """Red, green, blue and white from the upper left to the lower right."""
    made = Image.new("RGB", (width, height))
    half = (width // 2, height // 2)
    for at, colour in enumerate(CORNERS):
        made.paste(colour, (at % 2 * half[0], at // 2 * half[1], width, height))
    return made


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture in that format of Pillow's."""
    if kind == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener()
        if "exif" in options:
            # As bytes the encoder looks into them and says in its own way how the camera was held.
            options["exif"] = options["exif"].tobytes()
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def lying(orientation: int) -> Image.Image:
    """The corners as a camera stores them that was held so."""
    return corners().transpose(_UNDO[orientation]) if orientation in _UNDO else corners()


def camera_data(orientation: int = 1) -> Image.Exif:
    """What a phone writes into a photo."""
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_MAKE], exif[_MODEL] = orientation, "Lightbox", "Lightbox Nine\x00\x07"
    exif[_DESCRIPTION] = PLACE
    exif.get_ifd(_EXIF)[0x9003] = "2024:05:17 14:03:59"
    exif.get_ifd(_GPS).update({1: "N", 2: (51.0, 30.0, 26.0), 3: "W", 4: (0.0, 7.0, 39.0), 29: PLACE})
    return exif


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def corner_colours(picture: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters."""
    flat = picture.convert("RGB")
    x, y = flat.width // 4, flat.height // 4
    spots = ((x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y))
    return [colour for spot in spots if isinstance(colour := flat.getpixel(spot), tuple)]


def is_like(found: list[tuple[int, ...]], expected: tuple[tuple[int, ...], ...], within: int = 40) -> bool:
    return len(found) == len(expected) and all(
        abs(one - other) <= within
        for colour, wanted in zip(found, expected, strict=True)
        for one, other in zip(colour, wanted, strict=True)
    )


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes of PNG that promise a picture of that size."""
    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(1_000)))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + pixels + png_chunk(b"IEND", b"")


def gif_of_frames(count: int, side: int = 4) -> bytes:
    """An animation of tiny frames, each a few bytes, on a ground of `side` pixels a side."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 4, 4, 0) + b"\x02\x02\x4c\x01\x00"
    return head + frame * count + b"\x3b"


def webp_claiming(side: int) -> bytes:
    canvas = (side - 1).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<II", 10, 0) + canvas


def tiff_of_tags(count: int) -> bytes:
    """A TIFF whose only tag promises that many values."""
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<HHHII", 1, 256, 4, count, 8) + b"\0\0\0\0"


def tiff_that_repeats() -> bytes:
    """A TIFF whose first directory names itself as the next."""
    tags = b"".join(struct.pack("<HHII", *tag) for tag in ((256, 4, 1, 1), (257, 4, 1, 1)))
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 2) + tags + struct.pack("<I", 8)


def profile_with_red_and_blue_exchanged() -> bytes:
    """A small ICC profile, made so that a conversion can be seen."""
    fixed = 65_536
    red, green, blue = (0.1431, 0.0606, 0.7141), (0.3851, 0.7169, 0.0971), (0.4361, 0.2225, 0.0139)
    white = (0.9642, 1.0, 0.8249)
    triples = {b"wtpt": white, b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue}
    tags = {
        name: b"XYZ " + bytes(4) + struct.pack("!3i", *(round(part * fixed) for part in triple))
        for name, triple in triples.items()
    }
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv" + bytes(4) + struct.pack("!IHH", 1, 563, 0))
    name = b"Exchanged\x00"
    tags[b"desc"] = b"desc" + bytes(4) + struct.pack("!I", len(name)) + name + bytes(80)
    table, content, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += tag + struct.pack("!II", at + len(content), len(data))
        content += padded
    body = struct.pack("!I", len(tags)) + table + content
    head = struct.pack("!I4sI4s4s4s", 128 + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack("!3i", *(round(part * fixed) for part in white))
    return head + bytes(128 - len(head)) + body
