"""Reads tables in text form (CSV, TSV). Places are rows, counted from 1 with the header row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from vtai.providers.reading import text_files
from vtai.providers.reading.source import Note, Piece, Source
from vtai.providers.reading.table_rows import of_rows

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_LINES = 50
# Longer ones come from a quotation mark that nothing closes.
_LONGEST_CELL = 100_000


def read(source: Source) -> Iterator[Piece]:
    text, note = text_files.content(source)
    if note:
        yield note
    table = _Table(text, _delimiter(text))
    yield from of_rows(table)
    if table.odd_from:
        yield Note(
            f"From row {table.odd_from:,} on quotation marks do not match; each line was read as a row."
        )


class _Table:
    """Numbered rows. `odd_from` is where quotation marks stop making sense, else 0."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self.odd_from = 0

    def __iter__(self) -> Iterator[tuple[int, Sequence[str]]]:
        csv.field_size_limit(_LONGEST_CELL)
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)
        number, lines = 0, 0
        try:
            for number, cells in enumerate(reader, start=1):
                yield number, cells
                lines = reader.line_num
        except csv.Error:
            self.odd_from = number + 1
            rest = self._text.split("\n")[lines:]
            yield from enumerate((line.split(self._delimiter) for line in rest), start=self.odd_from)


def _delimiter(text: str) -> str:
    """The one that cuts most of the first rows into the same number of cells, more than one."""
    sample = text[:100_000].split("\n")[:_SAMPLE_LINES]
    if sample[0].lower().startswith("sep=") and len(sample[0].strip()) == len("sep=;"):
        return sample[0][4]

    def score(delimiter: str) -> tuple[float, int]:
        try:
            widths = Counter(len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells)
        except csv.Error:
            return 0.0, 0
        width, rows = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        return (rows / widths.total(), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=score)
