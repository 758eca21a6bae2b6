"""Pages of a PDF that are pictures of text."""

from __future__ import annotations

from pathlib import Path

from tests.providers.reading.making import Recogniser, jpeg, pdf, read, said
from vtai.core.errors import BadAttachment, NotConfigured
from vtai.providers.reading.limits import Limits


async def test_scanned_pages_are_recognised_and_stand_where_they_belong(tmp_path: Path) -> None:
    ocr = Recogniser(["The total is 40", "The end"])

    document = await read(tmp_path, "a.pdf", pdf("First", jpeg(), "Third", jpeg()), ocr=ocr)

    assert [(passage.place, passage.text) for passage in document.passages] == [
        ("page 1", "First"),
        ("page 2", "The total is 40"),
        ("page 3", "Third"),
        ("page 4", "The end"),
    ]
    assert all(picture.startswith(b"\x89PNG") for picture in ocr.pictures)
    assert document.notes == (
        "Read from pictures of the text, so single letters may be wrong: pages 2 and 4.",
    )


async def test_scanned_pages_beyond_the_limit_are_named(tmp_path: Path) -> None:
    pages = pdf(jpeg(), count=9)

    document = await read(tmp_path, "a.pdf", pages, ocr=Recogniser(["x"] * 4), limits=Limits(scanned_pages=4))

    assert "Scanned and left out: pages 5-9. The limit is 4 such pages." in document.notes


async def test_without_text_recognition_the_reader_is_told_what_to_install(tmp_path: Path) -> None:
    missing = Recogniser([NotConfigured("It is not installed.", "Install it.")])

    for ocr in (None, missing):
        document = await read(tmp_path, "a.pdf", pdf("First", jpeg()), ocr=ocr)
        assert said(document) == {"page 1": "First"}
        assert document.notes[0].startswith("Scanned and not read: page 2. ")
        assert "nstall" in document.notes[0]


async def test_one_page_that_cannot_be_recognised_costs_only_itself(tmp_path: Path) -> None:
    ocr = Recogniser([BadAttachment("Page 1 took too long.", "x"), "Second"])

    document = await read(tmp_path, "a.pdf", pdf(jpeg(), count=2), ocr=ocr)

    assert said(document) == {"page 2": "Second"}
    assert "Scanned and not readable: page 1." in document.notes


async def test_a_small_picture_beside_text_is_not_taken_for_a_scan(tmp_path: Path) -> None:
    ocr = Recogniser([])

    document = await read(tmp_path, "a.pdf", pdf("words " * 60), ocr=ocr)

    assert ocr.pictures == []
    assert document.notes == ()
