"""What a crash left behind."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, select, update

from vtai.storage import indexing
from vtai.storage.tables import conversations, gone, steps

# Longer than any change may be late.
_REMEMBERED_S: Final = 30 * 86_400.0


def close_open(connection: Connection, now: float, older_than_s: float) -> int:
    """Marks steps as cut that are open in conversations not changed for so long; how many."""
    columns = (steps.c.conversation, steps.c.id, steps.c.kind, steps.c.output, steps.c.extra)
    found = connection.execute(
        select(*columns, conversations.c.person)
        .join(conversations)
        .where(steps.c.is_open, conversations.c.changed_at <= now - older_than_s)
        .with_for_update()
    ).all()
    for row in found:
        same = (steps.c.conversation == row.conversation, steps.c.id == row.id)
        cut = {"is_open": False, "extra": row.extra | {"cut": True}}
        connection.execute(update(steps).where(*same).values(**cut))
        if row.kind in indexing.MESSAGES:
            indexing.put(connection, row.person, row.conversation, row.id, row.output)
    connection.execute(delete(gone).where(gone.c.at < now - _REMEMBERED_S))
    return len(found)
