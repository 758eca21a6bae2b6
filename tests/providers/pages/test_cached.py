"""Pages are remembered for some minutes, failures for less, and readers at the same time share one read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.fakes import FakePages
from vtai.core.errors import BadAddress, NotReady, RateLimited, TimedOut, VTError
from vtai.core.web import Page
from vtai.providers.pages.cached import CachedPages

_URL = "https://example.org/a"


def _page(url: str = _URL, size: int = 10) -> Page:
    return Page(url, "A", "example.org", ("x" * size,))


class _Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class _Held:
    """A reader that waits until it is let go on."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    reads: int = 0
    cancelled: int = 0

    async def read(self, url: str, timeout_s: float = 10.0) -> Page:
        self.reads += 1
        self.begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return _page(url)


async def test_a_page_is_read_again_once_it_is_old() -> None:
    clock, within = _Clock(), FakePages({_URL: _page()})
    pages = CachedPages(within, kept_s=300, clock=clock)

    ages = []
    for seconds in (0, 120, 179, 2):
        clock.now += seconds
        ages.append((await pages.read(_URL)).age_s)

    assert ages == [0, 120, 299, 0]
    assert within.read_urls == [_URL, _URL]


async def test_the_part_of_the_page_that_is_named_makes_no_other_page() -> None:
    within = FakePages({_URL: _page(), f"{_URL}#part": _page()})
    pages = CachedPages(within)

    await pages.read(_URL)
    await pages.read(f"{_URL}#part")

    assert len(within.read_urls) == 1


async def test_a_failure_is_remembered_for_a_short_time() -> None:
    clock, within = _Clock(), FakePages({_URL: RateLimited("Too many.", "Later.", 7.0)})
    pages = CachedPages(within, failure_kept_s=30, clock=clock)

    for _ in range(2):
        with pytest.raises(RateLimited, match="Too many") as caught:
            await pages.read(_URL)
        assert caught.value.retry_after_s == 7.0
    assert len(within.read_urls) == 1

    clock.now += 31
    within.pages[_URL] = _page()
    assert (await pages.read(_URL)).title == "A"


@pytest.mark.parametrize(
    ("failure", "first_s", "second_s", "reads"),
    [
        pytest.param(TimedOut("Late.", "Later."), 1, 1, 1, id="no more time than before"),
        pytest.param(TimedOut("Late.", "Later."), 1, 9, 2, id="more time than before"),
        pytest.param(NotReady("Busy.", "Wait."), 1, 1, 2, id="our own trouble"),
    ],
)
async def test_a_failure_that_may_be_over_is_not_held_against_the_page(
    failure: VTError, first_s: float, second_s: float, reads: int
) -> None:
    within = FakePages({_URL: failure})
    pages = CachedPages(within)

    for timeout_s in (first_s, second_s):
        with pytest.raises(type(failure)):
            await pages.read(_URL, timeout_s)

    assert len(within.read_urls) == reads


async def test_readers_of_one_page_at_the_same_time_share_one_read() -> None:
    within = _Held()
    pages = CachedPages(within)
    first, second = (asyncio.create_task(pages.read(_URL)) for _ in range(2))
    await within.begun.wait()
    within.go.set()

    assert await first == await second == _page()
    assert within.reads == 1


async def test_who_leaves_takes_nothing_from_the_others_and_the_last_ends_the_read() -> None:
    within = _Held()
    pages = CachedPages(within)
    first, second = (asyncio.create_task(pages.read(_URL)) for _ in range(2))
    await within.begun.wait()

    first.cancel()
    await asyncio.wait([first])
    assert (within.cancelled, second.done()) == (0, False)

    second.cancel()
    await asyncio.wait([second])
    await asyncio.sleep(0)
    assert within.cancelled == 1


async def test_the_page_not_asked_for_the_longest_is_forgotten_first() -> None:
    urls = [f"https://example.org/{name}" for name in "abc"]
    within = FakePages({url: _page(url, 1_000) for url in urls})
    pages = CachedPages(within, max_bytes=6_000)

    for index in (0, 1, 0, 2, 0, 1):
        await pages.read(urls[index])

    assert [url[-1] for url in within.read_urls] == ["a", "b", "c", "b"]


async def test_a_page_larger_than_the_memory_is_read_and_not_kept() -> None:
    within = FakePages({_URL: _page(size=9_000)})
    pages = CachedPages(within, max_bytes=6_000)

    await pages.read(_URL)
    await pages.read(_URL)

    assert len(within.read_urls) == 2


async def test_a_refused_address_is_refused_again() -> None:
    pages = CachedPages(FakePages())

    for _ in range(2):
        with pytest.raises(BadAddress):
            await pages.read(_URL)
