"""Twenty and more files of each kind, as people have them: every fact is read, with its right place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.samples import specials
from tests.samples.kinds import KINDS
from tests.samples.sample import Maker, Needle, Sample, missing
from vtai.core.documents import Document, Passage
from vtai.providers.reading.files import FileReader
from vtai.providers.workshop import Workshop

# One child process reads them all.
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

# What is in these and is not read yet.
_UNREAD = {
    "docx: formula": "formulas are left out",
    "xlsx: errors": "cells that show an error are left out",
    "xlsx: comment": "comments on cells are left out",
    "xlsx: box of text": "boxes of text on a sheet are left out",
    "pdf: invoice": "columns that were drawn one after the other are read one after the other",
}
_CASES = [
    pytest.param(maker, id=name, marks=[pytest.mark.xfail(reason=_UNREAD[name])] if name in _UNREAD else [])
    for kind, makers in KINDS.items()
    for name, maker in ((f"{kind}: {name}", maker) for name, maker in makers.items())
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[FileReader]:
    workshop = Workshop()
    yield FileReader(workshop)
    await workshop.aclose()


@pytest.mark.parametrize("maker", _CASES)
async def test_each_fact_is_read_with_its_place(reader: FileReader, tmp_path: Path, maker: Maker) -> None:
    sample = maker()
    document = await reader.read(sample.saved(tmp_path))
    assert not missing(document, sample)
    assert document.name == sample.name


@pytest.mark.parametrize("maker", [specials.annual_report, specials.workbook])
async def test_an_answer_on_a_later_page_is_read(
    reader: FileReader, tmp_path: Path, maker: specials.Asker
) -> None:
    asked = maker()
    document = await reader.read(asked.sample.saved(tmp_path))
    assert not missing(document, asked.sample)
    (place,) = {passage.place for passage in document.passages if asked.answer in passage.text}
    assert asked.place in place


async def test_a_scan_without_text_recognition_is_told(reader: FileReader, tmp_path: Path) -> None:
    document = await reader.read(specials.scanned_page().sample.saved(tmp_path))
    assert "page 1" in " ".join(document.notes)


@pytest.mark.model
@pytest.mark.parametrize("maker", [specials.scanned_page, specials.scanned_report])
async def test_an_answer_on_a_scanned_page_is_read(tmp_path: Path, maker: specials.Asker) -> None:
    workshop, recogniser = Workshop(), Workshop(memory_mb=2_500)
    asked = maker()
    document = await FileReader(workshop, recogniser).read(asked.sample.saved(tmp_path))
    await recogniser.aclose()
    await workshop.aclose()
    assert not missing(document, asked.sample)


@pytest.mark.parametrize(
    ("needle", "fault"),
    [
        pytest.param(Needle("7 kg", "page 3", 12), "", id="found"),
        pytest.param(Needle("8 kg"), "not found", id="other words"),
        pytest.param(Needle("7 kg", r"page 4\b"), "should be at", id="other place"),
        pytest.param(Needle("7 kg", "", 14), "is number 14", id="other row"),
    ],
)
async def test_a_fact_that_is_lost_or_misplaced_is_noticed(needle: Needle, fault: str) -> None:
    document = Document(
        "a.pdf", (Passage("page 3, rows 11-13", "It weighs 7\nkg."), Passage("page 4", "No."))
    )
    assert fault in " ".join(missing(document, Sample("a.pdf", b"", (needle,))))
    assert bool(fault) == bool(missing(document, Sample("a.pdf", b"", (needle,))))


@pytest.mark.parametrize("kind", KINDS)
async def test_there_are_twenty_different_samples_of_each_kind(kind: str) -> None:
    contents = {maker().data for maker in KINDS[kind].values()}
    assert len(contents) >= 20
