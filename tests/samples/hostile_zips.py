"""Zip files, and files that are zip inside, that are far larger, stranger or more than they look."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable

from tests.samples import books, letters, slides
from tests.samples.archives import Entry, assembled
from tests.samples.packages import DECLARATION, content_types, relations, zipped
from tests.samples.trouble import Trouble, saved

_MEGABYTE = 1_048_576
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def swollen(
    name: str, head: str, chunk: str, tail: str, megabytes: int = 1_024, claims: int | None = None
) -> Entry:
    """An entry that unpacks to `megabytes`, though it was never packed as a whole: one part is repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(head.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    whole = (chunk * (_MEGABYTE // len(chunk))).encode()
    packed += (packer.compress(whole) + packer.flush(zlib.Z_FULL_FLUSH)) * megabytes
    packed += packer.compress(tail.encode()) + packer.flush()
    size = len(head) + len(whole) * megabytes + len(tail)
    return Entry(name.encode(), claims=size if claims is None else claims, packed=packed)


def entries_of(data: bytes, without: str = "") -> list[Entry]:
    """The entries of a good file, perhaps but for one."""
    import io

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [Entry(name.encode(), archive.read(name)) for name in archive.namelist() if name != without]


def workbook(shared: str = "", sheet: str = "") -> dict[str, str]:
    """The parts of a workbook of one sheet, so that each can be written by hand."""
    main = "xl/workbook.xml"
    kinds = {
        "xl/worksheets/sheet1.xml": f"{_SHEET_KIND}.worksheet+xml",
        "xl/sharedStrings.xml": f"{_SHEET_KIND}.sharedStrings+xml",
    }
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = {"rId1": ("worksheet", "worksheets/sheet1.xml"), "rId2": ("sharedStrings", "sharedStrings.xml")}
    return {
        "[Content_Types].xml": content_types(main, f"{_SHEET_KIND}.sheet.main+xml", kinds),
        "_rels/.rels": relations({"rId1": ("officeDocument", main)}),
        main: (
            f'{DECLARATION}<workbook xmlns="{_SHEET}" xmlns:r="{office}"><sheets><sheet '
            'name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": relations(links),
        "xl/sharedStrings.xml": shared or f'{DECLARATION}<sst xmlns="{_SHEET}"><si><t>hello</t></si></sst>',
        "xl/worksheets/sheet1.xml": sheet or _sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>'),
    }


def _sheet(rows: str, before: str = "") -> str:
    return f'{DECLARATION}<worksheet xmlns="{_SHEET}">{before}<sheetData>{rows}</sheetData></worksheet>'


# A good file of each kind, the part that swells, what is repeated in it and where: at the mark.
def _letter() -> tuple[bytes, str, str, str]:
    text = letters.part("document", "<w:body>@</w:body>")
    return letters.package(letters.para("x")), "word/document.xml", text, letters.para("a" * 400)


def _talk() -> tuple[bytes, str, str, str]:
    good = slides.show([slides.Slide(slides.shape("x"))])
    return good, "ppt/slides/slide1.xml", slides.part("sld", "@"), slides.shape("b" * 400)


def _cells() -> tuple[bytes, str, str, str]:
    row = '<row><c t="inlineStr"><is><t>c</t></is></c><c><v>7</v></c></row>'
    return zipped(workbook()), "xl/worksheets/sheet1.xml", _sheet("@"), row


def _strings() -> tuple[bytes, str, str, str]:
    text = f'{DECLARATION}<sst xmlns="{_SHEET}"><si><t>hello</t></si>@</sst>'
    return zipped(workbook()), "xl/sharedStrings.xml", text, "<si><t>dddd</t></si>"


def _novel() -> tuple[bytes, str, str, str]:
    good = books.packed([("One", books.chapter("One", "x"))], books.Shape())
    return good, "OEBPS/text/part 001.xhtml", "<html><body>@</body></html>", "<p>e</p>"


def office_bomb(make: Callable[[], tuple[bytes, str, str, str]], claims: int | None = None) -> bytes:
    """A good file one part of which unpacks to a gigabyte."""
    good, part, text, chunk = make()
    head, tail = text.split("@")
    return assembled([*entries_of(good, part), swollen(part, head, chunk, tail, claims=claims)])


_BOMBS: dict[str, tuple[str, Callable[[], tuple[bytes, str, str, str]]]] = {
    "a letter": ("bomb.docx", _letter),
    "a talk": ("bomb.pptx", _talk),
    "cells": ("bomb.xlsx", _cells),
    "shared texts": ("bomb.xlsx", _strings),
    "a book": ("bomb.epub", _novel),
}


def repeated_string() -> bytes:
    """A text of 200,000 letters, shown in each of 50,000 cells."""
    shared = f'{DECLARATION}<sst xmlns="{_SHEET}"><si><t>{"long " * 40_000}</t></si></sst>'
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 50_001))
    return zipped(workbook(shared, _sheet(rows)))


def _claims_all_cells() -> bytes:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    )
    return zipped(workbook(sheet=_sheet(rows, '<dimension ref="A1:XFD1048576"/>')))


def flat(megabytes: int, claims: int | None = None) -> bytes:
    return assembled([swollen("zeros.bin", "", "0" * 1_024, "", megabytes, claims)])


def nested(levels: int = 6) -> bytes:
    data = flat(256)
    for _ in range(levels):
        data = zipped({f"layer {n}.zip": data for n in range(4)})
    return data


def overlapping(count: int = 20_000) -> bytes:
    """Each name in the list leads to the same swollen data."""
    single = flat(64)
    start = single.index(b"PK\x01\x02")
    record, body = single[start : single.rindex(b"PK\x05\x06")], single[:start]
    directory = record * count
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def crowd(count: int = 100_000) -> bytes:
    """More files than a list should show; half of the names lead out of the folder."""
    import io

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            up = "../" * (number % 7) if number % 2 else ""
            archive.writestr(zipfile.ZipInfo(f"{up}file {number}"), b"")
    return buffer.getvalue()


def outside() -> bytes:
    names = (
        b"../../escaped.txt",
        b"/tmp/vtai-escaped.txt",
        b"C:\\escaped.txt",
        b"..\\..\\escaped.txt",
        b"a\nb\x1b[2Jc.txt",
        "a\u202etxt.exe".encode(),
    )
    return assembled(
        [Entry(name, b"out of the folder", flags=0x800 if name[0] == 97 else 0) for name in names]
    )


def book_outside() -> bytes:
    """A book whose parts and links lead out of it."""
    good = books.packed([("One", books.chapter("One", "inside"))], books.Shape())
    entries = entries_of(good, "OEBPS/content.opf")
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
        '<item id="a" href="../../../../../../etc/passwd" media-type="application/xhtml+xml"/>'
        '<item id="b" href="file:///etc/passwd" media-type="application/xhtml+xml"/>'
        '<item id="c" href="text/part%20001.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="c"/></spine></package>'
    )
    return assembled(
        [*entries, Entry(b"OEBPS/content.opf", package.encode()), Entry(b"../../escaped.xhtml", b"<p>x</p>")]
    )


