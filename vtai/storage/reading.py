"""Reading conversations: plain functions within one transaction."""

from __future__ import annotations

from sqlalchemy import Connection, select, tuple_

from vtai.core.history import Conversation, Page, Record
from vtai.storage import cursors, records
from vtai.storage.tables import conversations, elements, exchanges, steps


def page(
    connection: Connection, person: str, after: tuple[float, str] | None, limit: int
) -> Page[Conversation]:
    """A person's conversations, the one changed last first."""
    order = (conversations.c.changed_at, conversations.c.id)
    statement = select(conversations).where(conversations.c.person == person)
    if after is not None:
        statement = statement.where(tuple_(*order) < after)
    newest_first = statement.order_by(*(column.desc() for column in order)).limit(limit + 1)
    found = tuple(map(records.conversation, connection.execute(newest_first)))
    if len(found) <= limit:
        return Page(found)
    last = found[limit - 1]
    return Page(found[:limit], cursors.at(last.changed_at, last.id))


def record(connection: Connection, conversation: str, *, with_content: bool) -> tuple[Record | None, bool]:
    """A conversation, whoever's it is, and whether a person gave it its name."""
    found = connection.execute(select(conversations).where(conversations.c.id == conversation)).first()
    if found is None:
        return None, False
    header = records.conversation(found)
    if not with_content:
        return Record(header), found.is_named
    rows = {
        table.name: connection.execute(
            select(table).where(table.c.conversation == conversation).order_by(table.c.position)
        )
        for table in (steps, elements, exchanges)
    }
    whole = Record(
        header,
        tuple(map(records.step, rows["steps"])),
        tuple(map(records.element, rows["elements"])),
        tuple(map(records.exchange, rows["exchanges"])),
    )
    return whole, found.is_named
