"""Several streams are read at once; one that ends badly leaves the others alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from vtai.core.errors import VTError
from vtai.providers.images.side_by_side import side_by_side


class Streams:
    """Streams that wait for one another, and what became of them."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.closed: list[str] = []

    async def waiting(self) -> AsyncGenerator[str, None]:
        try:
            yield "first"
            await self.gate.wait()
            yield "last"
        finally:
            self.closed.append("waiting")

    async def opening(self, error: Exception | None = None) -> AsyncGenerator[str, None]:
        try:
            if error:
                raise error
            yield "open"
            self.gate.set()
        finally:
            self.closed.append("opening")


async def test_streams_run_at_once() -> None:
    streams = Streams()
    read = [event async for event in side_by_side([streams.waiting(), streams.opening()])]
    assert sorted(read) == [(0, "first"), (0, "last"), (1, "open")]
    assert streams.closed == ["opening", "waiting"]


async def test_a_known_error_is_given_out_in_its_place() -> None:
    streams = Streams()
    error = VTError("No.", "Wait.")
    streams.gate.set()
    read = [event async for event in side_by_side([streams.waiting(), streams.opening(error)])]
    assert (1, error) in read
    assert (0, "last") in read


async def test_a_fault_of_ours_ends_them_all() -> None:
    streams = Streams()
    with pytest.raises(ZeroDivisionError):
        [event async for event in side_by_side([streams.waiting(), streams.opening(ZeroDivisionError())])]
    assert sorted(streams.closed) == ["opening", "waiting"]


async def test_leaving_early_closes_them_all() -> None:
    streams = Streams()
    async with aclosing(side_by_side([streams.waiting(), streams.waiting()])) as events:
        await anext(events)
    assert streams.closed == ["waiting", "waiting"]


async def test_a_cancelled_reader_closes_them_all() -> None:
    streams = Streams()
    started = asyncio.Event()

    async def read() -> None:
        async with aclosing(side_by_side([streams.waiting()])) as events:
            async for _ in events:
                started.set()

    reader = asyncio.create_task(read())
    await started.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert streams.closed == ["waiting"]
