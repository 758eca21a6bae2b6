"""A small web site to be read by the tests: articles, tables, traps. It remembers every request.

In one process: `async with Site() as site`, then `site.url`, `site.authority` (what a fetcher must let in)
and `site.requests`. From another: `python -m tests.standins.site --port 0` prints its URL; `GET /_requests`
lists what was asked, `POST /_reset` forgets it. Its pages are in `tests.standins.site_pages`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Self

from tests.standins.site_pages import PAGES, ROBOTS, SitePage


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]

    @property
    def agent(self) -> str:
        return self.headers.get("user-agent", "")


@dataclass
class Site:
    """`robots` is what stands in robots.txt, or the status it is answered with. `pages` by path."""

    robots: bytes | int = ROBOTS
    extra: Iterable[SitePage] = ()
    port: int = 0
    requests: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pages = {page.path: page for page in (*PAGES, *self.extra)}

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://{self.authority}"

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.requests]

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
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
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(task, reader, writer)
        # A client that left in the middle leaves bytes behind that nobody will take.
        writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()
        self._tasks.discard(task)

    async def _answer(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")
        method, path, _ = first.split()
        pairs = (line.partition(":") for line in lines)
        page = self._page(method, path, {name.lower(): value.strip() for name, _, value in pairs})
        client = asyncio.create_task(reader.read())
        client.add_done_callback(lambda _: task.cancel())
        try:
            await asyncio.sleep(page.delay_s)
            writer.write(_head(page))
            while True:
                writer.write(page.body)
                await writer.drain()
                if not page.is_endless:
                    break
        finally:
            client.cancel()

    def _page(self, method: str, path: str, headers: dict[str, str]) -> SitePage:
        if path == "/_requests":
            listed = json.dumps([asdict(asked) for asked in self.requests])
            return SitePage(path, "", body=listed.encode(), media_type="application/json")
        if path == "/_reset":
            self.requests.clear()
            return SitePage(path, "", body=b"ok", media_type="text/plain")
        self.requests.append(Asked(method, path, headers))
        if path == "/robots.txt":
            is_there = isinstance(self.robots, bytes)
            body, status = (self.robots, 200) if is_there else (b"", self.robots)
            return SitePage(path, "", body=body, status=status, media_type="text/plain")  # type: ignore[arg-type]
        return self.pages.get(path.partition("?")[0]) or SitePage(path, "", status=404, body=b"<p>None</p>")


def _head(page: SitePage) -> bytes:
    lines = [f"HTTP/1.1 {page.status} Said", f"content-type: {page.media_type}", "connection: close"]
    if not page.is_endless:
        lines.append(f"content-length: {len(page.body)}")
    lines += [f"{name}: {value}" for name, value in page.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def _run(port: int) -> None:
    async with Site(port=port) as site:
        print(site.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(parser.parse_args().port))
