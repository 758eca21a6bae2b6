"""What was spent, in the database: taken at once, written every second, summed up by any columns."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, insert, select

from vtai.core.errors import StorageUnavailable, VTError
from vtai.core.spending import Column, Spent, Total
from vtai.storage import cleaning
from vtai.storage.database import Database
from vtai.storage.records import Values
from vtai.storage.tables import spent

log = logging.getLogger(__name__)

_EVERY_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
_MOST_AT_ONCE = 500
_MOST_WAITING = 100_000
_FAILED: Final = ("failed", "unexpected")


class SqlLedger:
    """The `Ledger` port."""

    def __init__(self, database: Database, every_s: float = _EVERY_S) -> None:
        self._database = database
        self._every_s = every_s
        self._waiting: deque[Values] = deque()
        self._taken = 0
        self._lock = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    def record(self, spent: Spent) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            log.error("too much waits to be written to the ledger; the oldest is lost")
        self._waiting.append(_row(spent))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._run(), name="write the ledger")

    async def flush(self) -> None:
        """Raises StorageUnavailable where it cannot be written; then it is tried again by itself."""
        async with self._lock:
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST_AT_ONCE))]
                try:
                    await self._database.write(partial(_add, rows=some))
                except BaseException:
                    self._waiting.extendleft(reversed(some))
                    raise

    async def aclose(self) -> None:
        """Writes what can be written and stops."""
        try:
            await self.flush()
        except VTError as error:
            log.warning(
                "the ledger could not be written before the end", extra={"error": type(error).__name__}
            )
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def totals(
        self,
        since: float,
        until: float | None = None,
        by: tuple[Column, ...] = (),
        person: str | None = None,
    ) -> Sequence[Total]:
        await self.flush()
        return await self._database.read(lambda connection: _totals(connection, since, until, by, person))

    async def _run(self) -> None:
        failures = 0
        while self._waiting:
            await asyncio.sleep(min(self._every_s * 2.0 ** min(failures, 10), _LONGEST_WAIT_S))
            try:
                await self.flush()
                failures = 0
            except StorageUnavailable:
                failures += 1
                log.warning(
                    "the ledger could not be written; it is tried again", extra={"failures": failures}
                )


def _row(given: Spent) -> Values:
    return {
        "at": given.at,
        "person": given.person,
        "door": given.door[:16],
        "key": given.key,
        "group_name": cleaning.text(given.group)[:100],
        "route": cleaning.text(given.route)[:100],
        "model": cleaning.text(given.model)[:200],
        "input_tokens": given.input_tokens,
        "output_tokens": given.output_tokens,
        "cost_usd": given.cost_usd,
        "seconds": given.seconds,
        "first_s": given.first_s,
        "outcome": given.outcome,
    }


def _add(connection: Connection, rows: Sequence[Values]) -> None:
    connection.execute(insert(spent), list(rows))


def _totals(
    connection: Connection, since: float, until: float | None, by: tuple[Column, ...], person: str | None
) -> Sequence[Total]:
    groups = [_column(connection, name).label(f"by_{number}") for number, name in enumerate(by)]
    cost = func.coalesce(func.sum(spent.c.cost_usd), 0.0).label("cost")
    turns = func.count().label("turns")
    sums = (
        turns,
        func.coalesce(func.sum(case((spent.c.outcome.in_(_FAILED), 1), else_=0)), 0),
        func.coalesce(func.sum(spent.c.input_tokens), 0),
        func.coalesce(func.sum(spent.c.output_tokens), 0),
        cost,
        func.coalesce(func.sum(spent.c.seconds), 0.0),
    )
    statement = select(*groups, *sums).where(spent.c.at >= since)
    if until is not None:
        statement = statement.where(spent.c.at < until)
    if person is not None:
        statement = statement.where(spent.c.person == person)
    if groups:
        statement = statement.group_by(*groups)
    rows = connection.execute(statement.order_by(cost.desc(), turns.desc(), *groups))
    return tuple(_total(tuple(row), len(by)) for row in rows)


def _total(row: tuple[Any, ...], columns: int) -> Total:
    turns, failed, input_tokens, output_tokens, cost, seconds = row[columns:]
    return Total(
        tuple(map(str, row[:columns])),
        turns,
        int(failed),
        int(input_tokens),
        int(output_tokens),
        float(cost),
        float(seconds),
    )


def _column(connection: Connection, name: Column) -> ColumnElement[str]:
    """As text, days and hours in UTC."""
    match name:
        case "day":
            return _time(connection, "%Y-%m-%d", "YYYY-MM-DD")
        case "hour":
            return _time(connection, "%Y-%m-%dT%H:00", 'YYYY-MM-DD"T"HH24:00')
        case "group":
            return cast(spent.c.group_name, Text)
        case _:
            return func.coalesce(cast(spent.c[name], Text), "")


def _time(connection: Connection, sqlite_format: str, postgresql_format: str) -> ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return func.strftime(sqlite_format, spent.c.at, "unixepoch")
    return func.to_char(func.timezone("UTC", func.to_timestamp(spent.c.at)), postgresql_format)
