"""Files made to do harm end in a document or a refusal in plain words, and the next file is read as ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.samples import hostile_markup, hostile_pdfs, hostile_texts, hostile_zips
from tests.samples.trouble import Trouble, faults, memory_bytes, outcome
from vtai.core.documents import Document, Passage
from vtai.core.messages import Attachment
from vtai.providers.reading.files import FileReader
from vtai.providers.workshop import Workshop

# Child processes read them.
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

_MOST_MEMORY_BYTES = 150_000_000
_GROUPS = {
    "zip": hostile_zips.TROUBLES,
    "markup": hostile_markup.TROUBLES,
    "pdf": hostile_pdfs.TROUBLES,
    "text": hostile_texts.TROUBLES,
    "empty": hostile_texts.EMPTY,
    "noise": hostile_texts.NOISE,
}
_CASES = [
    pytest.param(trouble, id=f"{group}: {name}")
    for group, troubles in _GROUPS.items()
    for name, trouble in troubles.items()
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[FileReader]:
    workshop = Workshop()
    yield FileReader(workshop)
    await workshop.aclose()


async def read_next(reader: FileReader, folder: Path) -> Document:
    path = folder / "next.txt"
    path.write_text("The next file.", encoding="utf-8")
    return await reader.read(Attachment("next.txt", "text/plain", path, 14))


def touched(folder: Path) -> set[str]:
    return {path.name for path in folder.parent.rglob("*")}


@pytest.mark.parametrize("trouble", _CASES)
async def test_a_hostile_file_harms_nothing(reader: FileReader, tmp_path: Path, trouble: Trouble) -> None:
    folder = tmp_path / "conversation" / "files"
    folder.mkdir(parents=True)
    file = trouble.planted(folder)
    before, there = memory_bytes(), touched(folder)
    got = await outcome(reader, file)
    assert not faults(got, trouble.name, trouble.said)
    assert memory_bytes() - before < _MOST_MEMORY_BYTES
    assert touched(folder) == there
    file.path.unlink()
    assert (await read_next(reader, folder)).passages == (Passage("line 1", "The next file."),)


async def test_a_table_of_200_mb_is_read_as_far_as_the_limit(reader: FileReader, tmp_path: Path) -> None:
    file = Trouble("rows.csv", hostile_texts.written_table).planted(tmp_path)
    before = memory_bytes()
    got = await outcome(reader, file)
    file.path.unlink()
    assert isinstance(got, Document)
    assert got.passages[0].place.startswith("rows 2-")
    assert got.notes
    assert memory_bytes() - before < _MOST_MEMORY_BYTES


async def test_several_hostile_files_at_once_harm_nothing(tmp_path: Path) -> None:
    workshop = Workshop(size=2)
    reader = FileReader(workshop)
    files = []
    for name in ("drawing in itself", "packed twice", "huge picture", "10,000 pages"):
        folder = tmp_path / name
        folder.mkdir()
        files.append(hostile_pdfs.TROUBLES[name].planted(folder))
    got = await asyncio.gather(*(outcome(reader, file) for file in files))
    assert not [fault for file, result in zip(files, got, strict=True) for fault in faults(result, file.name)]
    assert (await read_next(reader, tmp_path)).passages
    await workshop.aclose()
