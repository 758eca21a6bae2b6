"""What several ask for at once is done once."""

from __future__ import annotations

import asyncio

import pytest

from vtai.core.sharing import Shared


class Work:
    """Waits until it is let go, and counts."""

    def __init__(self) -> None:
        self.begun = self.ended = 0
        self.go = asyncio.Event()

    async def do(self) -> int:
        self.begun += 1
        try:
            await self.go.wait()
        finally:
            self.ended += 1
        return self.begun


async def started(shared: Shared[str, int], work: Work, count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(shared.get("a", work.do)) for _ in range(count)]
    while not work.begun:
        await asyncio.sleep(0)
    return tasks


async def test_who_comes_while_it_is_under_way_gets_the_same_result() -> None:
    shared, work = Shared[str, int](), Work()
    tasks = await started(shared, work, 3)
    assert "a" in shared
    work.go.set()
    assert await asyncio.gather(*tasks) == [1, 1, 1]
    assert "a" not in shared
    assert await shared.get("a", work.do) == 2


async def test_it_goes_on_for_those_who_stay_and_ends_with_the_last() -> None:
    shared, work = Shared[str, int](), Work()
    first, second = await started(shared, work, 2)
    first.cancel()
    await asyncio.sleep(0)
    assert (work.begun, work.ended) == (1, 0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    await asyncio.sleep(0)
    assert work.ended == 1
    assert "a" not in shared
