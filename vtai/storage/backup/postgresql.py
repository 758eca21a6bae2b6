"""The tables of a PostgreSQL database as files, and files as tables again, each in one transaction.

PostgreSQL's own COPY writes and reads them, so every type comes back as it was; no other program is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from vtai.core.errors import StorageUnavailable
from vtai.storage import migrating
from vtai.storage.backup.archive import BadBackup
from vtai.storage.tables import metadata

_VERSIONS: Final = "alembic_version"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_PIECE: Final = 1024 * 1024


def dump(connection: Connection, folder: Path) -> dict[str, tuple[Path, tuple[str, ...], int]]:
    """Each table as a file, with its columns and rows, all of one moment. Raises SQLAlchemyError, OSError."""
    connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    told: dict[str, tuple[Path, tuple[str, ...], int]] = {}
    for table in metadata.sorted_tables:
        columns = tuple(column.name for column in table.columns)
        path = folder / table.name
        with _driver(connection).cursor() as cursor, path.open("wb") as file:
            with cursor.copy(f"COPY {_listed(table.name, columns)} TO STDOUT") as pieces:
                for piece in pieces:
                    file.write(piece)
            told[table.name] = (path, columns, max(0, cursor.rowcount))
    return told


def revision(connection: Connection) -> str:
    """The revision of the tables. Raises SQLAlchemyError."""
    return str(connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar_one())  # noqa: S608 - a constant


def load(
    connection: Connection,
    at: str,
    tables: Mapping[str, Path],
    columns: Mapping[str, tuple[str, ...]],
) -> None:
    """Puts these tables in place of those that are there, and brings them up to date from revision `at`.

    Who reads or writes meanwhile waits, and sees all of it afterwards. Raises SQLAlchemyError, BadBackup.
    """
    connection.execute(text("SET LOCAL lock_timeout = '60s'"))
    for table in (_VERSIONS, *(table.name for table in metadata.sorted_tables)):
        connection.execute(text(f"DROP TABLE IF EXISTS {_quoted(table)} CASCADE"))
    migrating.run(connection, at)
    # In the order in which they were written: first those that others refer to.
    for table, path in tables.items():
        names = columns.get(table, ())
        if not all(map(_NAME.fullmatch, (table, *names))) or not inspect(connection).has_table(table):
            raise BadBackup("The backup has tables that nobody knows.", "Take another one.")
        statement = f"COPY {_listed(table, names)} FROM STDIN"
        with (
            _translated(),
            path.open("rb") as file,
            _driver(connection).cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            while piece := file.read(_PIECE):
                copy.write(piece)
        _count_on(connection, table)
    migrating.run(connection)


def _count_on(connection: Connection, table: str) -> None:
    """New numbers follow those that were brought."""
    for column in inspect(connection).get_columns(table):
        if not column.get("autoincrement") or column["name"] != "id":
            continue
        sequence = text("SELECT pg_get_serial_sequence(:table, :column)")
        name = connection.execute(sequence, {"table": table, "column": column["name"]}).scalar_one()
        if name is not None:
            last = f"SELECT coalesce(max({_quoted(column['name'])}), 0) + 1 FROM {_quoted(table)}"  # noqa: S608 - checked names
            connection.execute(text(f"SELECT setval(:name, ({last}), false)"), {"name": name})


@contextmanager
def _translated() -> Iterator[None]:
    """What the driver says by itself, in words of our own."""
    import psycopg

    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
        raise BadBackup("A table in the backup is damaged.", "Take another one.") from error
    except psycopg.Error as error:
        raise StorageUnavailable("The store cannot be reached just now.", "Try again.") from error


def _driver(connection: Connection) -> Any:
    """psycopg's own connection, in the same transaction."""
    return connection.connection.driver_connection


def _listed(table: str, columns: tuple[str, ...]) -> str:
    return f"{_quoted(table)} ({', '.join(map(_quoted, columns))})"


def _quoted(name: str) -> str:
    return f'"{name}"'
