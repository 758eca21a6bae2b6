"""The tools there are: shipped, from other packages, of MCP servers; as the settings have it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from vtai.core.errors import SettingsError
from vtai.core.ports import Tool, ToolContext, ToolEvent, ToolSpec
from vtai.tools.tool import FunctionTool

# In the names of an MCP server's tools; which there are is not known before it answers.
_SERVER_MARK = "__"
# A key of every table [tool.NAME], beside the tool's own settings.
_ASKS = "needs_approval"


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """The operator's choice, by the names of tools.

    `only` empty allows all; `off` takes some away; `asking` ask the person first; `values` are their own
    settings, the tables [tool.NAME] of tools.toml, where `needs_approval` says whether it asks.
    """

    only: Sequence[str] = ()
    off: Sequence[str] = ()
    asking: Sequence[str] = ()
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class MoreTools(Protocol):
    """Tools that come and go, as those of MCP servers do."""

    async def tools(self) -> Sequence[Tool]: ...


class ChosenToolbox:
    """The toolbox port. Raises SettingsError when it is made for a name that no tool has, or that two have.

    `every` are the shipped ones and those of packages, whether they are on or off.
    """

    def __init__(
        self, tools: Sequence[FunctionTool], choice: ToolChoice, others: MoreTools | None = None
    ) -> None:
        self._choice = choice
        self._others = others
        names = [tool.spec.name for tool in tools]
        _refuse_same(names)
        for name in (*choice.values, *choice.only, *choice.off, *choice.asking):
            if _SERVER_MARK not in name:
                _refuse_unknown(name, names)
        self.every = tuple(self._configured(tool) for tool in tools)

    async def tools(self) -> Sequence[Tool]:
        names = {tool.spec.name for tool in self.every}
        others = await self._others.tools() if self._others else ()
        more = [self._asking(tool) for tool in others if tool.spec.name not in names]
        return [tool for tool in (*self.every, *more) if self.is_on(tool.spec.name)]

    def is_on(self, name: str) -> bool:
        """Whether the operator lets this tool be used."""
        return name not in self._choice.off and (not self._choice.only or name in self._choice.only)

    def _configured(self, tool: FunctionTool) -> FunctionTool:
        name = tool.spec.name
        values = dict(self._choice.values.get(name, {}))
        asks = values.pop(_ASKS, tool.needs_approval)
        if not isinstance(asks, bool):
            raise SettingsError(f"[tool.{name}] {_ASKS} is not true or false.", f"Write: {_ASKS} = true")
        return tool.configured(values or None, needs_approval=asks or name in self._choice.asking)

    def _asking(self, tool: Tool) -> Tool:
        is_wanted = tool.spec.name in self._choice.asking and not tool.needs_approval
        return _Asking(tool) if is_wanted else tool


@dataclass(frozen=True, slots=True)
class _Asking:
    """A tool that asks first because the operator wants it."""

    tool: Tool
    needs_approval: bool = True

    @property
    def spec(self) -> ToolSpec:
        return self.tool.spec

    def shown(self, arguments: str) -> tuple[str, str]:
        return self.tool.shown(arguments)

    def run(self, arguments: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
        return self.tool.run(arguments, context)


def _refuse_same(names: Sequence[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise SettingsError(
                f"{count} tools are called {name!r}.", "Remove the package that brings the other one."
            )


def _refuse_unknown(name: str, known: Sequence[str]) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "`vtai tools` lists them."
    raise SettingsError(f"There is no tool {name!r}.", hint)
