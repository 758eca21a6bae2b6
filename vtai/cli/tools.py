"""`vtai tools`: what the assistant may call, and one call of a tool without a model."""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vtai.cli import approving, files, running
from vtai.cli.columns import aligned
from vtai.core.errors import NotConfigured, UnknownName
from vtai.core.events import ApprovalAsked, SourcesFound, ToolFinished, ToolStarted
from vtai.core.messages import ToolCall
from vtai.core.ports import ToolContext
from vtai.core.turn import Turn

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.core.ports import Tool
    from vtai.settings import Loaded
    from vtai.wiring import App

_HEADINGS = ("NAME", "ON", "ASKS", "FROM", "WHAT IT DOES")
_OWN_PACKAGE = "vtai"
# Servers that are starting get twenty seconds.
_LOOKS, _LOOK_AGAIN_S = 200, 0.1
_OF_SERVER, _SERVER_MARK = "MCP server ", "__"
_CALL = "call"


class Server(Protocol):
    """How an MCP server is."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def tools(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Trial:
    """What `vtai tools run` was given. `is_allowed`: a tool that asks first need not."""

    name: str
    arguments: str = "{}"
    files: tuple[Path, ...] = ()
    out: Path = Path()
    is_allowed: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool, whether it may be used, and who brings it."""

    tool: Tool
    is_on: bool
    origin: str


def show(parts: Parts, as_json: bool = False) -> None:
    """Prints every tool, and below them the MCP servers with their states."""

    async def work() -> tuple[Sequence[Listed], Sequence[Server]]:
        async with _opened(parts, running.load()) as app:
            return await _every(app)

    listed, servers = running.finish(work())
    if as_json:
        content = {"tools": [_fields(each) for each in listed], "servers": [_told(each) for each in servers]}
        parts.terminal.line(json.dumps(content, indent=2))
        return
    for line in aligned([_HEADINGS, *map(_row, listed)]):
        parts.terminal.line(line)
    for server in servers:
        reason = f": {server.reason}" if server.reason else ""
        parts.terminal.line(f"MCP server {server.name}, {server.state}, {server.tools} tools{reason}")
    parts.terminal.aside("vtai tools run NAME JSON calls one. Settings: tools, tools_off, tools_asking.")


def run(parts: Parts, trial: Trial) -> bool:
    """Calls the tool: progress on standard error, the result on standard output. False when it failed."""
    loaded = running.load()
    settings = loaded.settings
    attached = files.attach(trial.files, settings.max_upload_mb * 1_000_000, settings.max_upload_files)

    async def work() -> bool:
        async with _opened(parts, loaded) as app:
            tool = _named(trial.name, (await _every(app))[0])
            turn = Turn("", attached, preferences=app.preferences)
            return await _called(tool, trial, ToolContext(turn, app.services), parts)

    return running.finish(work())


async def _called(tool: Tool, trial: Trial, context: ToolContext, parts: Parts) -> bool:
    from vtai.cli.drawing import Prose
    from vtai.tools import calls
    from vtai.tools.budget import Budget

    allowed = {trial.name} if trial.is_allowed else set()
    budget = Budget(context.turn.preferences.assistant)
    bench = calls.Bench({trial.name: tool}, context, budget, allowed)
    prose = Prose(parts.terminal, trial.out, lambda route: route)
    finished: ToolFinished | None = None
    try:
        async with aclosing(calls.run([ToolCall(_CALL, trial.name, trial.arguments)], bench)) as events:
            async for event in events:
                match event:
                    case ToolFinished():
                        finished = event
                    case ToolStarted() | SourcesFound():
                        pass  # the one was typed, the others stand in the result
                    case ApprovalAsked():
                        prose.show(event)
                        await approving.decide(event, parts)
                    case _:
                        prose.show(event)
    finally:
        prose.end()
    if finished is None or finished.is_error:
        parts.terminal.aside(finished.output if finished else "It did not end.")
        return False
    parts.terminal.line(finished.output)
    return True


@contextlib.asynccontextmanager
async def _opened(parts: Parts, loaded: Loaded) -> AsyncGenerator[App, None]:
    """The application without its warm-ups: tools start what they need."""
    app = parts.build(loaded)
    try:
        yield app
    finally:
        await app.close()


async def _every(app: App) -> tuple[Sequence[Listed], Sequence[Server]]:
    """All tools, those that are off too; servers that are starting are given some time."""
    if (assistance := app.assistance) is None:
        return [], []
    toolbox, mcp = assistance.toolbox, assistance.mcp
    own = [Listed(tool, toolbox.is_on(tool.spec.name), _origin(tool.package)) for tool in toolbox.every]
    offered = await mcp.tools()
    for _ in range(_LOOKS):
        # Looked at first: a server may be there a moment after its tools were asked for.
        is_settled = all(server.state != "starting" for server in mcp.status())
        offered = await mcp.tools()
        if is_settled:
            break
        await asyncio.sleep(_LOOK_AGAIN_S)
    # As the operator has them: those that are on may have to ask.
    as_used = {tool.spec.name: tool for tool in await toolbox.tools()}
    names = [tool.spec.name for tool in offered]
    others = [
        Listed(as_used.get(name, tool), toolbox.is_on(name), f"{_OF_SERVER}{name.partition(_SERVER_MARK)[0]}")
        for name, tool in zip(names, offered, strict=True)
    ]
    return [*own, *others], mcp.status()


def _origin(package: str) -> str:
    return "shipped" if package == _OWN_PACKAGE else f"package {package}"


def _named(name: str, listed: Sequence[Listed]) -> Tool:
    known = {each.tool.spec.name: each for each in listed}
    if (found := known.get(name)) is None:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "`vtai tools` lists them."
        raise UnknownName(f"There is no tool {name!r}.", hint)
    if not found.is_on:
        raise NotConfigured(f"The tool {name!r} is switched off.", "See the settings tools and tools_off.")
    return found.tool


def _row(listed: Listed) -> tuple[str, ...]:
    spec = listed.tool.spec
    return (
        spec.name,
        "yes" if listed.is_on else "no",
        "yes" if listed.tool.needs_approval else "no",
        listed.origin,
        spec.description.partition(". ")[0].rstrip("."),
    )


def _fields(listed: Listed) -> dict[str, Any]:
    spec = listed.tool.spec
    return {
        "name": spec.name,
        "description": spec.description,
        "parameters": spec.parameters,
        "is_on": listed.is_on,
        "needs_approval": listed.tool.needs_approval,
        "from": listed.origin,
    }


def _told(server: Server) -> dict[str, Any]:
    return {"name": server.name, "state": server.state, "reason": server.reason, "tools": server.tools}
