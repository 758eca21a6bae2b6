"""The ledger: sums by any columns, in UTC, and nothing lost where it cannot be written for a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.storage.said import Faulty
from vtai.core.errors import StorageUnavailable
from vtai.core.spending import Column, Spent, Total
from vtai.storage.database import Database
from vtai.storage.ledger import SqlLedger

NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC).timestamp()
NEARLY_MIDNIGHT = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC).timestamp() + 0.9
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
TURNS = (
    Spent(NOON, "ann", "page", None, "staff", "chat", "small", 10, 5, 0.25, 1.0, 0.5),
    Spent(NOON, "ann", "api", "k1", "staff", "vision", "large", 100, 50, 2.0, 2.0),
    Spent(NEARLY_MIDNIGHT, "ben", "page", None, "", "chat", "small", 1, 1, None, 4.0, None, "failed"),
    Spent(MIDNIGHT, "ben", "openai", "k2", "", "chat", "small", 1, 1, 0.5, 8.0, None, "unexpected"),
    Spent(MIDNIGHT, "ben", "openai", "k2", "", "chat", "small", 1, 1, 0.25, 8.0, None, "stopped"),
)


@pytest.fixture
async def ledger(database: Database) -> SqlLedger:
    ledger = SqlLedger(database)
    for turn in TURNS:
        ledger.record(turn)
    await ledger.flush()
    return ledger


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((), [Total((), 5, 2, 113, 58, 3.0, 23.0)]),
        (
            ("person",),
            [Total(("ann",), 2, 0, 110, 55, 2.25, 3.0), Total(("ben",), 3, 2, 3, 3, 0.75, 20.0)],
        ),
        (
            ("day", "model"),
            [
                Total(("2026-03-01", "large"), 1, 0, 100, 50, 2.0, 2.0),
                Total(("2026-03-02", "small"), 2, 1, 2, 2, 0.75, 16.0),
                Total(("2026-03-01", "small"), 2, 1, 11, 6, 0.25, 5.0),
            ],
        ),
        (
            ("hour",),
            [
                Total(("2026-03-01T12:00",), 2, 0, 110, 55, 2.25, 3.0),
                Total(("2026-03-02T00:00",), 2, 1, 2, 2, 0.75, 16.0),
                Total(("2026-03-01T23:00",), 1, 1, 1, 1, 0.0, 4.0),
            ],
        ),
        (
            ("key", "group"),
            [
                Total(("k1", "staff"), 1, 0, 100, 50, 2.0, 2.0),
                Total(("k2", ""), 2, 1, 2, 2, 0.75, 16.0),
                Total(("", "staff"), 1, 0, 10, 5, 0.25, 1.0),
                Total(("", ""), 1, 1, 1, 1, 0.0, 4.0),
            ],
        ),
    ],
    ids=["all", "person", "day and model", "hour", "key and group"],
)
async def test_sums_are_by_columns_the_most_expensive_first(
    ledger: SqlLedger, by: tuple[Column, ...], expected: list[Total]
) -> None:
    assert list(await ledger.totals(0, by=by)) == expected


@pytest.mark.parametrize(
    "column", ["door", "route", "outcome", "person", "model", "key", "group", "day", "hour"]
)
async def test_every_column_can_be_asked_for(ledger: SqlLedger, column: Column) -> None:
    totals = await ledger.totals(0, by=(column, column))
    assert sum(total.turns for total in totals) == 5
    assert all(total.of[0] == total.of[1] for total in totals)


@pytest.mark.parametrize(
    ("since", "until", "person", "turns"),
    [
        (NOON, MIDNIGHT, None, 3),
        (MIDNIGHT, None, None, 2),
        (0, None, "ann", 2),
        (0, NOON, None, 0),
        (0, None, "nobody", 0),
    ],
    ids=["until", "since", "person", "before", "nobody"],
)
async def test_only_what_is_asked_for_counts(
    ledger: SqlLedger, since: float, until: float | None, person: str | None, turns: int
) -> None:
    (total,) = await ledger.totals(since, until, person=person)
    assert total.turns == turns
    assert sum(each.turns for each in await ledger.totals(since, until, ("model",), person)) == turns


async def test_what_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    database = Faulty(None, tmp_path / "data")
    await database.open()
    database.refuse(3)
    ledger = SqlLedger(database, every_s=0.001)
    for number in range(1200):
        ledger.record(replace(TURNS[0], input_tokens=number, model="odd \0 name" * 100))
    with pytest.raises(StorageUnavailable):
        await ledger.flush()
    while database.left:
        await asyncio.sleep(0.001)
    (total,) = await ledger.totals(0)
    assert (total.turns, total.input_tokens) == (1200, sum(range(1200)))
    ledger.record(TURNS[0])
    await ledger.aclose()
    assert (await SqlLedger(database).totals(0))[0].turns == 1201
    await database.aclose()