def many_sheets(count: int = 5_000) -> bytes:
    parts = workbook()
    sheets = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, count))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("<sheets>", f"<sheets>{sheets}")
    return zipped(parts)


TROUBLES: dict[str, Trouble] = {
    "flat bomb": Trouble("bomb.zip", saved(flat, 2_000), "not unpacked"),
    "bomb that lies about its size": Trouble("bomb.zip", saved(flat, 1_000, 10)),
    "bombs in bombs": Trouble("nested.zip", saved(nested)),
    "overlapping files": Trouble("overlap.zip", saved(overlapping)),
    "100,000 files": Trouble("crowd.zip", saved(crowd)),
    "names that lead outside": Trouble("names.zip", saved(outside)),
    **{
        f"bomb in {what}": Trouble(name, saved(office_bomb, make), "when unpacked")
        for what, (name, make) in _BOMBS.items()
    },
    **{
        f"lying bomb in {what}": Trouble(name, saved(office_bomb, make, 500))
        for what, (name, make) in _BOMBS.items()
    },
    "one text in many cells": Trouble("repeated.xlsx", saved(repeated_string)),
    "book that leads outside": Trouble("outside.epub", saved(book_outside)),
    "all cells of a sheet": Trouble("wide.xlsx", saved(_claims_all_cells)),
    "5,000 sheets": Trouble("sheets.xlsx", saved(many_sheets)),
}
