"""Finds out in which encoding a text is, and decodes it."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset|coding)\s*[=:]\s*["']?\s*([A-Za-z][\w.-]{1,30})""")
_SAMPLE_BYTES = 32_768
_MOST_CONTROLS = 0.02
_LEAST_USUAL = 0.9
# Bytes saved by sound characters for each damaged one: other encodings are hardly ever sound UTF-8.
_LEAST_SOUND = 5
# Scripts from Latin to Thai, punctuation, kana, Chinese, Hangul, full width.
_USUAL_CHARACTERS = re.compile(
    "[\t\n\r -~\xa0-\u07ff\u0900-\u0e7f\u2010-\u206f\u20a0-\u20bf"
    "\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uffef]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")

# What texts are in: the rest of what Python knows only leads astray.
_USUAL = [
    *("cp932", "euc_jp", "gb18030", "big5", "cp949", "cp874"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("koi8_r", "koi8_u", "cp866", "iso8859_2", "iso8859_7", "mac_roman", "mac_cyrillic"),
]
# Read as Western European, text of another region shows these: signs within words, and letters that
# hardly stand together with what Western languages have.
_NOT_WESTERN = re.compile(
    r"\w[\xa1-\xb6\xb8-\xbf\u02c6\u2020\u2021\u2030\u2039\u203a]\w|[\u0161\u017e\u0160\u017d\u0192\u201aþÞýÝ]|õ(?!.*ã)(?<!ã.)",
    re.DOTALL,
)
# Turkish letters, read as Western European, and those that stand beside them in other languages only.
_TURKISH, _NOT_TURKISH = re.compile("[þðÞ]"), re.compile("[áéíóúæãºª¹³]")
_MOST_WESTERN_SHARE = 0.3
_PUNCTUATION = frozenset(b"\x80\x85\x91\x92\x93\x94\x95\x96\x97\xa0\xa3\xa7\xa9\xab\xb0\xbb")
_KANA = re.compile("[\u3040-\u30ff]")
_LEAST_KANA_SHARE = 0.1


def decoded(raw: bytes, *, is_cut: bool = False) -> str | None:
    """The text, without a byte order mark, with "\\n" ends of lines; None where it is no text.

    `is_cut`: the last character may be incomplete.
    """
    if b"\x00" not in (bare := raw.rstrip(b"\x00")):
        raw = bare  # room that was kept for more
    text = _marked(raw) or _utf8(raw, is_cut) or _declared(raw) or _utf16(raw) or _guessed(raw)
    if text is None:
        return None
    sample = text[:_SAMPLE_BYTES]
    if len(_CONTROLS.findall(sample)) > _MOST_CONTROLS * len(sample):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _marked(raw: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    return None


def _utf8(raw: bytes, is_cut: bool) -> str | None:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(raw, final=not is_cut)
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
        damaged = text.count("\ufffd")
        if len(raw) - len(text) < _LEAST_SOUND * damaged:
            return None
    # UTF-16 of plain English and ISO-2022-JP are valid UTF-8 as well.
    return None if "\x00" in text or "\x1b$" in text else text


def _declared(raw: bytes) -> str | None:
    """By what the text itself says: an XML declaration, a meta element, a coding comment."""
    if found := _DECLARED.search(raw[:1_024]):
        try:
            encoding = codecs.lookup(found[1].decode("ascii"))
        except LookupError:
            return None
        if getattr(encoding, "_is_text_encoding", True) and not encoding.name.startswith(("utf", "unicode")):
            try:
                return encoding.decode(raw, "replace")[0]
            except (UnicodeError, ValueError):
                return None
    return None


def _utf16(raw: bytes) -> str | None:
    """UTF-16 without a mark, by the byte order in which more of it are characters that texts are made of."""
    sample = raw[: _SAMPLE_BYTES & ~1]
    if b"\x00" not in sample:
        return None
    sample = sample[: len(sample) & ~1]
    shares = {encoding: _usual_share(sample, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    likely = max(shares, key=lambda encoding: shares[encoding])
    return raw.decode(likely, "ignore") if shares[likely] > _LEAST_USUAL else None


def _usual_share(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, "replace")
    return len(_USUAL_CHARACTERS.findall(text)) / (len(text) or 1)


def _guessed(raw: bytes) -> str | None:
    sample = _telling(raw)
    if b"\x00" in sample:
        return None
    if b"\x1b$" in sample:
        return raw.decode("iso2022_jp", "replace")
    if _is_japanese(sample):
        return raw.decode("euc_jp", "replace")
    western = _western(raw, sample)
    if western is not None:
        return western
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample, cp_isolation=_USUAL).best()
    return raw.decode(best.encoding, "replace") if best else raw.decode("cp1252", "replace")


def _is_japanese(sample: bytes) -> bool:
    """Whether it is EUC-JP: kana stand where Korean has next to nothing, and Chinese has none."""
    text = sample.decode("euc_jp", "ignore")
    is_valid = len(text.encode("euc_jp", "ignore")) >= len(sample) - 2
    return is_valid and len(_KANA.findall(text)) > _LEAST_KANA_SHARE * len(text)


def _western(raw: bytes, sample: bytes) -> str | None:
    """As Western European, where letters with accents are rare and stand as these languages have them.

    A general detector takes most such texts for Central European ones: the letters shared hide the others.
    """
    accented = sum(byte > 0x7F and byte not in _PUNCTUATION for byte in sample)
    letters = sum(chr(byte).isalpha() for byte in sample if byte <= 0x7F)
    if accented > _MOST_WESTERN_SHARE * (accented + letters):
        return None
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return None
    encoding = "cp1252"
    if _TURKISH.search(text) and not _NOT_TURKISH.search(text):
        encoding = "cp1254"
    elif _NOT_WESTERN.search(text):
        return None
    return raw.decode(encoding, "replace")


def _telling(raw: bytes) -> bytes:
    """The lines that are not plain ASCII, as much of them as a guess needs."""
    lines, size = list[bytes](), 0
    for line in raw.splitlines(keepends=True):
        if not line.isascii() or b"\x1b" in line:
            lines.append(line[:_SAMPLE_BYTES])
            size += len(lines[-1])
            if size >= _SAMPLE_BYTES:
                break
    return b"".join(lines)[:_SAMPLE_BYTES] or raw[:_SAMPLE_BYTES]
