"""Where remembered answers are: in memory, in a file, or in Redis."""

from __future__ import annotations

import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vtai.core.errors import NotConfigured, StorageUnavailable
from vtai.providers.sqlite_file import Failure, SqliteFile

if TYPE_CHECKING:
    from pydantic import SecretStr
    from redis.asyncio import Redis

FILE_NAME: Final = "answers.db"
_MOST_IN_MEMORY: Final = 20_000_000
_MOST_IN_FILE: Final = 20_000
_PREFIX: Final = "vtai:answers:"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS answers_by_end ON answers (expires_at);
"""


class MemoryAnswers:
    """The newest answers of this process, up to so many characters."""

    def __init__(self, most: int = _MOST_IN_MEMORY, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._size = 0
        self._kept: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def get(self, key: str) -> str | None:
        if (found := self._kept.get(key)) is None:
            return None
        if found[0] < self._clock():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return found[1]

    async def put(self, key: str, answer: str, ttl_s: float) -> None:
        self._drop(key)
        self._kept[key] = (self._clock() + ttl_s, answer)
        self._size += len(answer)
        while self._size > self._most:
            self._drop(next(iter(self._kept)))

    async def aclose(self) -> None:
        self._kept.clear()

    def _drop(self, key: str) -> None:
        if (found := self._kept.pop(key, None)) is not None:
            self._size -= len(found[1])


class FileAnswers:
    """Answers in a SQLite file of the data folder, which several processes may use at once."""

    def __init__(
        self, data_dir: Path, most: int = _MOST_IN_FILE, clock: Callable[[], float] = time.time
    ) -> None:
        self._file = SqliteFile(data_dir / FILE_NAME, _SCHEMA, _told)
        self._most = most
        self._clock = clock

    async def get(self, key: str) -> str | None:
        def work(connection: sqlite3.Connection) -> str | None:
            row = connection.execute(
                "SELECT answer FROM answers WHERE key = ? AND expires_at > ?", (key, self._clock())
            ).fetchone()
            return row[0] if row else None

        return await self._file.run(work)

    async def put(self, key: str, answer: str, ttl_s: float) -> None:
        # Halves of characters, which SQLite refuses, are nothing to remember.
        whole = answer.encode("utf-8", "replace").decode("utf-8")

        def work(connection: sqlite3.Connection) -> None:
            now = self._clock()
            connection.execute("DELETE FROM answers WHERE expires_at <= ?", (now,))
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (key, whole, now + ttl_s))
            (count,) = connection.execute("SELECT count(*) FROM answers").fetchone()
            if count > self._most:
                connection.execute(
                    "DELETE FROM answers WHERE key IN (SELECT key FROM answers ORDER BY expires_at LIMIT ?)",
                    (count - self._most,),
                )

        await self._file.run(work)

    async def aclose(self) -> None:
        await self._file.close()


def _told(_: Failure) -> StorageUnavailable:
    return StorageUnavailable(
        "Remembered answers cannot be read or written.",
        "See to the data folder's disk and rights, or set VT_RESPONSE_CACHE=off.",
    )


class RedisAnswers:
    """Answers in Redis, for several servers."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url
        self._opened: Redis | None = None

    async def get(self, key: str) -> str | None:
        from redis.exceptions import RedisError

        try:
            found = await self._redis().get(_PREFIX + key)
        except (RedisError, OSError) as error:
            raise _unreachable() from error
        return found.decode("utf-8", "replace") if isinstance(found, bytes) else found

    async def put(self, key: str, answer: str, ttl_s: float) -> None:
        from redis.exceptions import RedisError

        try:
            await self._redis().set(_PREFIX + key, answer.encode("utf-8", "replace"), ex=max(1, int(ttl_s)))
        except (RedisError, OSError) as error:
            raise _unreachable() from error

    async def aclose(self) -> None:
        if self._opened is not None:
            await self._opened.aclose()

    def _redis(self) -> Redis:
        if self._opened is None:
            try:
                from redis.asyncio import Redis

                self._opened = Redis.from_url(self._url.get_secret_value(), socket_timeout=5)
            except (ImportError, ValueError) as error:
                raise NotConfigured(
                    "VT_LIMITS_URL is no address of a Redis, or the package redis is not installed.",
                    "A value that works: redis://localhost:6379/0. To install it: VTAI_EXTRAS=redis ./run.sh",
                ) from error
        return self._opened


def _unreachable() -> StorageUnavailable:
    return StorageUnavailable(
        "Remembered answers cannot be reached.", "See to Redis, or set VT_RESPONSE_CACHE=off."
    )
