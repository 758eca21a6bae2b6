"""A process that asks for leave many times at once: `python -m tests.limiting.asking WHERE TIMES`.

WHERE is the folder of a database or the URL of a Redis. It prints how often it may.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pydantic import SecretStr

from vtai.core.errors import LimitReached
from vtai.core.turn import Asker
from vtai.limiting.limiter import Limiter, Use
from vtai.limiting.rules import Rule
from vtai.providers.redis_counters import RedisCounters
from vtai.storage.counters import SqlCounters
from vtai.storage.database import Database

MOST = 20


async def granted(where: str, times: int) -> int:
    if where.startswith("redis://"):
        redis = RedisCounters(SecretStr(where))
        try:
            return await _granted(Limiter(_RULES, redis), times)
        finally:
            await redis.aclose()
    database = Database(SecretStr(where) if "://" in where else None, Path(where))
    await database.open()
    try:
        return await _granted(Limiter(_RULES, SqlCounters(database)), times)
    finally:
        await database.aclose()


_RULES = (
    Rule.model_validate({"for": "everybody together", "most": MOST, "what": "requests", "per": "month"}),
)


async def _granted(limiter: Limiter, times: int) -> int:
    asker = Asker("ann")

    async def ask() -> bool:
        try:
            await limiter.admit(limiter.applies(asker), asker, Use(1))
        except LimitReached:
            return False
        return True

    return sum(await asyncio.gather(*(ask() for _ in range(times))))


if __name__ == "__main__":
    print(asyncio.run(granted(sys.argv[1], int(sys.argv[2]))))
