"""A web server on 127.0.0.1 that answers each path byte for byte as told, and names that lead to it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)

Answer = bytes | Callable[[], AsyncIterator[bytes]]


def answer(body: bytes = PNG, status: int = 200, **headers: str) -> bytes:
    """`headers` with underscores for dashes. The length is told unless the headers do."""
    told = {"content_length": str(len(body)), "connection": "close", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items()]
    return "\r\n".join([f"HTTP/1.1 {status} Said", *lines, "", ""]).encode() + body


def onward(location: str, status: int = 302) -> bytes:
    return answer(b"", status, location=location)


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]


@dataclass
class Web:
    """`async with Web({"/cat.png": answer()}) as web`. `names` are those that clients asked for over TLS."""

    answers: dict[str, Answer] = field(default_factory=dict)
    certificate: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.certificate)
        self.port = self._server.sockets[0].getsockname()[1]
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
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(task, reader, writer)
        self.left.set()
        writer.transport.abort() if self.certificate else writer.close()
        self._tasks.discard(task)

    async def _answer(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        path = first.split()[1]
        pairs = (line.partition(":") for line in lines)
        self.asked.append(Asked(path, {name.lower(): value.strip() for name, _, value in pairs}))
        said = self.answers.get(path, answer(b"", 404))
        client = asyncio.create_task(reader.read())
        client.add_done_callback(lambda _: task.cancel())
        try:
            async for piece in _once(said) if isinstance(said, bytes) else said():
                writer.write(piece)
                await writer.drain()
        finally:
            client.cancel()


async def _once(said: bytes) -> AsyncIterator[bytes]:
    yield said


@dataclass
class Names:
    """Knows the addresses of names, the first answer first; the last one is given again."""

    known: dict[str, list[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        if host not in self.known:
            raise OSError("no such name")
        answers = self.known[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]
