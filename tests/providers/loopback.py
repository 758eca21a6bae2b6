"""A small HTTP server on 127.0.0.1 that answers each path as a test says and remembers what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """`pieces` are sent one by one after the head; when they raise ConnectionError, the connection is cut."""

    body: bytes = b""
    status: int = 200
    media_type: str = "application/json"
    pieces: AsyncIterator[bytes] | None = None


Answer = Callable[[Asked], Awaitable[Reply] | Reply]


@dataclass
class Loopback:
    """`async with Loopback({"/v1/x": answer}) as server`; `server.url` has no path."""

    answers: dict[str, Answer]
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(await _read(reader), writer)
        writer.close()
        self._tasks.discard(task)

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked.append(asked)
        answered = self.answers[asked.path](asked)
        reply = answered if isinstance(answered, Reply) else await answered
        head = f"HTTP/1.1 {reply.status} X\r\nContent-Type: {reply.media_type}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + reply.body)
        await writer.drain()
        if reply.pieces is None:
            return
        try:
            async for piece in reply.pieces:
                writer.write(piece)
                await writer.drain()
        except ConnectionError:
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    lines = (line.partition(":") for line in head[1:] if line)
    headers = {name.lower(): value.strip() for name, _, value in lines}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(head[0].split()[1], headers, body)


def as_json(value: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status)
