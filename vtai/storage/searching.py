"""Finding what was said. Names of conversations come first, then messages, the newest first.

How well a text fits is not weighed: in conversations the newest is mostly meant, it is the same in every
database, and it does not get slower where a word is common.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import TSQUERY

from vtai.core.history import Conversation, Hit, Page
from vtai.storage import cursors, excerpts, indexing, records
from vtai.storage.tables import conversations, sayings, steps
from vtai.storage.wording import Phrase

Where = Literal["names", "messages"]
PLACES: Final[tuple[Where, ...]] = ("names", "messages")
_END: Final = 2**62
_MOST_AT_ONCE = 5_000
# So many are read one after the other, and more where so large a part of them matches.
_WINDOW = 2_000
_OFTEN: Final = 0.02
_IN_SQLITE = text(
    """SELECT sayings.id, sayings.conversation, sayings.step
    FROM sayings_index JOIN sayings ON sayings.id = sayings_index.rowid
    WHERE sayings_index MATCH :query AND sayings_index.rowid < :before
    ORDER BY sayings_index.rowid DESC"""
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found; `id` tells how new it is."""

    id: int
    where: Where
    conversation: str
    step: str


def search(
    connection: Connection,
    person: str,
    wanted: Sequence[Phrase],
    after: tuple[float, str] | None,
    limit: int,
) -> Page[Hit]:
    """The newest place in each conversation."""
    finder = _Finder(connection, person, wanted, limit)
    found: list[Place] = []
    for place in finder.places(after):
        if len(found) == limit:
            return Page(_hits(connection, wanted, found), cursors.at(found[-1].id, found[-1].where))
        found.append(place)
    return Page(_hits(connection, wanted, found))


class _Finder:
    """Looks through what one person said, the newest first, some at a time."""

    def __init__(self, connection: Connection, person: str, wanted: Sequence[Phrase], limit: int) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._person = person
        self._wanted = wanted
        self._limit = limit

    def places(self, after: tuple[float, str] | None) -> Iterator[Place]:
        """One of each conversation, from a cursor on."""
        before = int(after[0]) if after else _END
        if after is None or after[1] == "names":
            for place in self._all("names", before):
                yield place
            before = _END
        start = before
        known: set[str] = set()
        for some in self._runs("messages", before):
            new: dict[str, Place] = {}
            for place in some:
                if place.conversation not in known:
                    new.setdefault(place.conversation, place)
            known.update(new)
            shown = self._shown(list(new), start)
            yield from (place for place in new.values() if place.conversation not in shown)

    def _all(self, where: Where, before: int) -> Iterator[Place]:
        for some in self._runs(where, before):
            yield from some

    def _runs(self, where: Where, before: int) -> Iterator[list[Place]]:
        """Some at a time, and more and more: mostly the first ones are enough."""
        owner = indexing.owner(self._person, is_name=where == "names")
        # Names are few among all that is said: SQLite would read them for nothing.
        is_indexed = self._is_sqlite and where == "names"
        for rows in self._in_sqlite(owner, before) if is_indexed else self._newest(owner, before):
            yield [Place(row.id, where, row.conversation, row.step) for row in rows]

    def _newest(self, owner: str, before: int) -> Iterator[Sequence[Any]]:
        """Reads the newest ones as long as many of them match; the index is for rare words.

        PostgreSQL's has no order, SQLite's gathers first all that begins as the last word does. A planner
        would choose by how frequent it thinks that the words are, which it knows of few.
        """
        theirs = select(sayings.c.id).where(sayings.c.owner == owner)
        newest_first = theirs.order_by(sayings.c.id.desc()).offset(_WINDOW - 1).limit(1)
        columns = (sayings.c.id, sayings.c.conversation, sayings.c.step)
        found = (
            select(*columns).where(sayings.c.owner == owner, self._matches()).order_by(sayings.c.id.desc())
        )
        while True:
            floor = self._connection.scalar(newest_first.where(sayings.c.id < before)) or 0
            rows = self._connection.execute(found.where(sayings.c.id < before, sayings.c.id >= floor)).all()
            yield rows
            before = floor
            if not floor:
                return
            if len(rows) < _WINDOW * _OFTEN:
                break
        by_index = self._in_sqlite if self._is_sqlite else self._in_postgresql
        yield from by_index(owner, before)

    def _in_sqlite(self, owner: str, before: int) -> Iterator[Sequence[Any]]:
        """It finds one after the other while we read."""
        query = {"query": _fts5(owner, self._wanted), "before": before}
        with self._connection.execute(_IN_SQLITE, query) as found:
            yield from found.partitions(self._limit * 4)

    def _in_postgresql(self, owner: str, before: int) -> Iterator[Sequence[Any]]:
        columns = (sayings.c.id, sayings.c.conversation, sayings.c.step)
        found = select(*columns).where(self._matches(indexing.lexeme(owner))).cte("found")
        all_found = found.prefix_with("MATERIALIZED")
        newest_first = select(all_found).order_by(all_found.c.id.desc()).limit(_MOST_AT_ONCE)
        while rows := self._connection.execute(newest_first.where(all_found.c.id < before)).all():
            yield rows
            if len(rows) < _MOST_AT_ONCE:
                return
            before = rows[-1].id

    def _shown(self, candidates: Sequence[str], start: int) -> set[str]:
        """Those that came before: by their name, or by a message newer than where this page starts."""
        if not candidates:
            return set()
        is_name = sayings.c.step == indexing.NAME
        earlier = is_name if start == _END else is_name | (sayings.c.id >= start)
        statement = select(sayings.c.conversation).distinct()
        return set(
            self._connection.scalars(
                statement.where(sayings.c.conversation.in_(candidates), earlier, self._matches())
            )
        )

    def _matches(self, owner: str = "") -> ColumnElement[bool]:
        """The same that the index finds, for few rows of SQLite."""
        if not self._is_sqlite:
            query = _tsquery(self._wanted) + (f" & '{owner}'" if owner else "")
            return sayings.c.words.op("@@")(cast(literal(query), TSQUERY))
        padded = " " + sayings.c.words + " "
        whole = [f" {' '.join(phrase)} " for phrase in self._wanted]
        whole[-1] = whole[-1].rstrip()
        return and_(*(func.instr(padded, each) > 0 for each in whole))


