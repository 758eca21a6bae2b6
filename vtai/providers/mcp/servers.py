"""All declared MCP servers: their tools, their states, their end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtai.providers.mcp.connection import Connection
from vtai.providers.mcp.tools import McpTool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vtai.core.ports import Tool
    from vtai.providers.mcp.connection import State
    from vtai.providers.mcp.declared import McpServer

_PATIENCE_S: Final = 1.5


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server as people see it. `reason` is why it is down or what it lacks, `tools` their number."""

    name: str
    state: State
    reason: str
    tools: int


class McpServers:
    """Connects at the first need, in the background. Built anywhere, used in one event loop.

    `patience_s` is how long a starting server may hold up whoever asks for tools, counted from its start.
    """

    def __init__(self, servers: Mapping[str, McpServer], *, patience_s: float = _PATIENCE_S) -> None:
        self._servers = {name: server for name, server in servers.items() if server.is_on}
        self._patience_s = patience_s
        self._connections: tuple[Connection, ...] = ()

    def start(self) -> None:
        """Begins to connect to every server and returns at once; does nothing the second time."""
        if not self._connections:
            self._connections = tuple(Connection(name, each) for name, each in self._servers.items())
        for connection in self._connections:
            connection.start()

    async def tools(self) -> Sequence[Tool]:
        """What the servers offer that are connected; the tools of a slow one come another time."""
        self.start()
        await asyncio.gather(*(connection.settled(self._patience_s) for connection in self._connections))
        return [
            McpTool(connection, offer, needs_approval=connection.server.asks_before(offer.own_name))
            for connection in self._connections
            if connection.state == "connected"
            for offer in connection.listed.offers
        ]

    def status(self) -> Sequence[ServerStatus]:
        """Each server that is on, in the order of the file."""
        if not self._connections:
            return [ServerStatus(name, "starting", "nobody has needed it yet", 0) for name in self._servers]
        return [
            ServerStatus(each.name, each.state, each.reason, len(each.listed.offers))
            for each in self._connections
        ]

    async def aclose(self) -> None:
        """Ends every connection and every child, for good."""
        await asyncio.gather(*(connection.aclose() for connection in self._connections))
