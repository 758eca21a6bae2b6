"""Opening a SQLite file that several processes use at once."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

_BUSY_S = 5.0
_AGAIN_S = 0.01


def opened(path: Path, schema: str) -> sqlite3.Connection:
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
