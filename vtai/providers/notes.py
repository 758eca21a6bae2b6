"""What people had kept, in one SQLite file in the data folder."""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from vtai.core.errors import BadArguments, VTError
from vtai.core.ports import Remembered
from vtai.providers.sqlite_file import Failure, SqliteFile

FILE_NAME: Final = "notes.db"
MOST_PER_PERSON: Final = 500
MOST_CHARACTERS: Final = 1_000

_WORD = re.compile(r"\w+")
_GIVE = "UPDATE notes SET person = ? WHERE person = ?"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, text TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS notes_by_person ON notes (person, at);
"""


class NotesUnavailable(VTError):
    """The file of notes cannot be read or written."""


class FileNotes:
    """The notes port on a file that several processes may use at once."""

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = SqliteFile(data_dir / FILE_NAME, _SCHEMA, _told)
        self._clock = clock

    async def add(self, person: str, text: str) -> Remembered:
        """As the port says. Raises NotesUnavailable, as all of these do."""
        text = " ".join(text.split())
        if not text or len(text) > MOST_CHARACTERS:
            raise BadArguments("The note is empty or too long.", f"Use 1 to {MOST_CHARACTERS:,} characters.")
        note = Remembered(secrets.token_hex(8), text, self._clock())
        await self._file.run(lambda connection: _add(connection, person, note))
        return note

    async def find(self, person: str, query: str = "", limit: int = 20) -> Sequence[Remembered]:
        notes = await self._file.run(lambda connection: _of(connection, person))
        words = _words(query)
        if not words:
            return notes[:limit]
        shared = [(len(words & _words(note.text)), note) for note in notes]
        best = sorted((pair for pair in shared if pair[0]), key=lambda pair: -pair[0])
        return [note for _, note in best[:limit]]

    async def remove(self, person: str, note_id: str) -> bool:
        return await self._file.run(lambda connection: _remove(connection, person, note_id))

    async def give(self, source: str, target: str) -> int:
        """Makes all of one person another one's; how many."""
        return await self._file.run(lambda connection: connection.execute(_GIVE, (target, source)).rowcount)

    async def close(self) -> None:
        await self._file.close()


def _add(connection: sqlite3.Connection, person: str, note: Remembered) -> None:
    (count,) = connection.execute("SELECT count(*) FROM notes WHERE person = ?", (person,)).fetchone()
    if count >= MOST_PER_PERSON:
        raise BadArguments(
            f"There are {MOST_PER_PERSON} notes already.", "Delete some under Settings, Assistant."
        )
    connection.execute("INSERT INTO notes VALUES (?, ?, ?, ?)", (note.id, person, note.text, note.at))


def _of(connection: sqlite3.Connection, person: str) -> list[Remembered]:
    rows = connection.execute(
        "SELECT id, text, at FROM notes WHERE person = ? ORDER BY at DESC, rowid DESC", (person,)
    )
    return [Remembered(*row) for row in rows]


def _remove(connection: sqlite3.Connection, person: str, note_id: str) -> bool:
    return connection.execute("DELETE FROM notes WHERE person = ? AND id = ?", (person, note_id)).rowcount > 0


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def _told(_: Failure) -> NotesUnavailable:
    return NotesUnavailable(
        "The notes cannot be read or written now.",
        "Try again; if it stays so, the operator should check the data folder's disk and rights.",
    )
