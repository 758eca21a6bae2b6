"""How many searches start in a second."""

from __future__ import annotations

import asyncio

import pytest

from tests.providers.searching.searches import Clock, ScriptedSearch
from vtai.core.errors import RateLimited
from vtai.core.web import SearchRequest
from vtai.providers.searching.paced import PacedSearch

REQUEST = SearchRequest("cats")


async def test_searches_within_the_rate_start_at_once_and_later_ones_wait() -> None:
    inner, clock = ScriptedSearch(), Clock()
    search = PacedSearch(inner, 2, sleep=clock.sleep, clock=clock)
    for _ in range(2):
        await search.search(REQUEST)
    assert clock.slept == []
    clock.now += 0.25
    await search.search(REQUEST)
    assert (search.name, clock.slept, len(inner.requests)) == ("scripted", [0.75], 3)


async def test_searches_at_the_same_time_get_seconds_of_their_own() -> None:
    clock, slept = Clock(), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    search = PacedSearch(ScriptedSearch(), 2, sleep=sleep, clock=clock)
    await asyncio.gather(*(search.search(REQUEST) for _ in range(6)))
    assert slept == [1, 1, 2, 2]


async def test_a_wait_that_would_be_too_long_is_refused() -> None:
    inner, clock = ScriptedSearch(), Clock()

    async def sleep(_: float) -> None:
        """Time stands still."""

    search = PacedSearch(inner, 1, longest_wait_s=2, sleep=sleep, clock=clock)
    for _ in range(3):
        await search.search(REQUEST)
    with pytest.raises(RateLimited) as caught:
        await search.search(REQUEST)
    assert caught.value.retry_after_s == 3
    assert len(inner.requests) == 3
    await search.close()
    assert inner.closed == 1
