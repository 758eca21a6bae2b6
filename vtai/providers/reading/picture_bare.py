"""Pictures without what is not picture, byte for byte: comments, cameras, places, thumbnails, appended files.

Nothing is decoded or encoded, so nothing is lost. Only what is understood is kept; where the structure is
unusual there is no answer, and the caller encodes the picture anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from vtai.providers.reading.picture_open import Kind

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_PNG_DEEP = 16

_JPEG_START, _JPEG_SCAN, _JPEG_END = 0xD8, 0xDA, 0xD9
_JFIF, _ADOBE = 0xE0, 0xEE
_JFIF_BYTES, _ADOBE_BYTES = 16, 14
# Tables, frames with Huffman codes (baseline, extended, progressive), restart intervals.
_JPEG_KEPT = {0xDB, 0xC4, 0xC0, 0xC1, 0xC2, 0xDD}
_JPEG_DROPPED = {*range(0xE0, 0xF0), 0xFE}


def bare(kind: Kind, data: bytes) -> bytes | None:
    """The same picture and nothing else, or None where that takes decoding it."""
    match kind:
        case "PNG":
            return _bare_png(data)
        case "JPEG":
            return _bare_jpeg(data)
        case "WEBP":
            return _bare_webp(data)
        case _:
            return None


def _bare_png(data: bytes) -> bytes | None:
    parts, at, last = [_PNG_SIGNATURE], len(_PNG_SIGNATURE), b""
    while at + 12 <= len(data) and last != b"IEND":
        length = int.from_bytes(data[at : at + 4])
        last = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            return None
        if last in _PNG_KEPT:
            parts.append(data[at:end])
        at = end
    is_deep = len(data) > 24 and data[24] == _PNG_DEEP
    return b"".join(parts) if last == b"IEND" and not is_deep else None


def _bare_jpeg(data: bytes) -> bytes | None:
    parts = [b"\xff\xd8"]
    for marker, segment in _segments(data):
        if marker == _JPEG_END:
            return b"".join((*parts, b"\xff\xd9"))
        is_header = (marker == _JFIF and segment[4:9] == b"JFIF\0" and len(segment) == _JFIF_BYTES + 2) or (
            marker == _ADOBE and segment[4:9] == b"Adobe" and len(segment) == _ADOBE_BYTES + 2
        )
        if is_header or marker in _JPEG_KEPT or marker == _JPEG_SCAN:
            parts.append(segment)
        elif marker not in _JPEG_DROPPED:
            return None
    return None


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments with their markers, each scan with the coded pixels that follow it."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == _JPEG_SCAN:
            end = _end_of_scan(data, end)
        yield marker, data[at:end]
        if marker == _JPEG_END:
            return
        at = end
    if data[at : at + 2] == b"\xff\xd9":
        yield _JPEG_END, b""


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands that is not part of the coded pixels."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] not in {0x00, 0xFF, *range(0xD0, 0xD8)}:
            return at
        at += 1 if data[at + 1] == 0xFF else 2
    return len(data)


def _bare_webp(data: bytes) -> bytes | None:
    """The plain form of a WebP has one part: what is longer holds more than one picture's pixels."""
    size = int.from_bytes(data[16:20], "little")
    end = 20 + size + size % 2
    is_plain = data[12:16] in {b"VP8 ", b"VP8L"} and len(data) >= end
    if not is_plain:
        return None
    return b"RIFF" + (end - 8).to_bytes(4, "little") + data[8:end]
