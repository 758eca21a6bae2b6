"""Reads `tools.toml`, the operator's file: `[mcp.NAME]` are servers, `[tool.NAME]` are tools' settings."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import ValidationError

from vtai.core import toml_files
from vtai.core.errors import SettingsError
from vtai.providers.keys import KeyRing
from vtai.providers.mcp.declared import NAME, McpServer
from vtai.providers.near_names import near_names

FILE_NAME: Final = "tools.toml"
_TABLES: Final = ("mcp", "tool")
_PLACE: Final = re.compile(r"\$\{([^{}]*)\}")
_WITH_PLACES: Final = ("env", "headers")
_A_SERVER: Final = '[mcp.time] command = "uvx" args = ["mcp-server-time"]'
_A_TOOL: Final = "[tool.run_python] needs_approval = true"

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ToolFile:
    """`mcp` are the servers by name, `tools` the tables of tools' own settings as they were written."""

    mcp: Mapping[str, McpServer] = field(default_factory=lambda: _NONE)
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _NONE)


def read(config_dir: Path) -> ToolFile:
    """What `<config_dir>/tools.toml` says; nothing where it is missing.

    `${NAME}` in env and headers is a variable of the environment or of `<config_dir>/.env`. Raises
    SettingsError naming the file, the key, the reason and a value that works.
    """
    path = config_dir / FILE_NAME
    if not path.is_file():
        return ToolFile()
    tables = toml_files.read(path, f"Tables look like: {_A_SERVER}")
    for key in tables:
        if key not in _TABLES:
            near = near_names(key, _TABLES) or _TABLES
            raise SettingsError(
                f"{path}: {key}: there is no such table.",
                f"A table that works: {', '.join(f'[{name}.NAME]' for name in near)}.",
            )
    servers = _named_tables(path, "mcp", tables.get("mcp", {}), _A_SERVER)
    tools = _named_tables(path, "tool", tables.get("tool", {}), _A_TOOL)
    variable = KeyRing.load(config_dir, os.environ, {}).variable if servers else os.environ.get
    return ToolFile(
        MappingProxyType({name: _server(path, name, table, variable) for name, table in servers.items()}),
        MappingProxyType(tools),
    )


def _named_tables(path: Path, key: str, given: Any, works: str) -> dict[str, dict[str, Any]]:
    if isinstance(given, dict):
        wrong = next((name for name, table in given.items() if not isinstance(table, dict)), None)
        if wrong is None:
            return given
        key = f"{key}.{wrong}"
    raise SettingsError(f"{path}: {key} is not a table.", f"A table that works: {works}")


def _server(
    path: Path, name: str, table: Mapping[str, Any], variable: Callable[[str], str | None]
) -> McpServer:
    where = f"{path}: mcp.{name}"
    if not NAME.fullmatch(name):
        raise SettingsError(
            f"{where}: a server's name has at most 32 letters, digits, and single - or _ between them.",
            f"A name that works: [mcp.{_usable(name)}]",
        )
    # Of a server that is off nothing is asked.
    filled = table if table.get("is_on") is False else _filled(where, table, variable)
    try:
        return McpServer.model_validate(filled)
    except ValidationError as error:
        raise _explained(where, error) from error


def _filled(where: str, table: Mapping[str, Any], variable: Callable[[str], str | None]) -> Mapping[str, Any]:
    """The table with values for each `${NAME}`, where such may stand."""

    def found(place: re.Match[str]) -> str:
        if value := variable(place[1]):
            return value
        raise SettingsError(
            f"{where} names the variable {place[1]!r}, which is not set.",
            f"Set it before VT.ai starts, or take it out: export {place[1] or 'NAME'}=...",
        )

    filled = dict(table)
    for key in _WITH_PLACES:
        if isinstance(values := table.get(key), dict):
            filled[key] = {
                name: _PLACE.sub(found, value) if isinstance(value, str) else value
                for name, value in values.items()
            }
    return filled


def _explained(where: str, error: ValidationError) -> SettingsError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    key = str(first["loc"][0]) if first["loc"] else ""
    fields = McpServer.model_fields
    if first["type"] == "extra_forbidden":
        known = ", ".join(near_names(key, fields) or fields)
        return SettingsError(f"{where}.{key}: there is no such key.", f"A key that works: {known}.")
    known_field = fields.get(key)
    works = _toml(key, known_field.examples[0]) if known_field and known_field.examples else _A_SERVER
    place = f"{where}.{key}" if key else where
    return SettingsError(
        f"{place}: {first['msg'].removeprefix('Value error, ')}.", f"A value that works: {works}"
    )


def _toml(key: str, value: Any) -> str:
    """A line of TOML for an example of ours."""
    if isinstance(value, dict):
        return f"{key} = {{{', '.join(f'{name} = {json.dumps(each)}' for name, each in value.items())}}}"
    return f"{key} = {json.dumps(value)}"


def _usable(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name)[:32].strip("-") or "files"
