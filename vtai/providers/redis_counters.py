"""Counters of limits in Redis, for several servers that share limits and no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from vtai.core.errors import NotConfigured, StorageUnavailable

if TYPE_CHECKING:
    from limits.aio.storage import RedisStorage
    from limits.aio.storage.redis.redispy import RedispyBridge
    from pydantic import SecretStr

_PREFIX = "vtai:limits:"


class RedisCounters:
    """The `Counters` port over the storage of the `limits` library."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url
        self._opened: RedisStorage | None = None

    async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
        storage = self._storage()
        with _told():
            return {
                key: await storage.incr(_PREFIX + key, max(1, int(ttl_s[key])), amount=amount)
                for key, amount in amounts.items()
            }

    async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
        storage = self._storage()
        with _told():
            return {key: await storage.get(_PREFIX + key) for key in keys}

    async def aclose(self) -> None:
        if self._opened is not None:
            bridge = cast("RedispyBridge", self._opened.bridge)
            await bridge.storage.aclose()

    def _storage(self) -> RedisStorage:
        if self._opened is None:
            from limits.aio.storage import RedisStorage
            from limits.errors import ConfigurationError

            url = self._url.get_secret_value()
            try:
                self._opened = RedisStorage(f"async+{url}", wrap_exceptions=True, implementation="redispy")
            except (ConfigurationError, ValueError) as error:
                raise NotConfigured(
                    "VT_LIMITS_URL is no address of a Redis, or the package redis is not installed.",
                    "A value that works: redis://localhost:6379/0. To install it: VTAI_EXTRAS=redis ./run.sh",
                ) from error
        return self._opened


@contextmanager
def _told() -> Iterator[None]:
    """Raises StorageUnavailable in our words."""
    from limits.errors import StorageError

    try:
        yield
    except (StorageError, OSError) as error:
        raise StorageUnavailable(
            "The limits cannot be looked up just now.", "Try again; the operator should look at Redis."
        ) from error
