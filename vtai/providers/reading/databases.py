"""Reads SQLite databases: their tables, how many rows each has, and the first of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

from vtai.core.documents import Passage
from vtai.providers.reading.source import Note, Piece, Source, damaged
from vtai.providers.reading.splitting import cut
from vtai.providers.reading.table_rows import of_rows

_MOST_TABLES = 100
_MOST_ROWS = 200
_LONGEST_VALUE = 500


def read(source: Source) -> Iterator[Piece]:
    try:
        with closing(sqlite3.connect(f"{source.path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            # Views and generated columns of an unknown file are not run.
            database.execute("PRAGMA trusted_schema = OFF")
            tables = database.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
                " AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).fetchall()
            for name, sql in tables[:_MOST_TABLES]:
                yield from _table(database, str(name), str(sql))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise damaged(source.name) from error
    if len(tables) > _MOST_TABLES:
        yield Note(f"Read {_MOST_TABLES} of {len(tables):,} tables.")


def _table(database: sqlite3.Connection, name: str, sql: str) -> Iterator[Piece]:
    quoted = '"' + name.replace('"', '""') + '"'
    # The name is quoted; tables cannot be parameters.
    count = database.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0]  # noqa: S608 quoted above
    rows = database.execute(f"SELECT * FROM {quoted} LIMIT {_MOST_ROWS}")  # noqa: S608 quoted above
    about = f"Table {name} with {count:,} rows.\n{sql}"
    yield from (Passage(f"table {name}", part) for part in cut(about))
    header = [column[0] for column in rows.description]
    numbered = ((number, [_shown(value) for value in row]) for number, row in enumerate(rows, start=1))
    yield from of_rows(_with_header(header, numbered), f"table {name}, ")
    if count > _MOST_ROWS:
        yield Note(f"Read {_MOST_ROWS} of {count:,} rows of table {name}.")


def _with_header(header: list[str], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield 0, header
    yield from rows


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{len(value):,} bytes" if isinstance(value, bytes) else str(value)[:_LONGEST_VALUE]
