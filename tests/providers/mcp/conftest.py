"""Servers run for a test, and calls of their tools."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from vtai.core.ports import Tool, ToolContext, ToolEvent, ToolResult
from vtai.providers.mcp.declared import McpServer
from vtai.providers.mcp.servers import McpServers

HERE = Path(__file__).parent
LONG_S = 15.0


def program(notes: Path | None = None, **more: Any) -> McpServer:
    """The real server of `program.py` as a child process."""
    env = {**({"NOTES": str(notes)} if notes else {}), **more.pop("env", {})}
    return McpServer(command=sys.executable, args=(str(HERE / "program.py"),), env=env, **more)


def rude(manner: str, **more: Any) -> McpServer:
    return McpServer(command=sys.executable, args=(str(HERE / "rude.py"), manner), **more)


async def until(condition: Callable[[], object]) -> None:
    """Waits for something that happens sooner or later."""
    async with asyncio.timeout(LONG_S):
        while not condition():
            await asyncio.sleep(0.02)


async def outcome(tool: Tool, arguments: str = "{}") -> list[ToolEvent]:
    async with aclosing(tool.run(arguments, cast(ToolContext, None))) as events:
        return [event async for event in events]


async def result(tool: Tool, arguments: str = "{}") -> ToolResult:
    last = (await outcome(tool, arguments))[-1]
    assert isinstance(last, ToolResult)
    return last


@dataclass
class Opened:
    """Servers of one test, closed at its end."""

    all: list[McpServers] = field(default_factory=list)

    def __call__(self, patience_s: float = LONG_S, **servers: McpServer) -> McpServers:
        self.all.append(McpServers(servers, patience_s=patience_s))
        return self.all[-1]

    async def tools(self, **servers: McpServer) -> dict[str, Tool]:
        return named(await self(**servers).tools())


def named(tools: Sequence[Tool]) -> dict[str, Tool]:
    return {tool.spec.name: tool for tool in tools}


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    given = Opened()
    yield given
    for servers in given.all:
        await servers.aclose()
