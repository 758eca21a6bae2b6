"""A reader of pages before the stand-in site, with child processes as the server has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from tests.standins.site import Site
from vtai.providers.fetching.guarded import GuardedFetcher
from vtai.providers.pages.reader import WebPages
from vtai.providers.workshop import Workshop


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as running:
        yield running


@pytest.fixture
async def reader() -> AsyncIterator[Callable[[Site], WebPages]]:
    """Makes a reader that is let in to a site of this machine."""
    workshop, fetchers = Workshop(), list[GuardedFetcher]()

    def make(site: Site) -> WebPages:
        fetchers.append(GuardedFetcher([site.authority]))
        return WebPages(fetchers[-1], workshop)

    yield make
    for fetcher in fetchers:
        await fetcher.aclose()
    await workshop.aclose()
