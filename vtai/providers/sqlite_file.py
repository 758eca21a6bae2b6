"""A SQLite file for one purpose, which several processes may use at once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from vtai.core.errors import VTError

Result = TypeVar("Result")
Failure = sqlite3.Error | OSError

_BUSY_S = 5.0
_AGAIN_S = 0.01


class SqliteFile:
    """Opened by the first work. `told` says in words what went wrong with the file."""

    def __init__(self, path: Path, schema: str, told: Callable[[Failure], VTError]) -> None:
        self._path = path
        self._schema = schema
        self._told = told
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """The work in a thread, in a transaction of its own. Raises what `told` gives."""
        return await asyncio.to_thread(self._run, work)

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            with self._lock:
                self._connection = self._connection or _opened(self._path, self._schema)
                with self._connection:
                    return work(self._connection)
        except (sqlite3.Error, OSError) as error:
            raise self._told(error) from error

    def _close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


def _opened(path: Path, schema: str) -> sqlite3.Connection:
    """The file with its tables, readable by its owner alone; made where it is missing.

    Raises OSError or sqlite3.Error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # SQLite gives the files that it puts beside this one the same rights.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False)
    try:
        _log_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(schema)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Readers and the writer do not wait for each other from here on.

    Where two switch at once SQLite refuses one of them without waiting (https://sqlite.org/wal.html).
    """
    end = time.monotonic() + _BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(_AGAIN_S)
        else:
            return
