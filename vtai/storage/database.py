"""One database for all that is kept: SQLite by default, PostgreSQL by URL. It never blocks the event loop.

Work is a plain function over a connection. It runs in a thread, in one transaction, and may run again where
the database asks for that, so it changes nothing but the database.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from vtai.core.errors import SettingsError, StorageUnavailable, VTError
from vtai.storage import addresses

if TYPE_CHECKING:
    from pydantic import SecretStr

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

FILE_NAME: Final = "vtai.db"
_BUSY_MS = 10_000
_CONNECT_S = 10
_READERS = 4
_TRIES = 3
_SMALL = text("SELECT 1")
# What PostgreSQL says where two transactions cross: https://www.postgresql.org/docs/current/errcodes-appendix.html
_CROSSED = frozenset({"40001", "40P01"})


class Database:
    """Opened with `open`, closed with `aclose`. Every method raises StorageUnavailable."""

    def __init__(self, url: SecretStr | None, data_dir: Path, readers: int = _READERS) -> None:
        self._url = _parsed(url.get_secret_value()) if url else _file_url(data_dir)
        self._engine: Engine | None = None
        # SQLite has one writer at a time; waiting for it in a queue is fairer than in its busy handler.
        writers = 1 if self.is_sqlite else readers
        self._reading = ThreadPoolExecutor(readers, thread_name_prefix="read")
        self._writing = ThreadPoolExecutor(writers, thread_name_prefix="write")

    @property
    def is_sqlite(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(self._url.database) if self.is_sqlite and self._url.database else None

    async def open(self) -> None:
        """Makes or brings up to date the tables."""
        await self._run(self._writing, self._open)

    async def read(self, work: Work[Result]) -> Result:
        """What the work gives. It must not write."""
        return await self._run(self._reading, lambda: self._within(work, is_writing=False))

    async def write(self, work: Work[Result]) -> Result:
        """What the work gives, once it is on disk."""
        return await self._run(self._writing, lambda: self._within(work, is_writing=True))

    async def look(self) -> None:
        """Asks it something small."""
        await self.read(lambda connection: connection.execute(_SMALL).scalar())

    async def aclose(self) -> None:
        """What is being written is finished first."""
        await asyncio.to_thread(self._writing.shutdown)
        await asyncio.to_thread(self._reading.shutdown)
        if self._engine is not None:
            self._engine.dispose()

    async def reach(self) -> None:
        """Like `open`, with the tables as they are. A file has to be there."""
        await self._run(self._writing, self._reach)

    def _open(self) -> None:
        from vtai.storage import migrating

        if (file := self.file) is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            # SQLite gives the files that it puts beside this one the same rights.
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        migrating.upgrade(self._reach())

    def _reach(self) -> Engine:
        if self._engine is None:
            self._engine = _engine(self._url)
        return self._engine

    def _within(self, work: Work[Result], *, is_writing: bool) -> Result:
        if self._engine is None:
            raise StorageUnavailable("The store is not open yet.", "Try again in a moment.")
        for tries_left in reversed(range(_TRIES)):
            try:
                with self._engine.connect() as connection:
                    connection.info["is_writing"] = is_writing
                    if not (is_writing or self.is_sqlite):
                        # One state for all that is read, as SQLite has it anyway.
                        connection.execution_options(isolation_level="REPEATABLE READ")
                    with connection.begin():
                        return work(connection)
            except DBAPIError as error:
                if not tries_left or getattr(error.orig, "sqlstate", None) not in _CROSSED:
                    raise
        raise AssertionError("unreachable")

    async def _run(self, executor: ThreadPoolExecutor, work: Callable[[], Result]) -> Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, work)
        except VTError:
            raise
        except (SQLAlchemyError, OSError, RuntimeError) as error:
            raise _told(error) from error


def _parsed(text: str) -> URL:
    """The URL with the driver that we bring. Raises SettingsError."""
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError) as error:
        raise addresses.bad() from error
    match url.get_backend_name():
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite" if url.database and url.database != ":memory:":
            return url.set(drivername="sqlite+pysqlite")
        case _:
            raise addresses.bad()


def _file_url(data_dir: Path) -> URL:
    return URL.create("sqlite+pysqlite", database=str(data_dir / FILE_NAME))


def _engine(url: URL) -> Engine:
    # Errors end up in logs, and their parameters are what people wrote.
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(
                url,
                hide_parameters=True,
                pool_pre_ping=True,
                pool_size=_READERS * 2,
                # Prepared statements are planned without what is looked for, and not every pooler takes them.
                connect_args={"connect_timeout": _CONNECT_S, "prepare_threshold": None},
            )
        except ImportError as error:
            raise SettingsError(
                "VT_DATABASE_URL names a PostgreSQL database, and its driver is not installed.",
                "Install it: VTAI_EXTRAS=postgres ./run.sh - or leave the setting out for a file of its own.",
            ) from error
    arguments = {"check_same_thread": False, "timeout": _BUSY_MS / 1000}
    engine = create_engine(url, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:
    # The driver would begin transactions by its own rules: https://docs.sqlalchemy.org/dialects/sqlite.html
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        # What was acknowledged survives the end of the process; FULL would be for the end of the power.
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "cache_size = -16000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Who will write says so at once: a transaction that begins to write later can only fail."""
    is_writing = connection.info.get("is_writing", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _told(error: Exception) -> StorageUnavailable:
    """The one table of what can go wrong with the database. Nothing of its own words gets out."""
    reason = str(error).lower()
    if isinstance(error, OperationalError) and ("locked" in reason or "busy" in reason):
        return StorageUnavailable("The store is busy just now.", "Try again.")
    if "malformed" in reason or "not a database" in reason:
        return StorageUnavailable(
            f"The file {FILE_NAME} in the data folder is damaged.",
            "Restore a backup with `vtai restore`, or move the file away; a new one is made.",
        )
    if isinstance(error, OSError) or "unable to open" in reason or "readonly" in reason or "full" in reason:
        return StorageUnavailable(
            "The store in the data folder cannot be read or written.",
            "Make the data folder writable and see that the disk is not full.",
        )
    return StorageUnavailable(
        "The store cannot be reached just now.", "Try again; if it stays so, the operator should look at it."
    )
