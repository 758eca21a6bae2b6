"""What people had kept: each their own, on one file that several may use."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from vtai.core.errors import BadArguments
from vtai.core.ports import Notes
from vtai.providers import notes as module
from vtai.providers.notes import MOST_CHARACTERS, MOST_PER_PERSON, FileNotes, NotesUnavailable


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncGenerator[FileNotes, None]:
    ticks = iter(range(10_000))
    made = FileNotes(tmp_path / "data", clock=lambda: float(next(ticks)))
    yield made
    await made.close()


async def texts(notes: Notes, person: str, query: str = "", limit: int = 20) -> list[str]:
    return [note.text for note in await notes.find(person, query, limit)]


async def test_the_newest_come_first(notes: FileNotes) -> None:
    fits: Notes = notes
    kept = [await fits.add("ann", text) for text in ("one", "two", "three")]
    assert [note.at for note in kept] == [0.0, 1.0, 2.0]
    assert await texts(notes, "ann") == ["three", "two", "one"]
    assert await texts(notes, "ann", limit=2) == ["three", "two"]


async def test_the_best_come_first_for_a_question(notes: FileNotes) -> None:
    for text in ("Ann likes green tea.", "Tea is at five.", "The green car is Ann's.", "Nothing here."):
        await notes.add("ann", text)
    assert await texts(notes, "ann", "green TEA?") == [
        "Ann likes green tea.",
        "The green car is Ann's.",
        "Tea is at five.",
    ]
    assert await texts(notes, "ann", "coffee") == []
    assert len(await texts(notes, "ann", "?!")) == 4, "without a word there is no question"


async def test_nobody_sees_or_removes_what_is_anothers(notes: FileNotes) -> None:
    kept = await notes.add("ann", "a secret")
    assert await texts(notes, "ben") == []
    assert await texts(notes, "ben", "secret") == []
    assert not await notes.remove("ben", kept.id)
    assert await texts(notes, "ann") == ["a secret"]
    assert await notes.remove("ann", kept.id)
    assert not await notes.remove("ann", kept.id)
    assert await texts(notes, "ann") == []


@pytest.mark.parametrize("person", ["' OR 1=1 --", "", "ann%", "ünïcode"])
async def test_a_name_is_only_a_name(notes: FileNotes, person: str) -> None:
    await notes.add("ann", "hers")
    await notes.add(person, "theirs")
    assert await texts(notes, person) == ["theirs"]
    assert not await notes.remove(person, "' OR 1=1 --")


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (MOST_CHARACTERS + 1)], ids=["empty", "space", "long"])
async def test_what_is_no_note_is_refused(notes: FileNotes, text: str) -> None:
    with pytest.raises(BadArguments):
        await notes.add("ann", text)


async def test_a_note_is_one_line(notes: FileNotes) -> None:
    assert (await notes.add("ann", " one\n  two\t")).text == "one two"


async def test_nobody_keeps_too_many(notes: FileNotes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_PER_PERSON >= 100
    monkeypatch.setattr(module, "MOST_PER_PERSON", 3)
    for number in range(3):
        await notes.add("ann", f"note {number}")
    with pytest.raises(BadArguments, match="3 notes already"):
        await notes.add("ann", "one more")
    await notes.add("ben", "his own")


async def test_notes_outlive_the_process_and_are_shared_among_several(tmp_path: Path) -> None:
    one, two = FileNotes(tmp_path), FileNotes(tmp_path)
    await asyncio.gather(
        *(store.add("ann", f"{name} {n}") for n in range(10) for name, store in (("one", one), ("two", two)))
    )
    assert len(await one.find("ann", limit=50)) == len(await two.find("ann", limit=50)) == 20
    await one.close()
    await two.close()
    await two.close()
    again = FileNotes(tmp_path)
    assert len(await again.find("ann", limit=50)) == 20
    await again.close()


async def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    store = FileNotes(tmp_path / "new")
    await store.add("ann", "x")
    for path in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await store.close()


async def test_nothing_is_written_before_something_is_asked(tmp_path: Path) -> None:
    store = FileNotes(tmp_path / "data")
    await store.close()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", [b"no database at all" * 100, None], ids=["no database", "a folder"])
async def test_a_file_that_cannot_be_used_is_said_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "notes.db"
    path.mkdir() if content is None else path.write_bytes(content)
    store = FileNotes(tmp_path)
    with pytest.raises(NotesUnavailable) as caught:
        await store.find("ann")
    assert str(tmp_path) not in caught.value.message + caught.value.hint
    await store.close()


async def test_a_note_that_fails_half_way_leaves_nothing(notes: FileNotes, tmp_path: Path) -> None:
    await notes.add("ann", "first")
    other = sqlite3.connect(tmp_path / "data" / "notes.db")
    other.execute("DROP TABLE notes")
    other.commit()
    other.close()
    with pytest.raises(NotesUnavailable):
        await notes.add("ann", "second")
