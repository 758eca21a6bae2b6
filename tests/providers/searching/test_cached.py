"""What is remembered, for how long, and for whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.providers.searching.searches import Clock, ScriptedSearch
from vtai.core.errors import Unreachable
from vtai.core.web import SearchRequest
from vtai.providers.searching.cached import CachedSearch

REQUEST = SearchRequest("cats")


async def test_the_same_request_is_answered_from_memory_with_its_age() -> None:
    inner, clock = ScriptedSearch(), Clock()
    search = CachedSearch(inner, clock=clock)
    assert search.name == "scripted"
    assert (await search.search(REQUEST)).age_s == 0
    clock.now += 120
    again = await search.search(SearchRequest("cats"))
    assert (again.age_s, again.hits, again.provider) == (120, inner.hits, "scripted")
    assert len(inner.requests) == 1


async def test_what_is_too_old_is_searched_for_again() -> None:
    inner, clock = ScriptedSearch(), Clock()
    search = CachedSearch(inner, ttl_s=300, clock=clock)
    await search.search(REQUEST)
    clock.now += 300
    assert (await search.search(REQUEST)).age_s == 0
    assert len(inner.requests) == 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(REQUEST, query="Cats"), id="query"),
        pytest.param(replace(REQUEST, max_results=6), id="number"),
        pytest.param(replace(REQUEST, topic="news"), id="topic"),
        pytest.param(replace(REQUEST, time_range="day"), id="time range"),
        pytest.param(replace(REQUEST, region="de"), id="region"),
        pytest.param(replace(REQUEST, domains=("a.example",)), id="sites"),
        pytest.param(replace(REQUEST, without_domains=("a.example",)), id="sites left out"),
        pytest.param(replace(REQUEST, safe_search="off"), id="safe search"),
    ],
)
async def test_any_difference_makes_it_another_search(other: SearchRequest) -> None:
    inner = ScriptedSearch()
    search = CachedSearch(inner)
    await search.search(REQUEST)
    await search.search(other)
    assert inner.requests == [REQUEST, other]


async def test_another_provider_is_asked_itself() -> None:
    inner = ScriptedSearch()
    search = CachedSearch(inner)
    await search.search(REQUEST)
    inner.name = "another"
    assert (await search.search(REQUEST)).provider == "another"


async def test_only_so_many_are_kept_and_the_least_used_go_first() -> None:
    inner = ScriptedSearch()
    search = CachedSearch(inner, size=2)
    for query in ("a", "b", "a", "c", "a", "b"):
        await search.search(SearchRequest(query))
    assert [request.query for request in inner.requests] == ["a", "b", "c", "b"]


@pytest.mark.parametrize(("ttl_s", "size"), [(0.0, 256), (300.0, 0)], ids=["no time", "no room"])
async def test_memory_can_be_turned_off(ttl_s: float, size: int) -> None:
    inner = ScriptedSearch()
    search = CachedSearch(inner, ttl_s, size)
    for _ in range(2):
        await search.search(REQUEST)
    assert len(inner.requests) == 2


async def test_failures_and_empty_results_are_not_remembered() -> None:
    inner = ScriptedSearch([Unreachable("No connection.", "Check it.")], hits=())
    search = CachedSearch(inner)
    with pytest.raises(Unreachable):
        await search.search(REQUEST)
    for _ in range(2):
        assert (await search.search(REQUEST)).hits == ()
    assert len(inner.requests) == 3


async def test_closing_forgets_and_closes() -> None:
    inner = ScriptedSearch()
    search = CachedSearch(inner)
    await search.search(REQUEST)
    await search.close()
    await search.search(REQUEST)
    assert (len(inner.requests), inner.closed) == (2, 1)


async def _under_way(inner: ScriptedSearch) -> None:
    while not inner.requests:
        await asyncio.sleep(0)


async def test_the_same_search_at_the_same_time_is_made_once() -> None:
    inner = ScriptedSearch(gate=asyncio.Event())
    search = CachedSearch(inner)
    asked = [asyncio.create_task(search.search(REQUEST)) for _ in range(3)]
    await _under_way(inner)
    asked[0].cancel()
    await asyncio.sleep(0)
    assert inner.gate is not None
    inner.gate.set()
    assert [(await task).hits for task in asked[1:]] == [inner.hits, inner.hits]
    assert len(inner.requests) == 1


async def test_a_search_that_nobody_waits_for_is_given_up() -> None:
    inner = ScriptedSearch(gate=asyncio.Event())
    search = CachedSearch(inner)
    asked = [asyncio.create_task(search.search(REQUEST)) for _ in range(2)]
    await _under_way(inner)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    while not inner.cancelled:
        await asyncio.sleep(0)
    assert inner.gate is not None
    inner.gate.set()
    assert (await search.search(REQUEST)).hits == inner.hits
