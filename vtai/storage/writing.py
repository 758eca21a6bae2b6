"""Writing changes to conversations: plain functions within one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, assert_never

from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from vtai.core.history import (
    Change,
    DropElement,
    DropExchange,
    DropStep,
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredStep,
)
from vtai.storage import indexing, records
from vtai.storage.drafts import Batch, Timed, below
from vtai.storage.records import Values
from vtai.storage.tables import conversations, elements, exchanges, feedback, gone, steps

# SQLite takes 32,766 values in a statement, older ones 999.
_MANY = 500


def write(connection: Connection, batches: Sequence[Batch]) -> None:
    """Writes them in one order everywhere, so that two transactions never wait for each other crosswise."""
    for batch in sorted(batches, key=lambda each: each.conversation):
        if _is_theirs(connection, batch):
            _Writer(connection, batch).write()


def put(
    connection: Connection,
    table: Table,
    rows: Sequence[Values],
    keys: Sequence[str] = ("conversation", "id"),
    once: Iterable[str] = (),
) -> None:
    """Inserts rows or brings them up to date, but for the columns that are written once."""
    if not rows:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = make(table)
    fixed = {*keys, *once}
    changed = {name: new.excluded[name] for name in rows[0] if name not in fixed}
    connection.execute(new.on_conflict_do_update(index_elements=list(keys), set_=changed), list(rows))


def remove(
    connection: Connection, person: str, now: float, conversation: str | None, pending: Sequence[str]
) -> list[str]:
    """Deletes one or all of a person's conversations, for good, those included that wait to be written.

    Gives their ids.
    """
    theirs = select(conversations.c.id).where(conversations.c.person == person)
    if conversation is not None:
        theirs = theirs.where(conversations.c.id == conversation)
    ids = set(connection.scalars(theirs))
    new = [each for each in pending if each not in ids]
    ids.update(set(new).difference(_known(connection, new)))
    for some in _some(sorted(ids)):
        put(connection, gone, [{"conversation": each, "at": now} for each in some], ["conversation"])
        connection.execute(delete(conversations).where(conversations.c.id.in_(some)))
    return sorted(ids)


def rename(connection: Connection, person: str, conversation: str, name: str, *, is_suggested: bool) -> None:
    """Gives a name, unless it is only suggested and a person chose another one."""
    statement = update(conversations).where(conversations.c.id == conversation)
    if is_suggested:
        statement = statement.where(~conversations.c.is_named)
    if connection.execute(statement.values(name=name, is_named=not is_suggested)).rowcount:
        indexing.put(connection, person, conversation, indexing.NAME, name)


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Those that are somebody's or were."""
    return {
        found
        for some in _some(ids)
        for column in (conversations.c.id, gone.c.conversation)
        for found in connection.scalars(select(column).where(column.in_(some)))
    }


def _some(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _MANY] for start in range(0, len(ids), _MANY))


def _is_theirs(connection: Connection, batch: Batch) -> bool:
    """Whether it may be written: it is new or the person's. It is made where it is new."""
    same = conversations.c.id == batch.conversation
    kept = connection.execute(select(conversations.c.person).where(same).with_for_update()).first()
    if kept is not None:
        return bool(kept.person == batch.person)
    if connection.execute(select(gone.c.at).where(gone.c.conversation == batch.conversation)).first():
        return False
    row = {
        "id": batch.conversation,
        "person": batch.person,
        "name": "",
        "is_named": False,
        "made_at": batch.made_at,
        "changed_at": max(batch.made_at, batch.changed_at),
        "extra": {},
    }
    connection.execute(insert(conversations), row)
    return True


class _Writer:
    """Writes to one conversation, which is there and whose owner is known."""

    def __init__(self, connection: Connection, batch: Batch) -> None:
        self._connection = connection
        self._batch = batch
        self._id = batch.conversation
        self._positions: dict[str, int] = {}

    def write(self) -> None:
        same = (conversations.c.id == self._id, conversations.c.changed_at < self._batch.changed_at)
        self._connection.execute(update(conversations).where(*same).values(changed_at=self._batch.changed_at))
        for _, run in groupby(self._batch.changes, key=lambda timed: type(timed.change)):
            self._save(list(run))

    def _save(self, run: Sequence[Timed]) -> None:
        """Changes of one kind: what can be is written at once."""
        self._save_steps([(each.change.step, each.at) for each in run if isinstance(each.change, SaveStep)])
        self._put(
            elements,
            [
                records.of_element(each.change.element) | {"said_at": each.at}
                for each in run
                if isinstance(each.change, SaveElement)
            ],
        )
        self._put(
            exchanges,
            [
                records.of_exchange(each.change.exchange)
                for each in run
                if isinstance(each.change, SaveExchange)
            ],
        )
        for each in run:
            self._apply(each.change)

    def _apply(self, change: Change) -> None:
        match change:
            case DropStep(name):
                self._drop(name)
            case DropElement(name):
                self._delete(elements, elements.c.id, [name])
            case DropExchange(name):
                self._delete(exchanges, exchanges.c.id, [name])
            case Rename(name, is_suggested):
                rename(self._connection, self._batch.person, self._id, name, is_suggested=is_suggested)
            case SaveStep() | SaveElement() | SaveExchange():
                pass
            case _:
                assert_never(change)

    def _save_steps(self, run: Sequence[tuple[StoredStep, float]]) -> None:
        old = self._known([step.id for step, _ in run])
        rows: list[Values] = []
        for step, at in run:
            before = old.get(step.id)
            is_same = before is not None and before.output == step.output
            rows.append(records.of_step(step) | {"said_at": before.said_at if before and is_same else at})
            is_found = before is not None and is_same and not before.is_open and before.kind == step.kind
            if not (step.is_open or is_found):
                text = step.output if step.kind in indexing.MESSAGES else ""
                indexing.put(self._connection, self._batch.person, self._id, step.id, text)
        self._put(steps, rows)

    def _known(self, ids: Sequence[str]) -> dict[str, Any]:
        columns = (steps.c.id, steps.c.kind, steps.c.output, steps.c.said_at, steps.c.is_open)
        found: dict[str, Any] = {}
        for some in _some(ids):
            same = (steps.c.conversation == self._id, steps.c.id.in_(some))
            rows = self._connection.execute(select(*columns).where(*same))
            found.update((row.id, row) for row in rows)
        return found

    def _put(self, table: Table, rows: Sequence[Values]) -> None:
        """With the next positions; those that are there keep theirs."""
        if not rows:
            return
        if table.name not in self._positions:
            last = select(func.coalesce(func.max(table.c.position), 0)).where(
                table.c.conversation == self._id
            )
            self._positions[table.name] = self._connection.execute(last).scalar_one()
        first = self._positions[table.name] + 1
        self._positions[table.name] += len(rows)
        placed = [
            row | {"conversation": self._id, "position": first + number} for number, row in enumerate(rows)
        ]
        put(self._connection, table, placed, once=["position"])

    def _drop(self, step: str) -> None:
        known = select(steps.c.id, steps.c.parent).where(steps.c.conversation == self._id)
        parents = {row.id: row.parent for row in self._connection.execute(known)}
        ids = sorted(below(step, parents))
        self._delete(steps, steps.c.id, ids)
        self._delete(elements, elements.c.step, ids)
        self._delete(feedback, feedback.c.step, ids)
        for each in ids:
            indexing.put(self._connection, self._batch.person, self._id, each, "")

    def _delete(self, table: Table, column: Any, ids: Sequence[str]) -> None:
        for some in _some(ids):
            same = (table.c.conversation == self._id, column.in_(some))
            self._connection.execute(delete(table).where(*same))
