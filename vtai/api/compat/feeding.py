"""Events of a reply for a request: read in a task of its own, so that waiting can be interrupted.

Whoever leaves is noticed while they wait, and what was begun for them ends.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
    from typing import Any

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from vtai.core.events import Event

Result = TypeVar("Result")

# Events that may wait for a slow reader.
_AHEAD: Final = 64


class Feed:
    """Reads a reply ahead; closing it closes the vendor's connection."""

    def __init__(self, events: AsyncGenerator[Event, None]) -> None:
        self._arrived: asyncio.Queue[Event | None] = asyncio.Queue(_AHEAD)
        self._task = asyncio.create_task(self._read(events), name="reply to a program")

    async def next(self, timeout_s: float | None = None) -> Event | None:
        """The next event, None at the end. Raises TimeoutError where nothing comes for so long."""
        if self._task.done() and self._arrived.empty():
            event = None
        else:
            async with asyncio.timeout(timeout_s):
                event = await self._arrived.get()
        if event is None:
            await self._task
        return event

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self, events: AsyncGenerator[Event, None]) -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    await self._arrived.put(event)
        finally:
            # Where it is full nobody waits for the end, and it will be seen.
            with suppress(asyncio.QueueFull):
                self._arrived.put_nowait(None)


async def unless_left(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """What the work gives. Raises ClientDisconnect, the work cancelled, when the program goes away before.

    The body of the request was read before.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Pouring(StreamingResponse):
    """An answer in pieces. `close` is called in the end, however it ends."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        unstored = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(pieces, media_type=media_type, headers={**unstored, **headers})
        self._pieces = pieces
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._pieces.aclose()
            await self._close()
