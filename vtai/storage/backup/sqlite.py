"""Copies of SQLite files that others use at the same time, and putting a copy in place of such a file.

Both ways SQLite itself copies the pages, as one transaction: whoever reads or writes meanwhile sees the file
before it or after it, and an end of the process in the middle leaves what was there.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from vtai.storage.backup.archive import BadBackup

_BUSY_S: Final = 60.0
_BESIDE: Final = ("", "-wal", "-shm")


def copy(source: Path, target: Path) -> None:
    """A copy of one moment, in a single file. Raises sqlite3.Error."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    # Only what is there is opened: nothing is made.
    address = f"file:{quote(str(source.absolute()))}?mode=rw"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=_BUSY_S)) as live,
        closing(sqlite3.connect(target, timeout=_BUSY_S)) as made,
    ):
        live.backup(made)
        made.execute("PRAGMA journal_mode = DELETE")


def check(file: Path) -> None:
    """Raises BadBackup where SQLite finds it damaged."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise _damaged() from error
    if found != ("ok",):
        raise _damaged()


def revision(file: Path) -> str:
    """The revision of the tables; empty where there are none. Raises sqlite3.Error."""
    with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.OperationalError):
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found[0]) if found else ""
    return ""


def counts(file: Path, tables: Sequence[str]) -> dict[str, int]:
    """The rows of each table that there is. Raises sqlite3.Error."""
    told: dict[str, int] = {}
    with closing(sqlite3.connect(file)) as connection:
        for table in tables:
            with suppress(sqlite3.OperationalError):
                # Names of our own tables, no input.
                told[table] = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
    return told


def keys(file: Path) -> list[str]:
    """Of the files that the tables tell of. Raises sqlite3.Error."""
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute("SELECT key FROM files ORDER BY key")]


def replace(live: Path, staged: Path) -> bool:
    """Puts the staged file's content in place of the live one's, at once for everybody who has it open.

    A live file that is damaged is moved aside; whether it was. Raises sqlite3.Error, OSError.
    """
    live.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy_into(live, staged)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) or not _is_damaged(error):
            raise
        mark = f".damaged-{int(time.time())}"
        for suffix in _BESIDE:
            with suppress(FileNotFoundError):
                Path(f"{live}{suffix}").replace(f"{live}{mark}{suffix}")
        _copy_into(live, staged)
        return True
    return False


def _copy_into(live: Path, staged: Path) -> None:
    # SQLite gives the files that it puts beside this one the same rights.
    os.close(os.open(live, os.O_CREAT | os.O_RDWR, 0o600))
    with (
        closing(sqlite3.connect(staged)) as source,
        closing(sqlite3.connect(live, timeout=_BUSY_S)) as target,
    ):
        target.execute("PRAGMA journal_mode = WAL")
        source.backup(target)


def _is_damaged(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorname.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB"))


def _damaged() -> BadBackup:
    return BadBackup("A database in the backup is damaged.", "Take another one.")
