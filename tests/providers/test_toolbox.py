"""The tools there are, as the settings have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.tools.helpers import Echo, called, result_of
from vtai.core.errors import SettingsError
from vtai.core.ports import Tool, ToolResult
from vtai.providers.toolbox import ChosenToolbox, ToolChoice
from vtai.tools import TOOLS
from vtai.tools.tool import FunctionTool, tool

NAMES = [shipped.spec.name for shipped in TOOLS]


@dataclass
class Others:
    known: Sequence[Tool] = ()

    async def tools(self) -> Sequence[Tool]:
        return self.known


def chosen(others: Sequence[Tool] = (), **choice: Any) -> ChosenToolbox:
    return ChosenToolbox(TOOLS, ToolChoice(**choice), Others(others))


async def names(toolbox: ChosenToolbox) -> list[str]:
    return [known.spec.name for known in await toolbox.tools()]


@pytest.mark.parametrize(
    ("choice", "on"),
    [
        pytest.param({}, NAMES, id="all"),
        pytest.param({"only": ("calculate", "recall")}, ["calculate", "recall"], id="some"),
        pytest.param({"off": NAMES[1:]}, NAMES[:1], id="all but some"),
        pytest.param({"only": ("calculate",), "off": ("calculate",)}, [], id="off wins"),
    ],
)
async def test_the_operator_chooses_which_tools_are_on(choice: dict[str, Any], on: list[str]) -> None:
    toolbox = chosen(**choice)
    assert await names(toolbox) == on
    assert [known.spec.name for known in toolbox.every] == NAMES
    assert [name for name in NAMES if toolbox.is_on(name)] == on


async def test_tools_of_servers_come_and_go_under_the_same_choice() -> None:
    others = Others([Echo("fs__read"), Echo("fs__write")])
    toolbox = ChosenToolbox(TOOLS, ToolChoice(off=("fs__write",)), others)
    assert await names(toolbox) == [*NAMES, "fs__read"]
    others.known = ()
    assert await names(toolbox) == NAMES


async def test_no_other_tool_takes_the_name_of_a_shipped_one() -> None:
    assert await names(chosen([Echo("calculate")])) == NAMES


async def test_tools_ask_first_where_the_operator_wants_it() -> None:
    free, asking = Echo("fs__read"), Echo("fs__write", needs_approval=True)
    toolbox = chosen([free, asking], asking=("run_python", "fs__read"))
    asks = {known.spec.name for known in await toolbox.tools() if known.needs_approval}
    assert asks == {"run_python", "fs__read", "fs__write"}
    reading = next(known for known in await toolbox.tools() if known.spec.name == "fs__read")
    assert await called(reading, "{}") == [ToolResult("echo of {}")]
    assert reading.shown("x") == ("x", "")


@pytest.mark.parametrize("asks", [True, False])
async def test_the_table_of_a_tool_says_whether_it_asks(asks: bool) -> None:
    @tool(needs_approval=not asks)
    async def sends() -> str:
        """Sends."""
        return ""

    toolbox = ChosenToolbox((sends,), ToolChoice(values={"sends": {"needs_approval": asks}}))
    assert [known.needs_approval for known in toolbox.every] == [asks]


async def test_a_tool_gets_its_own_settings() -> None:
    toolbox = chosen(values={"read_file": {"max_characters": 700, "needs_approval": True}})
    reading = next(known for known in toolbox.every if known.spec.name == "read_file")
    assert reading.needs_approval
    assert reading is not next(shipped for shipped in TOOLS if shipped.spec.name == "read_file")


@pytest.mark.parametrize(
    ("choice", "message", "hint"),
    [
        pytest.param({"off": ("calculat",)}, "no tool 'calculat'", "Did you mean 'calculate'?", id="near"),
        pytest.param({"only": ("xyz",)}, "no tool 'xyz'", "`vtai tools` lists them.", id="far"),
        pytest.param({"asking": ("xyz",)}, "no tool 'xyz'", "lists them", id="asking"),
        pytest.param({"values": {"xyz": {}}}, "no tool 'xyz'", "lists them", id="table"),
        pytest.param(
            {"values": {"read_file": {"max": 1}}},
            "max: Extra inputs",
            "It has: max_characters",
            id="unknown key",
        ),
        pytest.param(
            {"values": {"read_file": {"max_characters": 1}}}, "greater than or equal to 500", "", id="value"
        ),
        pytest.param({"values": {"recall": {"a": 1}}}, "no settings", "[tool.recall]", id="no settings"),
        pytest.param(
            {"values": {"recall": {"needs_approval": "yes"}}}, "not true or false", "= true", id="no truth"
        ),
    ],
)
def test_a_wrong_choice_stops_the_start_and_is_named(choice: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        chosen(**choice)
    assert hint in caught.value.hint


def test_two_tools_of_one_name_stop_the_start() -> None:
    again: tuple[FunctionTool, ...] = (*TOOLS, TOOLS[0])
    with pytest.raises(SettingsError, match="2 tools are called 'run_python'"):
        ChosenToolbox(again, ToolChoice())


async def test_a_server_that_is_not_there_yet_may_be_named() -> None:
    assert await names(chosen(off=("fs__write",), asking=("fs__read",))) == NAMES


async def test_what_a_choice_changes_stays_a_working_tool() -> None:
    calculating = next(known for known in chosen().every if known.spec.name == "calculate")
    assert (await result_of(calculating, {"expression": "6*7"})).text == "42"
