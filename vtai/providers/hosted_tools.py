"""Asks for the tools that a vendor runs by itself, and says why one cannot be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vtai.core.turn import HostedTool

if TYPE_CHECKING:
    from vtai.core.ports import ModelRequest
    from vtai.providers.endpoint import Endpoint

CODE: HostedTool = "code_interpreter"
FILE_SEARCH: HostedTool = "file_search"

_DOING: Mapping[HostedTool, str] = {CODE: "run code", FILE_SEARCH: "search files"}
# As OpenAI has it; a vendor's `hosted_body` replaces it.
_BODIES: Mapping[HostedTool, Mapping[str, Any]] = {
    CODE: {
        "tools": [{"type": "code_interpreter", "container": {"type": "auto"}}],
        "include": ["code_interpreter_call.outputs"],
    },
    FILE_SEARCH: {"tools": [{"type": "file_search"}], "include": ["file_search_call.results"]},
}


def usable(request: ModelRequest, endpoint: Endpoint) -> tuple[ModelRequest, str]:
    """The request with what its vendor can run, and a line on what is left out, "" where nothing is."""
    lines = [line for tool in sorted(request.hosted) if (line := _unable(tool, request, endpoint))]
    able = frozenset(tool for tool in request.hosted if not _unable(tool, request, endpoint))
    takes_files = CODE in able and _has_container(endpoint)
    if CODE in able and request.files and not takes_files:
        lines.append(f"{endpoint.label} runs code without the files of this conversation.")
    files = request.files if takes_files else ()
    return replace(request, hosted=able, files=files), " ".join(lines)


def fields(
    hosted: frozenset[HostedTool], endpoint: Endpoint, file_ids: Sequence[str]
) -> dict[str, list[Any]]:
    """What the body of a request gets, list by list. `file_ids` are files to put beside the code."""
    told: dict[str, list[Any]] = {}
    for tool in sorted(hosted):
        for name, values in _body(tool, endpoint).items():
            told.setdefault(name, []).extend(_filled(value, endpoint, file_ids) for value in values)
    return told


def _has_container(endpoint: Endpoint) -> bool:
    """Whether the vendor's code runs where files can be put and fetched."""
    return any(isinstance(tool.get("container"), dict) for tool in _body(CODE, endpoint).get("tools", ()))


def _body(tool: HostedTool, endpoint: Endpoint) -> Mapping[str, Any]:
    return endpoint.hosted_body.get(tool, _BODIES[tool])


def _filled(value: Any, endpoint: Endpoint, file_ids: Sequence[str]) -> Any:
    """A tool with what only this request knows; anything else as it is."""
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == FILE_SEARCH:
        return {"vector_store_ids": list(endpoint.vector_stores)} | value
    if kind == CODE and file_ids and isinstance(container := value.get("container"), dict):
        return value | {"container": container | {"file_ids": list(file_ids)}}
    return value


def _unable(tool: HostedTool, request: ModelRequest, endpoint: Endpoint) -> str:
    name, doing = request.model.name, _DOING[tool]
    if tool not in request.model.hosted:
        return f"{endpoint.label} does not {doing} for {name}; this answer goes without."
    if endpoint.has_own_url:
        # A gateway speaks plain chat only.
        return f"{name} does not {doing} at {endpoint.host}; this answer goes without."
    if tool == FILE_SEARCH and not endpoint.vector_stores:
        return (
            f"{endpoint.label} has nothing to search in: name a vector store in your models.toml, under "
            f'[vendors.{endpoint.vendor}]: vector_stores = ["vs_..."].'
        )
    return ""
