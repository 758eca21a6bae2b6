"""Files beyond the limits, broken, locked, hostile, or something else than their name says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.providers.reading.making import attachment, packed, paragraph, pdf, read, said, word, workbook
from vtai.core.errors import BadAttachment
from vtai.core.messages import Attachment
from vtai.providers.reading.files import FileReader
from vtai.providers.reading.limits import Limits
from vtai.providers.workshop import Workshop

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.txt", b"", "is empty", id="empty"),
        pytest.param("a.txt", os.urandom(4_096), "not a kind of file", id="random bytes"),
        pytest.param("a.pdf", b"%PDF-1.7 nothing more", "damaged", id="broken PDF"),
        pytest.param("a.docx", b"PK\x03\x04 nothing more", "damaged", id="broken package"),
        pytest.param("a.docx", word(paragraph("x"))[:-200], "damaged", id="package cut short"),
        pytest.param("a.docx", word("<w:p>"), "damaged", id="broken part"),
        pytest.param("a.docx", word(""), "no text", id="nothing in it"),
        pytest.param("a.doc", _OLE + "WordDocument".encode("utf-16-le"), "old kind (.doc)", id="doc"),
        pytest.param("a.ppt", _OLE + "PowerPoint Document".encode("utf-16-le"), "old kind (.ppt)", id="ppt"),
        pytest.param("a.docx", _OLE + "EncryptedPackage".encode("utf-16-le"), "password", id="locked Office"),
        pytest.param("a.png", b"\x89PNG\r\n\x1a\n", "is a picture", id="picture"),
        pytest.param("a.gz", b"\x1f\x8b\x08\x00", "packed file", id="gzip"),
        pytest.param("a.exe", b"MZ\x90\x00", "program", id="program"),
        pytest.param("a.parquet", b"PAR1", "Parquet", id="parquet"),
    ],
)
async def test_what_cannot_be_read_is_said_plainly(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(BadAttachment) as refused:
        await read(tmp_path, name, content)

    assert refused.value.message.startswith(name)
    assert message in refused.value.message
    assert refused.value.hint
    assert str(tmp_path) not in refused.value.message + refused.value.hint


async def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    gone = Attachment("a.txt", "text/plain", tmp_path / "gone", 3)
    made = attachment(tmp_path, "a.txt", "x")
    made.path.unlink()

    for file in (gone, made):
        with pytest.raises(BadAttachment, match="no longer there"):
            await _reader().read(file)


@pytest.mark.parametrize(
    ("name", "content", "place", "note"),
    [
        pytest.param("a.txt", pdf("Inside"), "page 1", "holds a PDF", id="PDF called text"),
        pytest.param("a.pdf", b"Only text", "line 1", "holds plain text", id="text called PDF"),
        pytest.param(
            "a.xlsx", word(paragraph("x")), "paragraph 1", "a Word document", id="Word called Excel"
        ),
        pytest.param("a.xls", b"<html><p>x</p></html>", "paragraph 1", "a web page", id="page called Excel"),
    ],
)
async def test_content_counts_more_than_the_name(
    tmp_path: Path, name: str, content: bytes, place: str, note: str
) -> None:
    document = await read(tmp_path, name, content)

    assert document.passages[0].place == place
    assert note in document.notes[0]


async def test_a_long_pdf_is_read_up_to_the_limit_and_says_so(tmp_path: Path) -> None:
    document = await read(tmp_path, "a.pdf", pdf("Hello", count=10_000), limits=Limits(pages=20))

    assert document.passages[-1].place == "page 20"
    assert document.notes == ("Read 20 of 10,000 pages.",)


async def test_a_long_text_is_read_up_to_the_limit_and_says_where_it_ends(tmp_path: Path) -> None:
    rows = "".join(f"{number},name\n" for number in range(1_000_000))

    document = await read(tmp_path, "a.csv", "id,name\n" + rows, limits=Limits(characters=500_000))

    assert document.notes[0] == "Only the first 2 of 11 MB were looked at."
    assert document.notes[1].startswith(f"Read up to {document.passages[-1].place}; the rest was left out")
    assert sum(len(passage.text) for passage in document.passages) <= 500_000


async def test_a_long_sheet_does_not_hide_those_after_it(tmp_path: Path) -> None:
    def fill(book: object) -> None:
        for name, rows in (("Long", 5_000), ("Short", 3)):
            sheet = book.add_worksheet(name)  # type: ignore[attr-defined]
            for row in range(rows):
                sheet.write_row(row, 0, ["some words", "more words", f"row {row}"])

    document = await read(tmp_path, "a.xlsx", workbook(fill), limits=Limits(characters=20_000))

    assert document.passages[-1].place == "sheet Short, rows 2-3"
    assert any("rest of that sheet was left out" in note for note in document.notes)


async def test_a_cell_in_the_last_corner_of_a_sheet_is_read(tmp_path: Path) -> None:
    def fill(book: object) -> None:
        for name in ("Far", "Near"):
            book.add_worksheet(name).write(0, 0, "start")  # type: ignore[attr-defined]
        book.get_worksheet_by_name("Far").write(1_048_575, 16_383, 12.5)  # type: ignore[attr-defined]

    document = await read(tmp_path, "a.xlsx", workbook(fill))

    assert said(document) == {
        "sheet Far, row 1": "start",
        "sheet Far, row 1048576": "XFD: 12.5",
        "sheet Near, row 1": "start",
    }
    assert "XFD1048576" in document.notes[0]


async def test_a_package_that_swells_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    types = f'<Types><Override ContentType="{_WORD_TYPE}"/></Types>'
    bomb = packed({"[Content_Types].xml": types, "word/document.xml": bytes(30_000_000)})

    with pytest.raises(BadAttachment, match="30 MB when unpacked"):
        await read(tmp_path, "a.docx", bomb)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_declared_entities_are_refused_in_office_files(tmp_path: Path, encoding: str) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><w:hdr NAMES><w:p/></w:hdr>'

    with pytest.raises(BadAttachment, match="damaged"):
        await read(tmp_path, "a.docx", word(paragraph("Text"), {"header": laughs}, encoding))


async def test_entities_of_xml_files_are_shown_and_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not show", encoding="utf-8")
    xml = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]><x>&a;</x>'

    for name in ("a.xml", "a.html", "a.svg"):
        document = await read(tmp_path, name, xml)
        assert "do not show" not in str(document)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.json", "[" * 100_000 + "]" * 100_000, id="JSON"),
        pytest.param("a.xml", "<a>" * 100_000 + "deep" + "</a>" * 100_000, id="XML"),
        pytest.param("a.html", "<html>" + "<div>" * 100_000 + "deep", id="HTML"),
        pytest.param("a.ipynb", '{"cells":' + "[" * 100_000, id="notebook"),
    ],
)
async def test_deep_nesting_is_read_as_far_as_it_makes_sense(tmp_path: Path, name: str, content: str) -> None:
    document = await read(tmp_path, name, content)

    assert "deep" in str(document) or "[[[" in str(document)


async def test_a_row_far_below_is_not_joined_to_those_above(tmp_path: Path) -> None:
    def fill(book: object) -> None:
        sheet = book.add_worksheet("A")  # type: ignore[attr-defined]
        sheet.write(0, 0, 1)
        sheet.write(500, 0, 2)

    assert list(said(await read(tmp_path, "a.xlsx", workbook(fill)))) == [
        "sheet A, row 1",
        "sheet A, row 501",
    ]


@pytest.mark.slow
async def test_a_child_process_reads_and_refuses_the_same_way(tmp_path: Path) -> None:
    workshop = Workshop()
    try:
        reader = FileReader(workshop)
        assert said(await reader.read(attachment(tmp_path, "a.pdf", pdf("Inside")))) == {"page 1": "Inside"}
        with pytest.raises(BadAttachment, match="could not be read: it is damaged"):
            await reader.read(attachment(tmp_path, "a.pdf", b"%PDF-"))
        assert said(await reader.read(attachment(tmp_path, "b.txt", "still here"))) == {
            "line 1": "still here"
        }
    finally:
        await workshop.aclose()


def _reader() -> FileReader:
    from tests.providers.reading.making import SameProcess

    return FileReader(SameProcess())  # type: ignore[arg-type]
