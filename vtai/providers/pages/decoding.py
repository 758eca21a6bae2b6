"""Decodes a page, whatever its server and its own head say of its encoding."""

from __future__ import annotations

import codecs
import re
from typing import Final

from vtai.providers.reading import encodings

_BOMS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_META: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,30})", re.IGNORECASE)
_LOOKED_AT_BYTES: Final = 4_096
_MOST_DAMAGED: Final = 0.002
# As browsers read these names: what is really sent under them is the larger set.
_LARGER: Final = {
    **dict.fromkeys(("gb2312", "gbk", "x-gbk", "hz"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "x-sjis", "sjis", "ms_kanji"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean"), "cp949"),
    **dict.fromkeys(("iso-8859-9", "latin5"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620"), "cp874"),
    "big5": "big5hkscs",
}
# Said of everything by servers that were never told better: the content itself is the better witness.
_SAID_OF_ALL: Final = ("utf", "unicode", "ascii", "iso8859-1", "cp1252")


def decoded(raw: bytes, content_type: str = "", *, is_cut: bool = False) -> str | None:
    """The text; None where it is none. `content_type` is the header; `is_cut`: the end is missing."""
    if not raw.startswith(_BOMS) and not _is_utf8(raw):
        header = _HEADER.search(content_type)
        meta = _META.search(raw[:_LOOKED_AT_BYTES])
        for name in (header and header[1], meta and meta[1].decode("ascii", "replace")):
            if name and (text := _as_said(raw, name)):
                return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return encodings.decoded(raw, is_cut=is_cut)


def _is_utf8(raw: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return False
    return b"\x1b$" not in raw


def _as_said(raw: bytes, name: str) -> str | None:
    try:
        encoding = codecs.lookup(_LARGER.get(name.lower(), name))
    except LookupError:
        return None
    if encoding.name.startswith(_SAID_OF_ALL) or not getattr(encoding, "_is_text_encoding", True):
        return None
    try:
        text = encoding.decode(raw, "replace")[0]
    except (UnicodeError, ValueError):
        return None
    return text if text.count("\ufffd") <= 1 + _MOST_DAMAGED * len(text) else None