def _fts5(owner: str, wanted: Sequence[Phrase]) -> str:
    """Words are letters and digits: nothing in them can end the quotes."""
    parts = [f'words : "{" ".join(phrase)}"' for phrase in wanted]
    return f'owner : "{owner}" AND {" AND ".join(parts)} *'


def _tsquery(wanted: Sequence[Phrase]) -> str:
    parts = [" <-> ".join(f"'{word}'" for word in phrase) for phrase in wanted]
    return f"({') & ('.join(parts)}:*)"


def _hits(connection: Connection, wanted: Sequence[Phrase], found: Sequence[Place]) -> tuple[Hit, ...]:
    ids = {place.conversation for place in found}
    kept = {
        row.id: records.conversation(row)
        for row in connection.execute(select(conversations).where(conversations.c.id.in_(ids)))
    }
    columns = (sayings.c.id.label("saying"), steps.c.id, steps.c.kind, steps.c.output, steps.c.at)
    same = and_(steps.c.conversation == sayings.c.conversation, steps.c.id == sayings.c.step)
    numbers = [place.id for place in found if place.where == "messages"]
    said = {
        row.saying: row
        for row in connection.execute(
            select(*columns).select_from(sayings).join(steps, same).where(sayings.c.id.in_(numbers))
        )
    }
    return tuple(_hit(kept[place.conversation], said.get(place.id), wanted) for place in found)


def _hit(conversation: Conversation, message: Any, wanted: Sequence[Phrase]) -> Hit:
    if message is None:
        excerpt, marks = excerpts.cut(conversation.name, wanted)
        return Hit(conversation, "", "name", excerpt, marks, conversation.changed_at)
    excerpt, marks = excerpts.cut(message.output, wanted)
    return Hit(conversation, message.id, message.kind, excerpt, marks, message.at)
