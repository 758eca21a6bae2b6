"""What a file is, by its first bytes. Knows the kinds that are taken and shown, no others."""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 4_096
"""How much of a file `kind` wants to see."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "image/heic"),
    **dict.fromkeys((b"mif1", b"msf1"), "image/heif"),
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# What text may be by its sender's word alone.
_CLAIMS = frozenset({"text/html", "text/csv", "text/markdown", "application/json", "application/xml"})
_OTHER_NAMES = {
    "application/xhtml+xml": "text/html",
    "text/xml": "application/xml",
    "text/json": "application/json",
}


def kind(head: bytes) -> str | None:
    """The media type that the first bytes prove, `text/plain` for text, None for anything unknown."""
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head.startswith(_TEXT_MARKS):
        return "text/plain"
    if _is_mp3_frame(head):
        return "audio/mpeg"
    return "text/plain" if is_text(head) else None


def proven(head: bytes, claimed: str = "") -> str:
    """The media type of something sent: what the bytes prove, `application/octet-stream` for the unknown.

    `claimed` is its sender's word, which counts only where text of one kind is told from text of another.
    """
    found = kind(head) or "application/octet-stream"
    if found != "text/plain":
        return found
    if markup := _markup(head):
        return markup
    said = claimed.partition(";")[0].strip().lower()
    if said != "image/svg+xml" and said.endswith(("+json", "+xml")):
        said = _OTHER_NAMES.get(said) or f"application/{said.rpartition('+')[2]}"
    said = _OTHER_NAMES.get(said, said)
    return said if said in _CLAIMS else "text/plain"


def is_text(head: bytes) -> bool:
    """Whether the first bytes can be text: marked as such, or free of what only binary files hold."""
    return head.startswith(_TEXT_MARKS) or b"\x00" not in head


def _markup(head: bytes) -> str | None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if not start.startswith((b"<?xml", b"<!--", b"<!doctype svg", b"<svg")):
        return None
    if b"<svg" in start and b"<html" not in start:
        return "image/svg+xml"
    return "application/xml" if start.startswith(b"<?xml") else None


def _is_mp3_frame(head: bytes) -> bool:
    """An MPEG audio frame: eleven set bits, then a version, layer and bit rate that exist."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4
    is_adts = head[1] & 0xF6 == 0xF0
    return is_adts or (version != 1 and layer != 0 and rate != 15)
