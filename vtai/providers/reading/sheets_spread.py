"""Reads sheets of XLSX workbooks whose cells lie too far apart to keep room for all those between."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vtai.providers.reading import packages
from vtai.providers.reading.table_rows import Row

if TYPE_CHECKING:
    from lxml import etree

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:([A-Z]+)(\d+)"')
_CELL = re.compile("([A-Z]{1,3})([0-9]{1,7})")
# Cells further right say their column.
_LAST_PLAIN_COLUMN = 100


def found(package: zipfile.ZipFile, most_cells: int) -> dict[str, tuple[str, str]]:
    """The part and the last cell of each sheet that spans more than `most_cells`, by the sheet's name."""
    spread = dict[str, tuple[str, str]]()
    for name, part in _parts(package).items():
        with package.open(part) as stream:
            said = _DIMENSION.search(stream.read(4_096))
        if said and _column(said[1].decode()) * int(said[2]) > most_cells:
            spread[name] = (part, (said[1] + said[2]).decode())
    return spread


def rows(package: zipfile.ZipFile, part: str) -> Iterator[Row]:
    """The rows that hold something, one by one. Values are as they are stored: dates are numbers."""
    from lxml import etree

    shared = list(_shared(package))
    with package.open(part) as stream:
        walk = etree.iterparse(stream, tag=f"{_MAIN}row", resolve_entities=False, no_network=True)
        for number, (_, row) in enumerate(walk, start=1):
            cells = list[str]()
            for cell in row.iter(f"{_MAIN}c"):
                _add(cells, cell, _value(cell, shared))
            said = row.get("r", "")
            yield int(said) if said.isdecimal() else number, cells
            row.clear()
            while row.getprevious() is not None:
                del row.getparent()[0]


def _add(cells: list[str], cell: etree._Element, value: str) -> None:
    place = _CELL.fullmatch(cell.get("r", ""))
    column = _column(place[1]) if place else len(cells) + 1
    if value and column > _LAST_PLAIN_COLUMN and place:
        cells.append(f"{place[1]}: {value}")
    elif value:
        cells.extend([""] * (column - 1 - len(cells)))
        cells.append(value)


def _value(cell: etree._Element, shared: list[str]) -> str:
    match cell.get("t"):
        case "inlineStr":
            return "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
        case "s":
            said = cell.findtext(f"{_MAIN}v") or ""
            return shared[int(said)] if said.isdecimal() and int(said) < len(shared) else ""
        case _:
            return cell.findtext(f"{_MAIN}v") or ""


def _shared(package: zipfile.ZipFile) -> Iterator[str]:
    root = packages.xml(package, "xl/sharedStrings.xml")
    for item in () if root is None else root.iter(f"{_MAIN}si"):
        yield "".join(text.text or "" for text in item.iter(f"{_MAIN}t"))


def _parts(package: zipfile.ZipFile) -> dict[str, str]:
    """The part of each sheet, by the sheet's name."""
    book, links = (
        packages.xml(package, f"xl/{name}") for name in ("workbook.xml", "_rels/workbook.xml.rels")
    )
    if book is None or links is None:
        return {}
    targets = {link.get("Id"): posixpath.join("/xl", link.get("Target", ""))[1:] for link in links}
    sheets = {
        sheet.get("name", ""): targets.get(sheet.get(_LINK), "") for sheet in book.iter(f"{_MAIN}sheet")
    }
    names = set(package.namelist())
    return {name: part for name, part in sheets.items() if part in names}


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
