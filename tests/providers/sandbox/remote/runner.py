"""Plays the server as `runner.py` does, with its sandbox behind a service on a port of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.providers.sandbox.runner import Server
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import SandboxOptions
from vtai.providers.sandbox.local import LocalEngine
from vtai.providers.sandbox.remote import RemoteEngine
from vtai.providers.sandbox.service import Service


@asynccontextmanager
async def _sandbox(settings: dict[str, Any], token: SecretStr) -> AsyncGenerator[Conversations, None]:
    import uvicorn

    options = SandboxOptions(
        engine="local",
        level=settings["level"],
        folder=Path(settings["folder"]),
        hidden=tuple(Path(path) for path in settings["hidden"]),
        most_timeout_s=300.0,
    )
    service = Service(LocalEngine(options), options, token, most_sessions=50, at_once=4)
    server = uvicorn.Server(service.config("127.0.0.1", 0))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    sandbox = Conversations(RemoteEngine(options, f"http://127.0.0.1:{port}", token), options)
    try:
        yield sandbox
    finally:
        await sandbox.aclose()
        server.should_exit = True
        await task


async def serve() -> None:
    loop = asyncio.get_running_loop()
    settings = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    # The token of the service is one of the secrets that nobody inside may see.
    secret = os.environ["OPENAI_API_KEY"]
    async with _sandbox(settings, SecretStr(secret)) as sandbox:
        server = Server(sandbox, secret.encode(), Path(settings["marker"]))
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(await server.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
