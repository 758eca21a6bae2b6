"""Fills a database with conversations of made-up words, the same ones each time. Few words are frequent."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (  # noqa: TID253 - a bench of the store: it is loaded anyway
    Connection,
    insert,
    text,
)

from vtai.storage import indexing
from vtai.storage.database import Database
from vtai.storage.tables import conversations, sayings, steps

PERSON = "local"
RARE, COMMON = "zyxwort", "water"
_SYLLABLES = ("ba", "ko", "mi", "ru", "te", "sal", "ven", "dor", "lin", "pra", "gus", "ha")
_VOCABULARY = 20_000
_START = 1_700_000_000.0
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Size:
    conversations: int
    messages: int
    words: int = 40


@dataclass(slots=True)
class _Rows:
    conversations: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    sayings: list[dict[str, Any]]


async def fill(database: Database, size: Size) -> list[str]:
    """Gives the ids of the conversations, the oldest first."""
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    if not database.is_sqlite:
        # As with any load: the index is built once at the end.
        await database.write(lambda connection: connection.execute(text("DROP INDEX ix_sayings_words")))
    ids: list[str] = []
    for some in _batched(_conversations(dialect, size)):
        await database.write(lambda connection, some=some: _insert(connection, some))
        ids += [row["id"] for rows in some for row in rows.conversations]
    await database.write(_finish)
    return ids


def _insert(connection: Connection, some: Sequence[_Rows]) -> None:
    for table, name in ((conversations, "conversations"), (steps, "steps"), (sayings, "sayings")):
        connection.execute(insert(table), [row for rows in some for row in getattr(rows, name)])


def _finish(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("CREATE INDEX ix_sayings_words ON sayings USING gin (words)"))
    connection.execute(text("ANALYZE"))


def _conversations(dialect: str, size: Size) -> Iterator[_Rows]:
    chance = random.Random(7)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 5))) for _ in range(_VOCABULARY)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
    for number in range(size.conversations):
        yield _conversation(dialect, chance, words, weights, number, size)


def _conversation(
    dialect: str, chance: random.Random, words: list[str], weights: list[float], number: int, size: Size
) -> _Rows:
    name = str(uuid.UUID(int=chance.getrandbits(128)))
    at = _START + number * 1000.0
    title = " ".join(chance.choices(words, cum_weights=weights, k=5))
    header = {
        "id": name,
        "person": PERSON,
        "name": title,
        "is_named": False,
        "made_at": at,
        "changed_at": at + size.messages,
        "extra": {},
    }
    rows = _Rows([header], [], indexing.rows(dialect, PERSON, name, indexing.NAME, title))
    for message in range(size.messages):
        said = chance.choices(words, cum_weights=weights, k=size.words)
        said[0] = COMMON
        if number % 1000 == 500 and message == 7:
            said[5] = RARE
        step = str(uuid.UUID(int=chance.getrandbits(128)))
        rows.steps.append(_step(name, step, message, " ".join(said), at))
        rows.sayings += indexing.rows(dialect, PERSON, name, step, " ".join(said))
    return rows


def _step(conversation: str, step: str, message: int, output: str, at: float) -> dict[str, Any]:
    return {
        "conversation": conversation,
        "id": step,
        "position": message + 1,
        "parent": None,
        "kind": ("user_message", "assistant_message")[message % 2],
        "name": "",
        "input": "",
        "output": output,
        "at": at + message,
        "ended_at": at + message,
        "is_error": False,
        "is_open": False,
        "said_at": at + message,
        "extra": {},
    }


def _batched(rows: Iterator[_Rows]) -> Iterator[list[_Rows]]:
    while some := list(itertools.islice(rows, _AT_ONCE)):
        yield some
