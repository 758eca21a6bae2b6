"""Pictures, tables, steps and questions in a terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import FakeHandler, Screen, Shell, keyboard
from vtai.cli import ask
from vtai.cli.ask import Question
from vtai.cli.drawing import JsonLines, Prose
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.core.events import (
    Approval,
    ApprovalAsked,
    Event,
    FileReady,
    PicturePreview,
    TableReady,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)

PREVIEW = PicturePreview(0, "image/png", b"rough")
PICTURE = FileReady("fox.png", "image/png", b"fine", "A fox", (("Size", "1024x1024"),))
TABLE = TableReady("Sales", ("region", "sum"), (("north", "3"), ("south-east", "1,204")), 500)


def drawn(*events: Event) -> tuple[str, str]:
    """What prose writes on standard output and on standard error."""
    out, err = io.StringIO(), io.StringIO()
    prose = Prose(Terminal(out, err), Path(), lambda route: route)
    for event in events:
        prose.show(event)
    prose.end()
    return out.getvalue(), err.getvalue()


def lines(tmp_path: Path, *events: Event) -> list[dict[str, object]]:
    out = io.StringIO()
    drawing = JsonLines(Terminal(out, io.StringIO()), tmp_path)
    for event in events:
        drawing.show(event)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_prose_saves_the_picture_and_says_nothing_of_its_previews(tmp_path: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    prose = Prose(Terminal(out, err), tmp_path, lambda route: route)
    for event in (PREVIEW, PICTURE):
        prose.show(event)
    prose.end()
    assert (out.getvalue(), err.getvalue()) == (f"Saved {tmp_path / 'fox.png'}\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["fox.png"]


def test_json_tells_of_a_preview_without_its_content_and_how_a_picture_was_made(tmp_path: Path) -> None:
    preview, picture = lines(tmp_path, PREVIEW, PICTURE)
    assert preview == {"event": "picture_preview", "slot": 0, "media_type": "image/png", "size_bytes": 5}
    assert picture["details"] == {"Size": "1024x1024"}


@pytest.mark.parametrize(
    ("table", "shown"),
    [
        pytest.param(
            TABLE, "Sales\nregion      sum\nnorth       3\nsouth-east  1,204\n(2 of 500 rows)\n", id="aligned"
        ),
        pytest.param(TableReady("", ("a",), (("1",),), 1), "a\n1\n", id="whole, without a title"),
        pytest.param(TableReady("T", ("a", "b"), (("x\ny", "z" * 99),), 1), None, id="long and odd cells"),
        pytest.param(TableReady("T", (), (), 0), "T\n", id="empty"),
    ],
)
def test_a_table_is_aligned_text_that_belongs_to_the_answer(table: TableReady, shown: str | None) -> None:
    out, err = drawn(TextDelta("See:"), table)
    assert err == ""
    if shown is None:
        shown = f"T\na    b\nx y  {'z' * 57}...\n"
    assert out == f"See:\n{shown}"


@pytest.mark.parametrize(
    ("started", "line"),
    [
        pytest.param(ToolStarted("1", "clock"), "clock\n", id="no arguments"),
        pytest.param(ToolStarted("1", "search", "cats"), "search: cats\n", id="words"),
        pytest.param(
            ToolStarted("1", "calculate", '{\n  "expression": "1+1"\n}', "json"),
            'calculate: {"expression": "1+1"}\n',
            id="short JSON",
        ),
        pytest.param(
            ToolStarted("1", "run_python", "x = 1\nprint(x)\n", "python"),
            "run_python (python):\n  x = 1\n  print(x)\n",
            id="code",
        ),
        pytest.param(ToolStarted("1", "run_python", "1+1", "python"), "run_python: 1+1\n", id="short code"),
        pytest.param(
            ToolStarted("1", "t", '{\n  "a": "' + "x" * 300 + '"\n}', "json"),
            't (json):\n  {\n    "a": "' + "x" * 300 + '"\n  }\n',
            id="long JSON",
        ),
    ],
)
def test_a_call_is_shown_with_its_arguments(started: ToolStarted, line: str) -> None:
    assert drawn(started) == ("", line)


def test_the_end_of_a_step_says_how_long_it_took() -> None:
    _, err = drawn(ToolStarted("1", "t"), ToolFinished("1", "42", seconds=1.26))
    assert err == "t\n= 42 (1.3 s)\n"
    _, err = drawn(ToolStarted("1", "t"), ToolFinished("1", "No.", is_error=True, seconds=0.0))
    assert err == "t\nFailed: No. (0.0 s)\n"


def test_what_a_step_prints_is_written_once_and_as_it_comes() -> None:
    _, err = drawn(
        ToolStarted("1", "run_python", "code"),
        ToolProgress("1", "1\n"),
        ToolProgress("1", "2"),
        ToolProgress("1", "3\n"),
        ToolFinished("1", "1\n23\nValue of the last line:\n4", seconds=0.5),
    )
    assert err == "run_python: code\n1\n23\n= Value of the last line:\n4 (0.5 s)\n"
    _, err = drawn(ToolStarted("1", "t"), ToolProgress("1", "all"), ToolFinished("1", "all"))
    assert err == "t\nall\n= done\n"


def test_steps_that_run_at_once_are_told_apart() -> None:
    _, err = drawn(
        ToolStarted("1", "one"), ToolStarted("2", "two"), ToolFinished("2", "b"), ToolFinished("1", "a")
    )
    assert err == "one\ntwo\ntwo = b\n= a\n"


def test_thoughts_and_progress_do_not_run_into_each_other() -> None:
    _, err = drawn(ThinkingDelta("Hm"), ToolProgress("1", "work"), ThinkingDelta("So"))
    assert err == "Hm\nwork\nSo\n"


def test_a_long_result_is_cut() -> None:
    _, err = drawn(ToolStarted("1", "t"), ToolFinished("1", "x" * 9_000))
    assert len(err) < 4_200
    assert "(5,000 more characters)" in err


def test_a_table_and_a_step_are_json_lines(tmp_path: Path) -> None:
    table, started, finished = lines(
        tmp_path, TABLE, ToolStarted("1", "t", "x", "python"), ToolFinished("1", "y", seconds=0.5)
    )
    assert table["rows"] == [["north", "3"], ["south-east", "1,204"]]
    assert (table["event"], table["total_rows"]) == ("table_ready", 500)
    assert started["language"] == "python"
    assert finished["seconds"] == 0.5


class Asking(FakeHandler):
    """Asks first, and says in its answer what was decided."""

    async def reply(self, turn, decision, services):  # type: ignore[no-untyped-def,override]
        answers: list[Approval] = []
        yield ApprovalAsked("1", "run_python", "x = 1\ny = 2", answers.append, "python")
        yield TextDelta(answers[0] if answers else "nothing")


@pytest.mark.parametrize(("typed", "answer"), [("y", "once"), ("always", "always"), ("no", "no"), ("", "no")])
def test_a_tool_that_asks_first_asks_at_the_terminal(typed: str, answer: str) -> None:
    shell, out, err = Shell(handlers=(Asking(),)), Screen(), Screen(is_terminal=True)
    with keyboard(typed) as stream:
        assert ask.ask(Parts(shell.build, shell.serve, Terminal(out, err), stream), Question("go"))
    assert out.text() == f"{answer}\n"
    assert "This asks first:\nrun_python (python):\n  x = 1\n  y = 2" in err.text()


@pytest.mark.parametrize("is_terminal", [False, True], ids=["nobody watches", "nothing can be typed"])
def test_where_nobody_can_be_asked_the_answer_is_no_and_said(is_terminal: bool) -> None:
    outcome = Shell(handlers=(Asking(),))("ask", "go", is_terminal=is_terminal)
    assert outcome.out == "no\n"
    assert "run_python asks before it runs, and nobody can be asked here: it does not run." in outcome.err


def test_json_tells_that_it_was_asked_and_answers_no() -> None:
    outcome = Shell(handlers=(Asking(),))("ask", "--json", "go")
    told = [json.loads(line) for line in outcome.out.splitlines()]
    assert told[1:] == [
        {
            "event": "approval_asked",
            "id": "1",
            "name": "run_python",
            "arguments": "x = 1\ny = 2",
            "language": "python",
        },
        {"event": "text_delta", "text": "no"},
    ]
