"""`vtai tools`: the list, and a tool called without a model."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO

import pytest

from tests.cli.conftest import Screen, Shell, keyboard
from tests.fakes import FakeToolbox
from tests.tools.helpers import Echo
from vtai.cli import tools
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.cli.tools import Trial
from vtai.core.errors import BadAttachment, NotConfigured, UnknownName
from vtai.core.events import FileReady, TableReady
from vtai.core.ports import Tool, ToolContext, ToolEvent, ToolResult
from vtai.providers.toolbox import ChosenToolbox, ToolChoice
from vtai.settings import Loaded
from vtai.tools import TOOLS
from vtai.tools.tool import tool
from vtai.wiring import App


@dataclass(frozen=True)
class Status:
    name: str
    state: str
    reason: str = ""
    tools: int = 0


@dataclass
class Servers:
    """MCP servers that need to be looked at some times before they are there."""

    known: Sequence[Tool] = ()
    states: Sequence[Status] = ()
    slow: int = 0

    async def tools(self) -> Sequence[Tool]:
        return () if self.slow > 0 else self.known

    def status(self) -> Sequence[Status]:
        self.slow -= 1
        return [replace(each, state="starting") for each in self.states] if self.slow > 0 else self.states


@tool(needs_approval=True)
async def paints(what: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
    """Paints. Then more."""
    yield "at work\n"
    yield FileReady("made.txt", "text/plain", what.encode())
    yield TableReady("T", ("a", "b"), (("1", "2"),), 9)
    yield ToolResult("for the model", ", ".join(file.name for file in context.files) or "for people")


@dataclass
class Desk:
    """The commands over tools of their own; what they print."""

    choice: ToolChoice = field(default_factory=ToolChoice)
    servers: Servers = field(default_factory=Servers)
    shell: Shell = field(default_factory=Shell)
    out: Screen = field(default_factory=Screen)
    err: Screen = field(default_factory=Screen)

    def parts(self, typed: TextIO | None = None) -> Parts:
        if typed is not None:
            self.err = Screen(is_terminal=True)
        stream = typed or io.StringIO()
        return Parts(self.build, self.shell.serve, Terminal(self.out, self.err), stream)

    def build(self, loaded: Loaded) -> App:
        app = self.shell.build(loaded)
        toolbox = ChosenToolbox((*TOOLS, paints), self.choice, self.servers)
        app.assistance = SimpleNamespace(toolbox=toolbox, mcp=self.servers)  # type: ignore[assignment]
        app.services = replace(app.services, toolbox=FakeToolbox(toolbox.every))
        return app

    def listed(self) -> dict[str, list[str]]:
        """The rows of the table by the name of the tool."""
        tools.show(self.parts())
        return {line.split()[0]: line.split() for line in self.out.text().splitlines()}


def test_every_tool_has_a_row_with_where_it_is_from_and_whether_it_asks() -> None:
    desk = Desk(ToolChoice(off=("recall",), asking=("run_python",)))
    rows = desk.listed()
    assert rows["NAME"][:4] == ["NAME", "ON", "ASKS", "FROM"]
    assert rows["calculate"][1:4] == ["yes", "no", "shipped"]
    assert rows["recall"][1:4] == ["no", "no", "shipped"]
    assert rows["run_python"][1:4] == ["yes", "yes", "shipped"]
    assert rows["paints"][1:] == ["yes", "yes", "package", "tests", "Paints"]
    assert "vtai tools run NAME JSON" in desk.err.text()
    assert desk.shell.closed == 1


def test_servers_are_listed_with_their_states_and_their_tools() -> None:
    states = (Status("fs", "connected", tools=2), Status("gone", "down", "it ended by itself"))
    known = (Echo("fs__read"), Echo("fs__write", needs_approval=True))
    desk = Desk(ToolChoice(off=("fs__read",), asking=("fs__write",)), Servers(known, states, slow=3))
    rows = desk.listed()
    assert rows["fs__read"][1:6] == ["no", "no", "MCP", "server", "fs"]
    assert rows["fs__write"][1:6] == ["yes", "yes", "MCP", "server", "fs"]
    assert desk.out.text().splitlines()[-2:] == [
        "MCP server fs, connected, 2 tools",
        "MCP server gone, down, 0 tools: it ended by itself",
    ]


def test_json_tells_a_program_the_same() -> None:
    desk = Desk(servers=Servers((Echo("fs__read"),), (Status("fs", "connected", tools=1),)))
    tools.show(desk.parts(), as_json=True)
    told = json.loads(desk.out.text())
    by_name = {each["name"]: each for each in told["tools"]}
    assert by_name["paints"] == {
        "name": "paints",
        "description": "Paints. Then more.",
        "parameters": by_name["paints"]["parameters"],
        "is_on": True,
        "needs_approval": True,
        "from": "package tests",
    }
    assert by_name["paints"]["parameters"]["required"] == ["what"]
    assert by_name["fs__read"]["from"] == "MCP server fs"
    assert told["servers"] == [{"name": "fs", "state": "connected", "reason": "", "tools": 1}]


def test_the_result_alone_is_on_standard_output() -> None:
    desk = Desk()
    assert tools.run(desk.parts(), Trial("calculate", '{"expression": "6 * 7"}'))
    assert (desk.out.text(), desk.err.text()) == ("42\n", "")
    assert desk.shell.closed == 1


def test_a_tool_of_a_server_is_called_the_same_way() -> None:
    desk = Desk(servers=Servers((Echo("fs__read"),)))
    assert tools.run(desk.parts(), Trial("fs__read", "{}"))
    assert desk.out.text() == "echo of {}\n"


def test_files_go_along_and_what_is_made_is_saved(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b")
    desk = Desk()
    trial = Trial("paints", '{"what": "fox"}', (tmp_path / "in.csv",), tmp_path / "out", is_allowed=True)
    assert tools.run(desk.parts(), trial)
    assert desk.err.text() == "at work\n"
    assert desk.out.text().splitlines() == [
        f"Saved {tmp_path / 'out' / 'made.txt'}",
        "T",
        "a  b",
        "1  2",
        "(1 of 9 rows)",
        "in.csv",
    ]
    assert (tmp_path / "out" / "made.txt").read_text() == "fox"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param("{", "Invalid JSON", id="no JSON"),
        pytest.param("{}", "expression: Field required", id="none"),
        pytest.param('{"expression": "1/0"}', "divides by zero", id="refused"),
    ],
)
def test_a_call_that_fails_says_why_and_is_a_failure(arguments: str, reason: str) -> None:
    desk = Desk()
    assert not tools.run(desk.parts(), Trial("calculate", arguments))
    assert desk.out.text() == ""
    assert reason in desk.err.text()


@pytest.mark.parametrize(
    ("trial", "error", "words"),
    [
        pytest.param(Trial("calculat"), UnknownName, "Did you mean 'calculate'?", id="unknown"),
        pytest.param(Trial("xyz"), UnknownName, "`vtai tools` lists them.", id="far off"),
        pytest.param(Trial("recall"), NotConfigured, "tools_off", id="switched off"),
        pytest.param(Trial("recall", files=(Path("/nowhere"),)), BadAttachment, "--file", id="no such file"),
    ],
)
def test_what_cannot_be_called_is_refused(trial: Trial, error: type[Any], words: str) -> None:
    desk = Desk(ToolChoice(off=("recall",)))
    with pytest.raises(error) as caught:
        tools.run(desk.parts(), trial)
    assert words in caught.value.hint


def test_where_nobody_can_be_asked_it_does_not_run(tmp_path: Path) -> None:
    desk = Desk()
    assert not tools.run(desk.parts(), Trial("paints", '{"what": "fox"}', out=tmp_path))
    assert 'This asks first:\npaints: {"what": "fox"}' in desk.err.text()
    assert "nobody can be asked here" in desk.err.text()
    assert not (tmp_path / "made.txt").exists()


@pytest.mark.parametrize(
    ("typed", "runs"),
    [("y", True), ("YES ", True), ("a", True), ("n", False), ("", False), ("yeah", False)],
)
def test_the_person_at_the_terminal_decides(tmp_path: Path, typed: str, runs: bool) -> None:
    desk = Desk()
    with keyboard(typed) as stream:
        ran = tools.run(desk.parts(stream), Trial("paints", '{"what": "fox"}', out=tmp_path))
    assert ran == runs
    assert (tmp_path / "made.txt").exists() == runs
    assert "May it run?" in desk.err.text()
