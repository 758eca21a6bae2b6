"""What is read from each kind of document, and where it stands."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

from tests.providers.reading.making import packed, paragraph, pdf, read, said, word, workbook

_XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'


async def test_pages_of_a_pdf_are_told_apart(tmp_path: Path) -> None:
    document = await read(tmp_path, "contract.pdf", pdf("Page one", "The fee is 40 euros", "Page three"))

    assert said(document) == {"page 1": "Page one", "page 2": "The fee is 40 euros", "page 3": "Page three"}
    assert document.notes == ()


async def test_a_word_document_is_read_by_its_headings(tmp_path: Path) -> None:
    body = paragraph("Terms", "H1") + paragraph("Thirty days.") + paragraph("Place", "H1") + paragraph("Bath")

    document = await read(tmp_path, "terms.docx", word(body))

    assert said(document) == {"section Terms": "# Terms\nThirty days.", "section Place": "# Place\nBath"}


async def test_what_stands_beside_the_text_of_a_word_document_is_read(tmp_path: Path) -> None:
    body = (
        "<w:sdt><w:sdtContent>" + paragraph("In a control") + "</w:sdtContent></w:sdt>"
        '<w:p><w:r><w:t>Note</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
        "<w:tbl><w:tr><w:tc>" + paragraph("A") + "</w:tc><w:tc>" + paragraph("B") + "</w:tc></w:tr></w:tbl>"
    )
    notes = (
        f'<w:footnotes NAMES><w:footnote w:id="2">{paragraph("Under the line")}</w:footnote></w:footnotes>'
    )
    more = {"footnotes": notes, "header": f"<w:hdr NAMES>{paragraph('Confidential')}</w:hdr>"}

    places = said(await read(tmp_path, "a.docx", word(body, more)))

    assert places["paragraphs 1-3"] == "In a control\nNote[1]\nA | B"
    assert places["section Footnotes"] == "# Footnotes\n1. Under the line"
    assert places["headers and footers"] == "Confidential"


async def test_tracked_changes_are_read_as_accepted_and_the_reader_is_told(tmp_path: Path) -> None:
    body = (
        '<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>new</w:t></w:r></w:ins>'
        '<w:del w:id="2" w:author="a"><w:r><w:delText>old</w:delText></w:r></w:del></w:p>'
    )

    document = await read(tmp_path, "a.docx", word(body))

    assert said(document) == {"paragraph 1": "new"}
    assert document.notes == ("It has tracked changes; it was read as if all of them were accepted.",)


async def test_rows_of_a_workbook_carry_their_sheet_numbers_and_header(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("Sales")
        sheet.write_row(2, 0, ["Day", "Pieces", "Sum"])
        for row in range(3, 203):
            sheet.write_datetime(row, 0, dt.date(2026, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
            sheet.write_number(row, 1, row)
            sheet.write_formula(row, 2, f"=B{row}*2", None, row * 2.5)
        book.add_worksheet("Secret").hide()
        book.get_worksheet_by_name("Secret").write_row(0, 0, ["hidden value"])

    document = await read(tmp_path, "book.xlsx", workbook(fill))
    first, second, *_ = document.passages

    assert first.place.startswith("sheet Sales, rows 4-")
    assert first.text.startswith("Day | Pieces | Sum\n2026-01-02 | 3 | 7.5\n2026-01-02 | 4 | 10\n")
    assert second.text.startswith("Day | Pieces | Sum\n")
    assert second.place.startswith(f"sheet Sales, rows {int(first.place.rpartition('-')[2]) + 1}-")
    assert document.passages[-1].place == "sheet Secret (hidden), row 1"


async def test_slides_are_read_with_groups_tables_and_notes(tmp_path: Path) -> None:
    document = await read(tmp_path, "talk.pptx", _slides())

    assert said(document) == {
        "slide 1": "# Results\nIn a group\nCity | Sum\nBath | 4\nNotes: Smile.",
        "slide 2 (hidden)": "# Spare",
    }


def _slides() -> bytes:
    import pptx
    from pptx.util import Inches

    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Results"
    group = slide.shapes.add_group_shape().shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "In a group"
    table = slide.shapes.add_table(2, 2, 0, 0, Inches(2), Inches(1)).table
    for index, text in enumerate(["City", "Sum", "Bath", "4"]):
        table.cell(index // 2, index % 2).text = text
    slide.notes_slide.notes_text_frame.text = "Smile."
    spare = show.slides.add_slide(show.slide_layouts[5])
    spare.shapes.title.text = "Spare"
    spare.element.set("show", "0")
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


async def test_chapters_of_a_book_have_their_titles(tmp_path: Path) -> None:
    nav = '<nav><a href="b.xhtml#x">The Sea</a></nav>'
    items = "".join(f'<item id="{part}" href="{part}.xhtml"/>' for part in "ab")
    book = packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>',
            "O/p.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            f'<item id="n" href="nav.xhtml" properties="nav"/>{items}</manifest>'
            '<spine><itemref idref="b"/><itemref idref="a"/></spine></package>',
            "O/nav.xhtml": _XHTML.format(nav),
            "O/a.xhtml": _XHTML.format("<h1>The Land</h1><p>Dry.</p>"),
            "O/b.xhtml": _XHTML.format("<p>Wet&nbsp;and cold.</p>"),
        }
    )

    places = said(await read(tmp_path, "book.epub", book))

    assert places == {"chapter 1: The Sea": "Wet and cold.", "chapter 2: The Land": "# The Land\nDry."}


async def test_an_opendocument_text_is_read_by_its_headings(tmp_path: Path) -> None:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    content = (
        f"<office:document-content {names}><office:body><office:text><text:h>Plan</text:h>"
        "<text:p>We<text:s/>go <text:span>home</text:span> now.</text:p><table:table><table:table-row>"
        "<table:table-cell><text:p>1</text:p></table:table-cell><table:table-cell><text:p>2</text:p>"
        "</table:table-cell></table:table-row></table:table></office:text></office:body>"
        "</office:document-content>"
    )
    odt = packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})

    assert said(await read(tmp_path, "plan.odt", odt)) == {"section Plan": "# Plan\nWe go home now.\n1 | 2"}


async def test_cells_of_a_notebook_keep_source_and_output(tmp_path: Path) -> None:
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Load\n", "the data"]},
            {
                "cell_type": "code",
                "source": "1 / 0",
                "outputs": [
                    {"output_type": "stream", "text": ["starting\n"]},
                    {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero"},
                ],
            },
        ]
    }

    places = said(await read(tmp_path, "work.ipynb", json.dumps(notebook)))

    assert places["cell 1"] == "# Load\nthe data"
    assert places["cell 2"] == (
        "```python\n1 / 0\n```\nOutput:\nstarting\nOutput:\nZeroDivisionError: division by zero"
    )


async def test_an_email_is_read_with_its_text_attachments(tmp_path: Path) -> None:
    message = (
        "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nTo: a@example.org\nSubject: Bill\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n'
        "--b\nContent-Type: text/html; charset=utf-8\n\n<p>Please <b>pay</b>.</p>\n"
        '--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename="d.csv"\n\nx,1\n'
        '--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="r.pdf"\n\nxx\n--b--\n'
    )

    document = await read(tmp_path, "bill.eml", message)

    assert said(document) == {
        "headers": "From: Jürgen <j@example.org>\nTo: a@example.org\nSubject: Bill\n"
        "Attachments: d.csv, r.pdf",
        "body": "Please pay.",
        "attachment d.csv, line 1": "x,1",
    }
    assert document.notes == ("The attachment r.pdf was not read; attach it by itself to ask about it.",)


async def test_a_zip_archive_is_listed_with_its_names_as_they_are(tmp_path: Path) -> None:
    document = await read(tmp_path, "x.zip", packed({"../../etc/passwd": "x", "a/b.txt": "y" * 5_000}))

    assert said(document) == {
        "list of files": "ZIP archive with 2 files, 5.0 kB when unpacked:\n- ../../etc/passwd (1 bytes)\n"
        "- a/b.txt (5.0 kB)"
    }
    assert "not unpacked" in document.notes[0]


async def test_rich_text_loses_its_commands(tmp_path: Path) -> None:
    rtf = rb"{\rtf1\ansi\ansicpg1252 Caf\'e9 \b bold\b0\par Second\par}"

    assert said(await read(tmp_path, "a.rtf", rtf)) == {"paragraphs 1-2": "Café bold\nSecond"}


async def test_a_database_shows_its_tables(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(tmp_path / "made")) as made, made:
        made.execute("CREATE TABLE people (name TEXT, born INT)")
        made.executemany("INSERT INTO people VALUES (?, ?)", [(f"P{n}", 1900 + n) for n in range(300)])

    document = await read(tmp_path, "a.sqlite", (tmp_path / "made").read_bytes())

    assert said(document)["table people"].startswith("Table people with 300 rows.\nCREATE TABLE people")
    assert document.passages[1].text.startswith("name | born\nP0 | 1900\n")
    assert document.notes == ("Read 200 of 300 rows of table people.",)
