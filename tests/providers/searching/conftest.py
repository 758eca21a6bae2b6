"""Servers to search at, and searches that are closed after the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tests.providers.searching.server import Server
from tests.standins.searxng import SearxngServer


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    listener = await asyncio.start_server(served.answer, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener:
        yield served


@pytest.fixture
def instance() -> Iterator[SearxngServer]:
    """A SearXNG of one's own."""
    with SearxngServer() as served:
        yield served


@pytest.fixture
async def made() -> AsyncIterator[Callable[..., Any]]:
    """Builds searches that are closed after the test."""
    searches: list[Any] = []

    def build(kind: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        searches.append(kind(*arguments, **more))
        return searches[-1]

    yield build
    for search in searches:
        await search.close()
