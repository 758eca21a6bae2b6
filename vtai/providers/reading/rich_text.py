"""Reads rich text (RTF). Places are paragraphs."""

from __future__ import annotations

from collections.abc import Iterator

from vtai.providers.reading import markup
from vtai.providers.reading.source import Note, Piece, Source
from vtai.providers.reading.splitting import of_blocks

_MOST_BYTES = 30_000_000


def read(source: Source) -> Iterator[Piece]:
    from striprtf.striprtf import rtf_to_text

    with source.path.open("rb") as file:
        raw = file.read(_MOST_BYTES)
    text = rtf_to_text(raw.decode("latin-1"), encoding="cp1252", errors="replace")
    paragraphs = (("", paragraph) for paragraph in text.split("\n") if paragraph.strip())
    yield from of_blocks(markup.placed(paragraphs))
    if source.size_bytes > _MOST_BYTES:
        yield Note(f"Only the first {_MOST_BYTES // 1_000_000} MB were looked at.")
