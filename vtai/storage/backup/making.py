"""Taking a backup. The server may run and be used: what the tables tell is of one moment."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, select

from vtai.core.errors import StorageUnavailable
from vtai.storage.backup import postgresql, sqlite
from vtai.storage.backup.archive import DATABASE, Manifest, Stopped, Writer, written
from vtai.storage.backup.aside import aside
from vtai.storage.database import Database
from vtai.storage.files.blobs import place
from vtai.storage.tables import files, metadata

Result = TypeVar("Result")

CONFIG: Final = re.compile(r"\.env|[a-z][a-z0-9_-]{0,32}\.toml", re.ASCII)


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is. `files` is the folder of people's files, None where they are in another store.

    `extras` are SQLite files in the data folder that somebody else knows.
    """

    database: Database
    data_dir: Path
    config_dir: Path
    files: Path | None
    extras: Sequence[str]
    version: str = ""


async def make(places: Places, path: Path, *, with_config: bool = False) -> Manifest:
    """Writes a backup to a file that is not there yet. With the configuration come all keys.

    A PostgreSQL database must be open. Raises BadArguments, StorageUnavailable.
    """
    async with aside(path.parent) as scratch:
        tables: dict[str, tuple[Path, tuple[str, ...], int]] = {}
        keys: list[str] = []
        revision = ""
        if not places.database.is_sqlite:

            def work(
                connection: Connection,
            ) -> tuple[dict[str, tuple[Path, tuple[str, ...], int]], list[str], str]:
                dumped = postgresql.dump(connection, scratch)
                kept = list(connection.scalars(select(files.c.key).order_by(files.c.key)))
                return dumped, kept, postgresql.revision(connection)

            tables, keys, revision = await places.database.read(work)
        making = _Making(places, scratch, tables, keys, revision, with_config=with_config)
        return await in_thread(lambda stop: making.write(path, stop))


class _Making:
    """One backup on its way to its file."""

    def __init__(
        self,
        places: Places,
        scratch: Path,
        tables: dict[str, tuple[Path, tuple[str, ...], int]],
        keys: list[str],
        revision: str,
        *,
        with_config: bool,
    ) -> None:
        self._places = places
        self._scratch = scratch
        self._tables = tables
        self._keys = keys
        self._revision = revision
        self._with_config = with_config

    def write(self, path: Path, stop: threading.Event) -> Manifest:
        counts = {table: count for table, (_, _, count) in self._tables.items()}
        with written(path, stop) as writer:
            if (live := self._places.database.file) is not None:
                counts = self._add_database(writer, live)
            for table, (dumped, _, _) in self._tables.items():
                writer.add(f"tables/{table}", dumped)
            self._add_extras(writer)
            missing = self._add_files(writer)
            manifest = Manifest(
                "sqlite" if self._places.database.is_sqlite else "postgresql",
                self._revision,
                time.time(),
                self._places.version,
                counts,
                has_files=self._places.files is not None,
                missing=missing,
                columns={table: columns for table, (_, columns, _) in self._tables.items()},
            )
            writer.end(manifest)
        return manifest

    def _add_database(self, writer: Writer, live: Path) -> dict[str, int]:
        if not live.exists():
            raise StorageUnavailable("There is nothing to back up yet.", "Start VT.ai once.")
        copied = self._scratch / DATABASE
        sqlite.copy(live, copied)
        self._revision = sqlite.revision(copied)
        self._keys = sqlite.keys(copied)
        writer.add(DATABASE, copied)
        return sqlite.counts(copied, [table.name for table in metadata.sorted_tables])

    def _add_extras(self, writer: Writer) -> None:
        for name in self._places.extras:
            if (live := self._places.data_dir / name).exists():
                sqlite.copy(live, self._scratch / name)
                writer.add(f"extra/{name}", self._scratch / name)
        if not self._with_config or not self._places.config_dir.is_dir():
            return
        for file in sorted(self._places.config_dir.iterdir()):
            if CONFIG.fullmatch(file.name) and file.is_file():
                writer.add(f"config/{file.name}", file)

    def _add_files(self, writer: Writer) -> int:
        """How many were not there: deleted since, or not put yet."""
        missing = 0
        if (folder := self._places.files) is None:
            return missing
        for key in self._keys:
            try:
                writer.add(f"files/{key[:2]}/{key[2:]}", place(folder, key))
            except FileNotFoundError:
                missing += 1
        return missing


async def in_thread(work: Callable[[threading.Event], Result]) -> Result:
    """The work in a thread; who stops waiting sets the event. Raises StorageUnavailable."""
    stop = threading.Event()
    running = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        # It takes its unfinished file away before anything else is.
        with suppress(Stopped, OSError, sqlite3.Error):
            await running
        raise
    except sqlite3.Error as error:
        raise StorageUnavailable(
            "A database in the data folder cannot be read or written.",
            "Try again, or look at it with `vtai doctor`.",
        ) from error
    except OSError as error:
        raise StorageUnavailable(
            "The backup, or what belongs in it, cannot be read or written.",
            "See that both folders are writable and the disk is not full.",
        ) from error
