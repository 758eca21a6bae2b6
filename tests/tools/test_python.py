"""Code of the assistant: what the sandbox says reaches the person as it comes, and the model at the end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import get_args

import pytest

from tests.fakes import FakeSandbox, services
from tests.handlers.helpers import attached
from tests.tools.helpers import called, result_of
from vtai.core.code import (
    CodeError,
    CodeEvent,
    CodeFigure,
    CodeFile,
    CodeOutput,
    CodeRequest,
    CodeResult,
    CodeWaiting,
    RunStatus,
    SessionKey,
)
from vtai.core.conversation import Conversation
from vtai.core.errors import NotConfigured
from vtai.core.events import FileReady, TableReady
from vtai.core.messages import Message
from vtai.core.ports import ToolContext, ToolResult
from vtai.core.turn import Turn
from vtai.tools.python import run_python

TABLE = TableReady("df", ("region", "sales"), (("north", "3"),), 1)


def sandbox(*events: CodeEvent) -> FakeSandbox:
    return FakeSandbox([list(events)])


async def test_everything_comes_in_the_order_it_happens() -> None:
    code = sandbox(
        CodeWaiting(2),
        CodeOutput("stdout", "wor"),
        CodeOutput("stderr", "careful"),
        CodeFigure(b"one"),
        CodeFigure(b"two"),
        TABLE,
        CodeResult(
            "ok", "wor", "careful", "3", files=(CodeFile("out.csv", "text/csv", b"a"),), notes=("Cut.",)
        ),
    )
    events = await called(run_python, {"code": "1"}, services(sandbox=code))
    assert events[:-1] == [
        "Waiting: 2 before this one.\n",
        "wor",
        "careful",
        FileReady("figure-1.png", "image/png", b"one"),
        FileReady("figure-2.png", "image/png", b"two"),
        TABLE,
        FileReady("out.csv", "text/csv", b"a"),
    ]
    said = "wor\n[errors]\ncareful\nValue of the last line:\n3\nCut."
    shown = (
        "(2 figures shown to the person.)\n(The table is shown to the person.)\n"
        "(Offered to the person for download: out.csv.)"
    )
    assert events[-1] == ToolResult(f"{said}\n{shown}", said)


async def test_code_that_says_nothing_is_said_to() -> None:
    result = await result_of(run_python, {"code": "x = 1"}, services(sandbox=sandbox(CodeResult("ok"))))
    assert result == ToolResult("(It ran and printed nothing.)", "(Nothing was printed.)")


@pytest.mark.parametrize("status", [status for status in get_args(RunStatus) if status != "ok"])
async def test_every_other_end_is_an_error_with_a_reason(status: RunStatus) -> None:
    ended = CodeResult(status, "before", notes=("Variables were lost.",))
    result = await result_of(run_python, {"code": "1"}, services(sandbox=sandbox(ended)))
    before, reason, note = result.text.splitlines()
    assert result.is_error
    assert (before, note) == ("before", "Variables were lost.")
    assert reason.endswith(".")
    assert result.shown == result.text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(
            CodeError("KeyError", "'x'", "line 1\nKeyError: 'x'"), "line 1\nKeyError: 'x'", id="lines"
        ),
        pytest.param(CodeError("KeyError", "'x'"), "KeyError: 'x'", id="no traceback"),
    ],
)
async def test_the_exception_is_told_to_both(error: CodeError, told: str) -> None:
    result = await result_of(
        run_python, {"code": "1"}, services(sandbox=sandbox(CodeResult("error", error=error)))
    )
    assert result.text == result.shown == f"The code failed.\n{told}"


async def test_it_runs_in_the_session_of_the_person_and_the_chat_with_its_files(tmp_path: Path) -> None:
    old, new = (attached(tmp_path / name, b"a,b") for name in ("old.csv", "new.csv"))
    (tmp_path / "again").mkdir()
    again = attached(tmp_path / "again" / "old.csv", b"c,d")
    history = Conversation((Message("user", "see", (old,)), Message("assistant", "ok")))
    turn = Turn("go", (new, again), history, person="ann", conversation="c1")
    code = FakeSandbox()
    await called(run_python, {"code": "print(1)"}, services(sandbox=code), turn)
    (request,) = code.requests
    assert request == CodeRequest(SessionKey("ann", "c1"), "print(1)", request.files)
    assert {file.name: file for file in request.files} == {"old.csv": again, "new.csv": new}


async def test_where_nothing_is_safe_the_reason_passes_on() -> None:
    refusing = FakeSandbox([NotConfigured("No sandbox.", "Run vtai sandbox check.")])
    with pytest.raises(NotConfigured):
        await called(run_python, {"code": "1"}, services(sandbox=refusing))


async def test_closing_the_call_stops_the_code() -> None:
    stopped = []

    class Endless(FakeSandbox):
        async def run(self, request: CodeRequest):  # type: ignore[no-untyped-def,override]
            try:
                yield CodeOutput("stdout", "1")
                await asyncio.sleep(60)
            finally:
                stopped.append(request.code)

    context = ToolContext(Turn("go"), services(sandbox=Endless()))
    async with aclosing(run_python.run('{"code": "loop"}', context)) as events:
        assert await anext(events) == "1"
    assert stopped == ["loop"]


def test_people_see_the_code_itself() -> None:
    assert run_python.shown('{"code": "print(1)"}') == ("print(1)", "python")
