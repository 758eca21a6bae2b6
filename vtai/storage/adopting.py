"""Giving all that one person keeps to another one, within one transaction."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Table, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import TSVECTOR

from vtai.core.history import Adopted
from vtai.storage import indexing
from vtai.storage.tables import conversations, feedback, files, keys, sayings, shares, spent

# A server may just be writing to the same rows.
_PATIENCE: Final = text("SET LOCAL lock_timeout = '60s'")


def adopt(connection: Connection, source: str, target: str, now: float) -> Adopted:
    """Makes all of it the target's. Keys are revoked instead: whoever holds one would be the target then."""
    if connection.dialect.name == "postgresql":
        connection.execute(_PATIENCE)
    size = select(func.coalesce(func.sum(files.c.size_bytes), 0)).where(files.c.person == source)
    size_bytes = int(connection.execute(size).scalar_one())
    # Conversations first: whoever writes to one holds its row.
    moved = _give(connection, conversations, source, target)
    _let_find(connection, source, target)
    counting = (keys.c.person == source, keys.c.revoked_at.is_(None))
    return Adopted(
        conversations=moved,
        files=_give(connection, files, source, target),
        size_bytes=size_bytes,
        shares=_give(connection, shares, source, target),
        feedback=_give(connection, feedback, source, target),
        turns=_give(connection, spent, source, target),
        keys=connection.execute(update(keys).where(*counting).values(revoked_at=now)).rowcount,
    )


def _give(connection: Connection, table: Table, source: str, target: str) -> int:
    """How many rows it were. Every one of these tables says in `person` whose a row is."""
    return connection.execute(update(table).where(table.c.person == source).values(person=target)).rowcount


def _let_find(connection: Connection, source: str, target: str) -> None:
    """Puts the target in the source's place in what the search looks at."""
    theirs = select(conversations.c.id).where(conversations.c.person == target)
    for is_name in (False, True):
        old, new = (indexing.owner(person, is_name=is_name) for person in (source, target))
        values: dict[str, object] = {"owner": new}
        if connection.dialect.name == "postgresql":
            rest = func.ts_delete(sayings.c.words, indexing.lexeme(old), type_=TSVECTOR)
            values["words"] = rest.op("||")(cast(f"'{indexing.lexeme(new)}'", TSVECTOR))
        is_old = (sayings.c.owner == old, sayings.c.conversation.in_(theirs))
        connection.execute(update(sayings).where(*is_old).values(values))
