"""The order in which lines on a page are read: columns of prose one after the other, tables row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

# A column has at least this many lines, and its lines are this many times as wide as they are high: narrower
# ones are the cells of a table, which belong to their row.
_LEAST_LINES = 3
_PROSE_WIDTH = 8.0
# Of all lines this share may run across the gap between two columns: headings do.
_MOST_ACROSS = 0.2
_LEAST_GAP, _PARAGRAPH_GAP, _CELL_GAP = 0.4, 0.9, 1.5
_SAME_ROW = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, or a piece of one, and the box around it in pixels."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def in_reading_order(lines: Sequence[Line]) -> str:
    """The text of a page: an empty line between paragraphs, wide gaps in a row as tabs."""
    return "\n\n".join(text for block in _blocks(list(lines)) if (text := _text(block)))


def _blocks(lines: list[Line]) -> list[list[Line]]:
    """The lines in groups that are read one after the other; inside of a group rows go across."""
    gap = _column_gap(lines)
    if gap is None:
        return [lines] if lines else []
    blocks: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if line.right <= gap:
            left.append(line)
        elif line.left >= gap:
            right.append(line)
        else:
            blocks += [*_blocks(left), *_blocks(right), [line]]
            left, right = [], []
    return [*blocks, *_blocks(left), *_blocks(right)]


def _column_gap(lines: Sequence[Line]) -> float | None:
    """Where on the page, from left to right, two columns of prose part; None where there are none."""
    if len(lines) < 2 * _LEAST_LINES:
        return None
    size = median(line.height for line in lines)
    best: tuple[int, float, float] | None = None
    for edge in sorted({line.right for line in lines})[:-1]:
        right = [line for line in lines if line.left >= edge]
        if not _is_prose(right):
            continue
        start = min(line.left for line in right)
        left = [line for line in lines if line.right <= edge]
        across = len(lines) - len(left) - len(right)
        if start - edge < _LEAST_GAP * size or across > _MOST_ACROSS * len(lines) or not _is_prose(left):
            continue
        found = (-across, start - edge, (start + edge) / 2)
        best = found if best is None else max(best, found)
    return best[2] if best else None


def _is_prose(lines: Sequence[Line]) -> bool:
    if len(lines) < _LEAST_LINES:
        return False
    return median(line.width / max(line.height, 1.0) for line in lines) >= _PROSE_WIDTH


def _text(lines: Sequence[Line]) -> str:
    """Rows from top to bottom. A gap of most of a line's height is that between two paragraphs."""
    text = ""
    previous: list[Line] | None = None
    for row in _rows(lines):
        if previous is not None:
            size = median(line.height for line in (*previous, *row))
            space = min(line.top for line in row) - max(line.bottom for line in previous)
            text += "\n\n" if space > _PARAGRAPH_GAP * size else "\n"
        text += _joined(row)
        previous = row
    return text


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines side by side, from left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        row = rows[-1] if rows else None
        if row and abs(line.middle - row[-1].middle) < _SAME_ROW * min(line.height, row[-1].height):
            row.append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _joined(row: Sequence[Line]) -> str:
    text = row[0].text
    for before, line in pairwise(row):
        is_wide = line.left - before.right > _CELL_GAP * min(before.height, line.height)
        text += ("\t" if is_wide else " ") + line.text
    return text
