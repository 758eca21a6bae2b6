"""Links to conversations, and thumbs for replies: plain functions within one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select

from vtai.core.history import Feedback, Record, Share
from vtai.storage import indexing, reading, records, writing
from vtai.storage.tables import conversations, elements, feedback, people, shares, steps

_TOKEN_BYTES: Final = 24


def share(connection: Connection, person: str, conversation: str, now: float) -> Share | None:
    """A new link to a conversation of theirs."""
    if not _is_theirs(connection, person, conversation):
        return None
    new = Share(secrets.token_urlsafe(_TOKEN_BYTES), conversation, person, now)
    row = {"token": new.token, "conversation": conversation, "person": person, "at": now}
    connection.execute(insert(shares), row)
    return new


def of(connection: Connection, person: str) -> Sequence[Share]:
    """The person's links, the newest first."""
    newest_first = (shares.c.at.desc(), shares.c.token)
    rows = connection.execute(select(shares).where(shares.c.person == person).order_by(*newest_first))
    return tuple(map(records.share, rows))


def unshare(connection: Connection, person: str, token: str) -> bool:
    same = (shares.c.token == token, shares.c.person == person)
    return connection.execute(delete(shares).where(*same)).rowcount > 0


def shared(connection: Connection, token: str) -> Record | None:
    """Messages as they were when the link was made, with what they show. What tools did stays out.

    Nothing while whoever made the link is suspended.
    """
    is_suspended = exists().where(people.c.id == shares.c.person, people.c.is_suspended)
    link = connection.execute(select(shares).where(shares.c.token == token, ~is_suspended)).first()
    if link is None:
        return None
    whole, _ = reading.record(connection, link.conversation, with_content=False)
    if whole is None:
        return None
    said = _kept(connection, steps, link, steps.c.kind.in_(sorted(indexing.MESSAGES)))
    messages = [records.step(row) for row in said]
    shown = {message.id for message in messages}
    rows = [row for row in _kept(connection, elements, link) if row.step in shown]
    return Record(
        replace(whole.conversation, extra={}),
        tuple(
            replace(message, input="", parent_id=message.parent_id if message.parent_id in shown else None)
            for message in messages
        ),
        tuple(map(records.element, rows)),
    )


def rate(connection: Connection, person: str, conversation: str, given: Feedback) -> bool:
    """Keeps one thumb for a step of theirs, in place of an earlier one."""
    step = (steps.c.conversation == conversation, steps.c.id == given.step_id)
    is_there = connection.execute(select(exists().where(*step))).scalar_one()
    if not (is_there and _is_theirs(connection, person, conversation)):
        return False
    others = (feedback.c.conversation == conversation, feedback.c.step == given.step_id)
    connection.execute(delete(feedback).where(*others))
    row = records.of_thumb(given) | {"conversation": conversation, "person": person}
    writing.put(connection, feedback, [row])
    return True


def unrate(connection: Connection, person: str, feedback_id: str) -> bool:
    same = (feedback.c.id == feedback_id, feedback.c.person == person)
    return connection.execute(delete(feedback).where(*same)).rowcount > 0


def feedback_in(connection: Connection, person: str, conversation: str) -> Sequence[Feedback]:
    """The thumbs in a conversation of theirs, the oldest first."""
    theirs = (feedback.c.conversation == conversation, feedback.c.person == person)
    rows = connection.execute(select(feedback).where(*theirs).order_by(feedback.c.at, feedback.c.id))
    return tuple(map(records.thumb, rows))


def _is_theirs(connection: Connection, person: str, conversation: str) -> bool:
    same = (conversations.c.id == conversation, conversations.c.person == person)
    return bool(connection.execute(select(exists().where(*same))).scalar_one())


def _kept(connection: Connection, table: Any, link: Any, *conditions: ColumnElement[bool]) -> Sequence[Any]:
    """Rows of a conversation that were as they are when the link was made, in their order."""
    until = (table.c.conversation == link.conversation, table.c.said_at <= link.at)
    return connection.execute(select(table).where(*until, *conditions).order_by(table.c.position)).all()
