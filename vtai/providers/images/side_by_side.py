"""Reads several streams at once, as one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import TypeVar

from vtai.core.errors import VTError

T = TypeVar("T")


async def side_by_side(
    streams: Sequence[AsyncGenerator[T, None]],
) -> AsyncGenerator[tuple[int, T | VTError], None]:
    """What the streams yield as it comes, each with its stream's number.

    A VTError that ends one stream is given out in its place and leaves the others running. Leaving early
    closes them all.
    """
    came: asyncio.Queue[tuple[int, T | None]] = asyncio.Queue()

    async def drain(number: int, stream: AsyncGenerator[T, None]) -> None:
        async with aclosing(stream) as events:
            async for event in events:
                came.put_nowait((number, event))

    tasks = [asyncio.create_task(drain(number, stream)) for number, stream in enumerate(streams)]
    for number, task in enumerate(tasks):
        task.add_done_callback(partial(_say_end, came, number))
    running = len(tasks)
    try:
        while running:
            number, event = await came.get()
            if event is not None:
                yield number, event
                continue
            running -= 1
            error = tasks[number].exception()
            if isinstance(error, VTError):
                yield number, error
            elif error is not None:
                raise error
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _say_end(came: asyncio.Queue[tuple[int, T | None]], number: int, _task: asyncio.Task[None]) -> None:
    came.put_nowait((number, None))
