"""Reads workbooks (XLSX, XLSB, XLS, ODS). Places are sheets and rows; formulas give their last values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vtai.core.documents import Passage
from vtai.providers.reading import packages, sheets_spread
from vtai.providers.reading.source import Note, Piece, Source, damaged, locked
from vtai.providers.reading.table_rows import Row, of_rows

if TYPE_CHECKING:
    import python_calamine

_MIDNIGHT = dt.time(0, 0)


def read(source: Source) -> Iterator[Piece]:
    import python_calamine

    spread = _spread(source)
    try:
        book = python_calamine.CalamineWorkbook.from_path(source.path)
        sheets = [
            about for about in book.sheets_metadata if about.typ is python_calamine.SheetTypeEnum.WorkSheet
        ]
        left = source.limits.characters
        for index, about in enumerate(sheets):
            # Each sheet gets its share, so that a long one does not hide those after it.
            share = left // (len(sheets) - index)
            hidden = "" if about.visible is python_calamine.SheetVisibleEnum.Visible else " (hidden)"
            where = f"sheet {about.name}{hidden}"
            rows = (
                _far(source, spread[about.name]) if about.name in spread else _near(book, about.name, where)
            )
            for piece in _limited(rows, where, share):
                left -= len(piece.text)
                yield piece
    except python_calamine.PasswordError as error:
        raise locked(source.name) from error
    except python_calamine.CalamineError as error:
        raise damaged(source.name) from error


def _spread(source: Source) -> dict[str, tuple[str, str]]:
    if not source.head.startswith(b"PK"):
        return {}
    with packages.opened(source) as package:
        if "META-INF/manifest.xml" in package.namelist():
            if b"encryption-data" in package.read("META-INF/manifest.xml"):
                raise locked(source.name)
            return {}
        return sheets_spread.found(package, source.limits.table_cells)


def _near(book: python_calamine.CalamineWorkbook, name: str, where: str) -> Iterator[Row | Note]:
    import python_calamine

    try:
        sheet = book.get_sheet_by_name(name)
    except python_calamine.CalamineError:
        yield Note(f"Not readable: {where}.")
        return
    if sheet.start is None:
        yield Note(f"Empty: {where}.")
        return
    # Rows come from the first of the sheet on, columns from the first that is used.
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        yield number, [shown(cell) for cell in cells]


def _far(source: Source, about: tuple[str, str]) -> Iterator[Row | Note]:
    """A sheet with cells so far out that the library would keep room for thousands of millions."""
    part, last = about
    with packages.opened(source) as package:
        yield from sheets_spread.rows(package, part)
    yield Note(f"A sheet reaches to cell {last}: dates in it are shown as plain numbers.")


def _limited(rows: Iterator[Row | Note], where: str, most: int) -> Iterator[Passage | Note]:
    """The passages of a sheet up to `most` characters, then the notes on it."""
    notes, last, place = list[Note](), 0, ""

    def counted() -> Iterator[Row]:
        nonlocal last
        for row in rows:
            if isinstance(row, Note):
                notes.append(row)
            else:
                last = row[0]
                yield row

    for passage in of_rows(counted(), f"{where}, "):
        most -= len(passage.text)
        if most < 0:
            yield Note(f"Read up to {place or where}; the rest of that sheet was left out.")
            return
        place = passage.place
        yield passage
    yield from notes


def shown(value: object) -> str:
    """A cell as people read it: whole numbers without a point, dates without midnight."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
        case dt.datetime():
            bare = value.time() == _MIDNIGHT
            return value.date().isoformat() if bare else value.isoformat(" ", "seconds")
        case dt.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)
