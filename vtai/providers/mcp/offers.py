"""A server's list, made fit for models: names that every vendor takes, bounded words, checked schemas."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from vtai.core.ports import ToolSpec
from vtai.providers.mcp import checking
from vtai.providers.pages.characters import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcp import ClientSession
    from mcp.types import Tool

    from vtai.providers.mcp.declared import McpServer

_MAX_NAME: Final = 64
_MAX_DESCRIPTION: Final = 1_024
_MAX_SCHEMA: Final = 20_000
_MAX_TOOLS: Final = 100
_MAX_PAGES: Final = 50
_SHOWN_NAMES: Final = 5
_ODD: Final = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool of a server. `own_name` is what the server calls it; the spec's name is what models do."""

    own_name: str
    spec: ToolSpec


@dataclass(frozen=True, slots=True)
class Listed:
    """What is offered, and a sentence on what is not; "" where nothing is amiss."""

    offers: tuple[Offer, ...] = ()
    note: str = ""


async def listed(session: ClientSession, name: str, server: McpServer) -> Listed:
    """The tools of a server, asked for page by page. Raises what the SDK raises."""
    from mcp.types import PaginatedRequestParams

    abilities = session.get_server_capabilities()
    if abilities is None or abilities.tools is None:
        return Listed((), "it offers no tools")
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor))
        tools += page.tools
        cursor = page.nextCursor
        if cursor is None or len(tools) > _MAX_TOOLS:
            break
    return await asyncio.to_thread(_chosen, tools, name, server)


def offered_name(server: str, tool: str) -> str:
    """`server__tool`; a name that had to be changed for it gets a mark of its own, the same every time."""
    plain = _ODD.sub("_", tool)
    name = f"{server}__{plain}"
    if plain == tool and tool and len(name) <= _MAX_NAME:
        return name
    mark = hashlib.sha256(tool.encode()).hexdigest()[:8]
    return f"{name[: _MAX_NAME - len(mark) - 1]}_{mark}"


def _chosen(tools: Sequence[Tool], name: str, server: McpServer) -> Listed:
    """Blocking: schemas are looked through."""
    offers: dict[str, Offer] = {}
    left_out: list[str] = []
    for tool in tools:
        if not server.offers(tool.name):
            continue
        offered = offered_name(name, tool.name)
        fault = "another one has its name" if offered in offers else _fault(tool)
        if len(offers) == _MAX_TOOLS:
            fault = f"there are more than {_MAX_TOOLS}"
        if fault is None:
            offers[offered] = Offer(tool.name, ToolSpec(offered, _words(tool, name), _schema(tool)))
        else:
            left_out.append(f"{visible(tool.name)[:_MAX_NAME]} ({fault})")
    missing = sorted(set(server.tools or ()) - {tool.name for tool in tools})
    return Listed(
        tuple(offers.values()),
        "; ".join([*_sentence("left out", left_out), *_sentence("it has no tool called", missing)]),
    )


def _fault(tool: Tool) -> str | None:
    try:
        length = len(json.dumps(tool.inputSchema))
    except (ValueError, RecursionError):
        return "its schema is nested too deeply"
    if length > _MAX_SCHEMA:
        return "its schema is too long"
    return checking.fault(tool.inputSchema)


def _words(tool: Tool, server: str) -> str:
    said = " ".join(visible(tool.description or tool.title or tool.name).split())
    return f"(Tool of the outside server {server}.) {said}"[:_MAX_DESCRIPTION]


def _schema(tool: Tool) -> Mapping[str, Any]:
    """As the server gave it, without what nobody sees; some vendors insist on `properties`."""
    schema: dict[str, Any] = json.loads(visible(json.dumps(tool.inputSchema, ensure_ascii=False)))
    schema.pop("$schema", None)
    return {"properties": {}, **schema}


def _sentence(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
    return [f"{what}: {', '.join(names[:_SHOWN_NAMES])}{more}"]
