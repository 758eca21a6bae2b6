"""Reads text: prose, source code, logs, JSON, XML. Places are lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from vtai.providers.reading.encodings import decoded
from vtai.providers.reading.source import Note, Piece, Source, unread
from vtai.providers.reading.splitting import MOST_CHARACTERS, of_lines

_MOST_BYTES_A_CHARACTER = 4
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LARGEST_JSON = 20_000_000
_ESCAPED = re.compile(r"\\u[0-9a-fA-F]{4}")


def read(source: Source) -> Iterator[Piece]:
    text, note = content(source)
    if note:
        yield note
    yield from of_lines(_COLOURS.sub("", text).split("\n"))


def read_json(source: Source) -> Iterator[Piece]:
    """JSON as it stands; laid out anew where it stands on very long lines or spells letters as numbers."""
    text, note = content(source)
    is_plain = not _has_long_lines(text) and not _ESCAPED.search(text)
    if note is None and not is_plain and len(text) < _LARGEST_JSON:
        try:
            text = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
            yield Note("It was laid out anew for reading; line numbers count the new lines.")
        except (ValueError, RecursionError):
            pass  # not quite JSON, or too deep: as it stands
    if note:
        yield note
    yield from of_lines(text.split("\n"))


def read_xml(source: Source) -> Iterator[Piece]:
    """XML as text. It is not parsed, so nothing that it declares has an effect."""
    text, note = content(source)
    if _has_long_lines(text):
        text = re.sub(r">\s*<", ">\n<", text)
        yield Note("It was laid out anew for reading; line numbers count the new lines.")
    if note:
        yield note
    yield from of_lines(text.split("\n"))


def content(source: Source) -> tuple[str, Note | None]:
    """The text, and a note where only its beginning was read. Raises BadAttachment where it is no text."""
    most = source.limits.characters * _MOST_BYTES_A_CHARACTER
    with source.path.open("rb") as file:
        raw = file.read(most)
    is_cut = source.size_bytes > len(raw)
    text = decoded(raw, is_cut=is_cut)
    if text is None:
        raise unread(
            source.name,
            "is not a kind of file that can be read here",
            "Attach a text, PDF, Office or data file.",
        )
    if not is_cut:
        return text, None
    return text, Note(
        f"Only the first {len(raw) // 1_000_000:,} of {source.size_bytes // 1_000_000:,} MB were looked at."
    )


def _has_long_lines(text: str) -> bool:
    return max(map(len, text.split("\n"))) > MOST_CHARACTERS
