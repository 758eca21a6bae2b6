"""A real server on loopback within the test's own loop, up and down without the pauses of a real one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def listening(app: Any, *, lifespan: Any = "on") -> AsyncIterator[int]:
    """The port. What still runs at the end has five seconds."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, ws="websockets-sansio", lifespan=lifespan, loop="none")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    await server.on_tick(0)
    try:
        yield listener.getsockname()[1]
    finally:
        await _close(server)
        listener.close()


async def _close(server: Any) -> None:
    for door in server.servers:
        door.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.shutdown()
    for _ in range(1_000):
        if not (state.connections or state.tasks):
            break
        await asyncio.sleep(0.005)
    for task in state.tasks:
        task.cancel()
    await server.lifespan.shutdown()
