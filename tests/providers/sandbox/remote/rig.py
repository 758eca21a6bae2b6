"""A sandbox service on a port of this machine, and what tests ask of its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from vtai.core.code import CodeEvent, CodeResult
from vtai.providers.sandbox.engine import KIB, MIB, SandboxEngine, SandboxOptions
from vtai.providers.sandbox.remote import RemoteEngine
from vtai.providers.sandbox.remote_session import RemoteSession
from vtai.providers.sandbox.service import Service

TOKEN = SecretStr("a-token-that-is-long-enough")
OPTIONS = SandboxOptions(
    preload=False, most_output_bytes=2 * MIB, shown_output_bytes=512 * KIB, model_output_bytes=4 * KIB
)


@dataclass
class Running:
    """A service that runs on a port of this machine."""

    url: str
    service: Service

    def engine(self, token: SecretStr = TOKEN) -> RemoteEngine:
        return RemoteEngine(OPTIONS, self.url, token)


@asynccontextmanager
async def running(
    engine: SandboxEngine, options: SandboxOptions = OPTIONS, most_sessions: int = 8, at_once: int = 2
) -> AsyncGenerator[Running, None]:
    import uvicorn

    service = Service(engine, options, TOKEN, most_sessions=most_sessions, at_once=at_once)
    server = uvicorn.Server(service.config("127.0.0.1", 0))
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Running(f"http://127.0.0.1:{port}", service)
    finally:
        server.should_exit = True
        await task


async def run(
    session: RemoteSession, code: str, timeout_s: float = 60.0
) -> tuple[list[CodeEvent], CodeResult]:
    async with aclosing(session.run(code, timeout_s)) as events:
        *before, end = [event async for event in events]
    assert isinstance(end, CodeResult)
    return before, end


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece
