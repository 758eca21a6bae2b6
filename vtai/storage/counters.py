"""Counters of limits in the database, shared by all processes that use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from vtai.storage.database import Database
from vtai.storage.tables import counters

# Old windows are swept out once in so many additions.
_SWEEP_EVERY = 500


class SqlCounters:
    """The `Counters` port."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._additions = 0

    async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
        self._additions += 1
        is_sweeping = self._additions % _SWEEP_EVERY == 1
        now = self._clock()

        def work(connection: Connection) -> Mapping[str, int]:
            if is_sweeping:
                connection.execute(delete(counters).where(counters.c.expires_at < now))
            # In one order everywhere, so that two transactions never wait for each other crosswise.
            return {key: _add(connection, key, amounts[key], now + ttl_s[key]) for key in sorted(amounts)}

        return await self._database.write(work)

    async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
        if not keys:
            return {}

        def work(connection: Connection) -> Mapping[str, int]:
            rows = connection.execute(
                select(counters.c.key, counters.c.amount).where(counters.c.key.in_(keys))
            )
            return {row.key: row.amount for row in rows}

        return dict.fromkeys(keys, 0) | dict(await self._database.read(work))


def _add(connection: Connection, key: str, amount: int, expires_at: float) -> int:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = insert(counters).values(key=key, amount=amount, expires_at=expires_at)
    statement = new.on_conflict_do_update(
        index_elements=[counters.c.key], set_={"amount": counters.c.amount + new.excluded.amount}
    ).returning(counters.c.amount)
    return int(connection.execute(statement).scalar_one())
