"""Looking at a database without changing anything: which it is, how far its tables are, how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from vtai.storage.database import Database

Tables = Literal["none", "older", "current", "newer"]


@dataclass(frozen=True, slots=True)
class Look:
    """`tables` as this version sees them. `size_bytes` is 0 for a file that is not there yet."""

    kind: str
    tables: Tables
    size_bytes: int


async def look(database: Database) -> Look:
    """Raises StorageUnavailable where it cannot be read and written."""
    file = database.file
    if file is not None and not file.exists():
        return Look("SQLite", "none", 0)
    await database.reach()
    tables, size_bytes = await database.read(_told)
    # Only asks for the right to write.
    await database.write(lambda connection: None)
    return Look("PostgreSQL" if file is None else "SQLite", tables, size_bytes)


def _told(connection: Connection) -> tuple[Tables, int]:
    from vtai.storage import migrating

    current, known = migrating.standing(connection), migrating.revisions()
    tables: Tables = "current"
    if current is None:
        tables = "none"
    elif current != known[-1]:
        tables = "older" if current in known else "newer"
    if connection.dialect.name == "postgresql":
        size = text("SELECT pg_database_size(current_database())")
    else:
        size = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
    return tables, int(connection.execute(size).scalar_one())
