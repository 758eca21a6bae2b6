"""A conversation brought from elsewhere: under new ids, as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, select

from vtai.core.history import Record
from vtai.storage import cleaning, indexing, records
from vtai.storage.tables import conversations, elements, exchanges, files, steps

# SQLite takes 32,766 values in a statement, older ones 999.
_MANY = 500


def anew(record: Record) -> Record:
    """The same with new ids, wherever an old one is told. Nothing in it is open any more."""
    old = record.conversation
    parts = (record.steps, record.elements, record.exchanges)
    ids = {old.id: str(uuid.uuid4())} | {each.id: str(uuid.uuid4()) for part in parts for each in part}
    ids.pop("", None)
    # An element may hang on a step that did not come along.
    steps_ = [
        replace(
            cleaning.step(step),
            id=ids.get(step.id) or str(uuid.uuid4()),
            parent_id=ids.get(step.parent_id or ""),
            is_open=False,
            extra=_renamed(cleaning.data(step.extra), ids),
        )
        for step in record.steps
    ]
    elements_ = [
        replace(
            cleaning.element(element),
            id=ids.get(element.id) or str(uuid.uuid4()),
            step_id=ids.get(element.step_id) or str(uuid.uuid4()),
            extra=_renamed(cleaning.data(element.extra), ids),
        )
        for element in record.elements
    ]
    exchanges_ = [
        replace(
            cleaning.exchange(exchange),
            id=ids.get(exchange.id) or str(uuid.uuid4()),
            extra=_renamed(cleaning.data(exchange.extra), ids),
        )
        for exchange in record.exchanges
    ]
    conversation = replace(
        old,
        id=ids.get(old.id) or str(uuid.uuid4()),
        name=cleaning.name(old.name),
        extra=_renamed(cleaning.data(old.extra), ids),
    )
    return Record(conversation, tuple(steps_), tuple(elements_), tuple(exchanges_))


def add(connection: Connection, person: str, record: Record, now: float) -> str:
    """Writes a conversation that nobody has yet; gives its id. Times that are still to come are now.

    Of the files that it refers to, the person's own stay.
    """
    record = _with_own_files(connection, person, record)
    kept = record.conversation
    made_at = min(kept.made_at or now, now)
    row = {
        "id": kept.id,
        "person": person,
        "name": kept.name,
        "is_named": bool(kept.name),
        "made_at": made_at,
        "changed_at": max(made_at, min(kept.changed_at or now, now)),
        "extra": dict(kept.extra),
    }
    connection.execute(insert(conversations), row)
    whole = (
        (steps, [records.of_step(step) | {"said_at": now} for step in record.steps]),
        (elements, [records.of_element(element) | {"said_at": now} for element in record.elements]),
        (exchanges, list(map(records.of_exchange, record.exchanges))),
    )
    for table, rows in whole:
        placed = [
            each | {"conversation": kept.id, "position": position} for position, each in enumerate(rows, 1)
        ]
        if placed:
            connection.execute(insert(table), placed)
    for step in record.steps:
        if step.kind in indexing.MESSAGES:
            indexing.put(connection, person, kept.id, step.id, step.output)
    indexing.put(connection, person, kept.id, indexing.NAME, kept.name)
    return kept.id


def _with_own_files(connection: Connection, person: str, record: Record) -> Record:
    """Whoever knows the key of somebody else's file does not get at it by writing it into a conversation."""
    told = {element.file for element in record.elements if element.file is not None}
    told.update(*(exchange.attachments + exchange.files for exchange in record.exchanges))
    keys, own = sorted(told), set[str]()
    for start in range(0, len(keys), _MANY):
        some = files.c.key.in_(keys[start : start + _MANY])
        own.update(connection.scalars(select(files.c.key).where(files.c.person == person, some)))
    return replace(
        record,
        elements=tuple(
            each if each.file is None or each.file in own else replace(each, file=None)
            for each in record.elements
        ),
        exchanges=tuple(
            replace(
                each,
                attachments=tuple(key for key in each.attachments if key in own),
                files=tuple(key for key in each.files if key in own),
            )
            for each in record.exchanges
        ),
    )


def _renamed(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with new ids in place of the old ones."""
    match value:
        case str():
            return ids.get(value, value)
        case dict():
            return {ids.get(key, key): _renamed(each, ids) for key, each in value.items()}
        case list():
            return [_renamed(each, ids) for each in value]
        case _:
            return value
