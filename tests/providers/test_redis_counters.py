"""Counters in Redis: shared, with an end, and clear about what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tests.standins.redis import RedisServer
from vtai.core.errors import NotConfigured, StorageUnavailable
from vtai.providers.redis_counters import RedisCounters


@pytest.fixture
def url() -> Iterator[SecretStr]:
    with RedisServer() as server:
        yield SecretStr(server.url)


async def test_two_servers_count_together_and_lose_nothing(url: SecretStr) -> None:
    one, two = RedisCounters(url), RedisCounters(url)
    await asyncio.gather(
        *(each.add({"a": 1, "b": 5}, {"a": 60, "b": 60}) for each in (one, two) for _ in range(20))
    )
    assert await one.add({"a": -1}, {"a": 60}) == {"a": 39}
    assert await two.get(["a", "b", "c"]) == {"a": 39, "b": 200, "c": 0}
    await one.aclose()
    await two.aclose()


async def test_a_redis_that_is_not_there_is_said_in_words() -> None:
    with pytest.raises(StorageUnavailable) as caught:
        await RedisCounters(SecretStr("redis://:password@127.0.0.1:9/0")).add({"a": 1}, {"a": 60})
    assert "password" not in caught.value.message + caught.value.hint


async def test_an_address_of_something_else_is_refused_with_one_that_works() -> None:
    with pytest.raises(NotConfigured, match="VT_LIMITS_URL"):
        await RedisCounters(SecretStr("http://example.org")).get(["a"])
