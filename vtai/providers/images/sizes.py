"""How large a picture is, from its first bytes and without decoding it."""

from __future__ import annotations

from typing import Literal

Kind = Literal["png", "jpeg", "gif", "webp"]

# How a file of each kind begins; of WebP the fifth to eighth byte are its length.
_BEGINNINGS: dict[bytes, Kind] = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"RIFF": "webp",
}
# Of JPEG: the marks of a frame, and the marks that have no length behind them.
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def kind_of(data: bytes) -> Kind | None:
    """What the picture is by its first bytes; None for anything else."""
    kind = next((kind for start, kind in _BEGINNINGS.items() if data.startswith(start)), None)
    return None if kind == "webp" and data[8:12] != b"WEBP" else kind


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None where the header does not say."""
    match kind_of(data):
        case "png" if len(data) >= 24:
            return _number(data[16:20]), _number(data[20:24])
        case "gif" if len(data) >= 10:
            return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
        case "jpeg":
            return _of_jpeg(data)
        case "webp" if len(data) >= 30:
            return _of_webp(data)
        case _:
            return None


def _number(four: bytes) -> int:
    return int.from_bytes(four, "big")


def _of_jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        mark = data[at + 1]
        if mark in _FRAMES:
            return _number(data[at + 7 : at + 9]), _number(data[at + 5 : at + 7])
        # A mark may be led by any number of filling bytes.
        at += 1 if mark == 0xFF else 2 if mark in _BARE else 2 + _number(data[at + 2 : at + 4])
    return None


def _of_webp(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = data[26:28], data[28:30]
            return int.from_bytes(width, "little") & 0x3FFF, int.from_bytes(height, "little") & 0x3FFF
        case _:
            return None
