"""Passages of tables: whole rows, with the header row over each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from vtai.core.documents import Passage
from vtai.providers.reading.splitting import MOST_CHARACTERS, cut

Row = tuple[int, Sequence[str]]

# A header longer than this is said with each value instead of over each passage.
_LONGEST_HEADER = MOST_CHARACTERS // 3
_MOST_TITLES, _MOST_TITLE_CELLS = 4, 2
# Empty rows between two of one passage.
_WIDEST_GAP = 20
_NUMBER = re.compile(r"[-+]?[\d.,'\s]*\d[\d.,'\s]*(?:%|[eE][-+]?\d+)?$")


def of_rows(rows: Iterable[Row], where: str = "") -> Iterator[Passage]:
    """Passages of numbered rows: "rows 2-41", after `where` ("sheet Sales, "). Empty rows are skipped."""
    filled = ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))
    first = list(islice(filled, _MOST_TITLES + 2))
    index = _header(first)
    if index is None:
        yield from _gathered(chain(first, filled), "", where)
        return
    yield from _gathered(first[:index], "", where)
    rest, header = chain(first[index + 1 :], filled), first[index][1]
    if len(line(header)) > _LONGEST_HEADER:
        yield from _gathered(rest, "", where, names=header)
    else:
        yield from _gathered(rest, line(header), where)


def _header(rows: Sequence[Row]) -> int | None:
    """Which of the first rows names the columns: above it there may be titles of one or two cells."""
    counts = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows]
    for index, (_, cells) in enumerate(rows[:-1]):
        if counts[index] > 1 and is_header(cells) and 2 * counts[index] > max(counts):
            return index
        if counts[index] > _MOST_TITLE_CELLS:
            return None
    return None


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names the columns: more than half of its cells are words, and none is a number."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return 2 * len(filled) > len(cells) and not any(_NUMBER.match(cell) for cell in filled)


def line(cells: Sequence[str]) -> str:
    """A row as one line of text."""
    return " | ".join(" ".join(cell.split()) for cell in cells).rstrip(" |")


def _named(cells: Sequence[str], names: Sequence[str]) -> str:
    pairs = zip(names, cells, strict=False)
    return "; ".join(f"{name.strip()}: {' '.join(cell.split())}" for name, cell in pairs if cell.strip())


def _gathered(rows: Iterable[Row], header: str, where: str, names: Sequence[str] = ()) -> Iterator[Passage]:
    room = MOST_CHARACTERS - len(header) - 1
    held, size, first, last = list[str](), 0, 0, 0
    for number, cells in rows:
        text = _named(cells, names) if names else line(cells)
        if held and (size + len(text) > room or number - last > _WIDEST_GAP):
            yield _passage(held, header, where, first, last)
            held, size = [], 0
        if len(text) > room:
            yield from (_passage([part], header, where, number, number) for part in cut(text, room))
            continue
        first = first if held else number
        last = number
        held.append(text)
        size += len(text) + 1
    if held:
        yield _passage(held, header, where, first, last)


def _passage(lines: Sequence[str], header: str, where: str, first: int, last: int) -> Passage:
    place = f"row {first}" if first == last else f"rows {first}-{last}"
    return Passage(where + place, "\n".join([header, *lines] if header else lines))
