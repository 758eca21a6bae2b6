"""Tables as one would read them to somebody: row by row with their headings, or only told about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vtai.handlers.saying import inline
from vtai.handlers.saying.words import Words

# What one can still follow by ear.
_MOST_ROWS: Final = 8
_MOST_COLUMNS: Final = 6
_MOST_CELLS: Final = 32
_NAMED_COLUMNS: Final = 6
_YES = re.compile(r"^[\u2713\u2714\u2705\u2611]\ufe0f?$")
_NO = re.compile(r"^[\u2717\u2718\u274c\u274e\u2715\u2716]\ufe0f?$")


def said(rows: Sequence[Sequence[str]], words: Words) -> Iterator[tuple[str, bool]]:
    """The sentences of a table, and whether one only tells what is left out. Headings come first."""
    headings = [inline.said(cell, words) for cell in rows[0]]
    body = [[_cell(cell, words) for cell in row] for row in rows[1:]]
    body = [row for row in body if any(row)]
    if not body:
        if any(headings):
            yield f"{', '.join(filter(None, headings))}.", False
        return
    columns = max(len(headings), *(len(row) for row in body))
    if len(body) > _MOST_ROWS or columns > _MOST_COLUMNS or len(body) * columns > _MOST_CELLS:
        names = [name for name in headings if name][:_NAMED_COLUMNS]
        yield words.remark("table", n=len(body), columns=", ".join(names) or str(columns)), True
        return
    for row in body:
        yield _sentence(headings, row), False


def _sentence(headings: Sequence[str], row: Sequence[str]) -> str:
    """ "France. Capital: Paris, people: 68 million."; of two columns simply "France: Paris."."""
    first, *others = row
    if len(headings) <= 2 and first and len(others) == 1:
        return f"{first}: {_ended(others[0])}" if others[0] else _ended(first)
    cells = [
        f"{headings[index]}: {cell}" if index < len(headings) and headings[index] else cell
        for index, cell in enumerate(others, start=1)
        if cell
    ]
    rest = _ended(", ".join(cells)) if cells else ""
    return " ".join(part for part in (_ended(first) if first else "", rest) if part)


def _cell(cell: str, words: Words) -> str:
    if _YES.match(cell):
        return words.remark("yes")
    if _NO.match(cell):
        return words.remark("no")
    said = inline.said(cell, words).replace("\n", ", ")
    return said if any(character.isalnum() for character in said) else ""


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", "。")) else f"{text}."
