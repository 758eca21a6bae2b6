"""A server on loopback that answers every request alike and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

CATS = {"title": "Cats", "url": "https://example.org/cats", "content": "Cats sleep a lot."}
DOGS = {"title": "Dogs", "url": "https://example.org/dogs", "content": "Dogs bark."}


@dataclass
class Server:
    """`is_cut` breaks off within the answer, `is_silent` never answers."""

    status: int = 200
    body: str = json.dumps({"results": [CATS, DOGS]})
    headers: dict[str, str] = field(default_factory=dict)
    is_silent: bool = False
    is_cut: bool = False
    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""

    @property
    def asked(self) -> list[Any]:
        """The bodies of the requests."""
        return [json.loads(body) for _, _, body in self.requests]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
            self.requests.append((first, headers, body))
            if self.is_silent:
                await reader.read()
                return
            data = self.body.encode()
            more = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
            more += f"Content-Length: {len(data) + self.is_cut}\r\nConnection: close\r\n"
            writer.write(f"HTTP/1.1 {self.status} X\r\n{more}\r\n".encode() + data)
            await writer.drain()
        finally:
            writer.close()
