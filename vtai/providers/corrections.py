"""What people corrected, kept in one SQLite file in the data folder."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Final

from vtai.core.errors import VTError
from vtai.core.ports import Correction
from vtai.providers.sqlite_file import Failure, SqliteFile

FILE_NAME: Final = "corrections.db"
# Of one person; the oldest go first. What was promoted stays.
MOST_PER_PERSON: Final = 1_000

_MOST_TEXT = 4_000
_MOST_CONTEXT = 1_000
_MOST_REMEMBERED = 64
_COLUMNS = tuple(field.name for field in fields(Correction))
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_GIVE = "UPDATE corrections SET person = ? WHERE person = ?"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS corrections (
    id TEXT PRIMARY KEY, person TEXT NOT NULL, text TEXT NOT NULL, context TEXT NOT NULL,
    previous_route TEXT NOT NULL, wrong TEXT NOT NULL, "right" TEXT NOT NULL, at REAL NOT NULL,
    is_shared INTEGER NOT NULL, files TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS by_person ON corrections (person, at);
CREATE INDEX IF NOT EXISTS by_shared ON corrections (is_shared) WHERE is_shared;
"""


class CorrectionsUnavailable(VTError):
    """The file of corrections cannot be read or written."""


class FileCorrections:
    """The corrections port on a file that several processes may use at once."""

    def __init__(self, data_dir: Path, most: int = MOST_PER_PERSON) -> None:
        self._file = SqliteFile(data_dir / FILE_NAME, _SCHEMA, _told)
        self._most = most
        self._remembered: OrderedDict[str, tuple[Correction, ...]] = OrderedDict()
        self._version = 0

    async def add(self, correction: Correction) -> None:
        """Raises CorrectionsUnavailable, as all of these do."""
        await self._file.run(lambda connection: self._add(connection, correction))

    async def of(self, person: str) -> Sequence[Correction]:
        """As the port says; the same object as long as nothing has changed. Others' names are left out."""
        return await self._file.run(lambda connection: self._of(connection, person))

    async def remove(self, person: str, correction_id: str) -> bool:
        statement = "DELETE FROM corrections WHERE id = ? AND person = ?"
        return await self._change(statement, (correction_id, person))

    async def promote(self, correction_id: str) -> bool:
        statement = "UPDATE corrections SET is_shared = 1 WHERE id = ?"
        return await self._change(statement, (correction_id,))

    async def give(self, source: str, target: str) -> int:
        """Makes all of one person another one's; how many."""

        def work(connection: sqlite3.Connection) -> int:
            self._remembered.clear()
            return connection.execute(_GIVE, (target, source)).rowcount

        return await self._file.run(work)

    async def close(self) -> None:
        await self._file.close()
        self._remembered.clear()

    async def _change(self, statement: str, values: tuple[str, ...]) -> bool:
        def work(connection: sqlite3.Connection) -> bool:
            self._remembered.clear()
            return connection.execute(statement, values).rowcount > 0

        return await self._file.run(work)

    def _add(self, connection: sqlite3.Connection, correction: Correction) -> None:
        self._remembered.clear()
        kept = replace(
            correction,
            text=_whole(correction.text[:_MOST_TEXT]),
            context=_whole(correction.context[-_MOST_CONTEXT:]),
        )
        marks = ", ".join("?" * len(_COLUMNS))
        # Names and marks come from the dataclass, values go in by themselves.
        connection.execute(f"INSERT INTO corrections ({_NAMES}) VALUES ({marks})", astuple(kept))  # noqa: S608
        connection.execute(
            "DELETE FROM corrections WHERE id IN (SELECT id FROM corrections WHERE person = ? AND"
            " NOT is_shared ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)",
            (correction.person, self._most),
        )

    def _of(self, connection: sqlite3.Connection, person: str) -> tuple[Correction, ...]:
        # Changes whenever another connection, perhaps of another process, has written.
        version = int(connection.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            self._remembered.clear()
            self._version = version
        if (known := self._remembered.get(person)) is not None:
            self._remembered.move_to_end(person)
            return known
        rows = connection.execute(
            f"SELECT {_NAMES} FROM corrections WHERE person = ? OR is_shared ORDER BY at, rowid",  # noqa: S608 - see above
            (person,),
        )
        found = tuple(_correction(row, person) for row in rows)
        self._remembered[person] = found
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return found


def _whole(text: str) -> str:
    """Without halves of characters, which SQLite refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _correction(row: tuple[object, ...], person: str) -> Correction:
    values = dict(zip(_COLUMNS, row, strict=True))
    owner = values["person"] if values["person"] == person else ""
    return Correction(**(values | {"person": owner, "is_shared": bool(values["is_shared"])}))  # type: ignore[arg-type]  # the table's types are the dataclass's


def _told(error: Failure) -> CorrectionsUnavailable:
    """The one table of what can go wrong with the file."""
    reason = str(error).lower()
    if isinstance(error, sqlite3.OperationalError) and ("locked" in reason or "busy" in reason):
        return CorrectionsUnavailable("Your corrections are being changed elsewhere.", "Try again.")
    if isinstance(error, OSError | sqlite3.OperationalError):
        return CorrectionsUnavailable(
            "The corrections in the data folder cannot be read or written.",
            "Make the data folder writable and see that the disk is not full.",
        )
    return CorrectionsUnavailable(
        f"The file {FILE_NAME} in the data folder is damaged.", "Move it away; a new one is made."
    )
