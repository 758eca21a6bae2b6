"""`vtai sandbox`: running files in one session, and what the sandbox says of itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Outcome, Shell
from tests.cli.sandbox_shell import SandboxShell
from vtai.core.code import (
    CodeError,
    CodeEvent,
    CodeFigure,
    CodeFile,
    CodeOutput,
    CodeResult,
)
from vtai.core.errors import Busy, NotConfigured, VTError
from vtai.settings import Loaded
from vtai.wiring import App

KEYS = {"status", "stdout", "stderr", "result", "error", "files", "duration_ms", "state"}


@pytest.fixture
def shell() -> SandboxShell:
    return SandboxShell()


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "one.py"
    path.write_text("print('é')", "utf-8")
    return str(path)


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    return [json.loads(line) for line in outcome.out.splitlines()]


def made(*files: CodeFile) -> Sequence[CodeEvent]:
    return [CodeResult("ok", files=files)]


def test_each_file_gets_a_line_with_everything_that_came(
    shell: SandboxShell, script: str, tmp_path: Path
) -> None:
    other = tmp_path / "two.py"
    other.write_text("1 / 0")
    file = CodeFile("a.csv", "text/csv", b"1,2")
    error = CodeError("ZeroDivisionError", "division by zero", "line 1")
    shell.sandbox.scripts = [
        [
            CodeOutput("stdout", "é\n"),
            CodeResult("ok", "é\x1b[31m\n", "careful", "42", files=(file,), duration_ms=12.34),
        ],
        [CodeResult("error", error=error, state="kept")],
    ]
    outcome = shell("sandbox", "run", script, str(other))
    first, second = lines(outcome)
    assert outcome.code == 0
    assert first == {
        "status": "ok",
        "stdout": "é\x1b[31m\n",
        "stderr": "careful",
        "result": "42",
        "error": None,
        "files": [{"name": "a.csv", "size": 3, "media_type": "text/csv"}],
        "duration_ms": 12.3,
        "state": "fresh",
    }
    assert second.keys() == KEYS
    assert second["error"] == {
        "type": "ZeroDivisionError",
        "message": "division by zero",
        "traceback": "line 1",
    }
    assert (second["status"], second["state"]) == ("error", "kept")


def test_all_files_run_in_one_session_that_is_ended(shell: SandboxShell, script: str) -> None:
    shell("sandbox", "run", script, script)
    first, second = shell.sandbox.requests
    assert first.code == "print('é')"
    assert first.session == second.session
    assert shell.sandbox.ended == [first.session]
    shell("sandbox", "run", script)
    assert shell.sandbox.requests[-1].session != first.session


def test_the_plain_files_of_a_folder_go_in(shell: SandboxShell, script: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deeper").mkdir(parents=True)
    (folder / "sales.csv").write_text("1")
    (folder / "link.csv").symlink_to(script)
    shell("sandbox", "run", script, "--files", str(folder), "--timeout", "5")
    [request] = shell.sandbox.requests
    assert [(file.name, file.size_bytes) for file in request.files] == [("sales.csv", 1)]
    assert request.timeout_s == 5


def test_made_files_and_figures_come_out(shell: SandboxShell, script: str, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    shell.sandbox.scripts = [
        [CodeFigure(b"plot 1"), *made(CodeFile("a.csv", "text/csv", b"first"))],
        [CodeFigure(b"plot 2"), *made(CodeFile("a.csv", "text/csv", b"second"))],
    ]
    shell("sandbox", "run", script, script, "--out", str(out))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        "a.csv": b"second",
        "figure.png": b"plot 1",
        "figure-2.png": b"plot 2",
    }


def test_what_others_put_there_stays(shell: SandboxShell, script: str, tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.csv").write_text("mine")
    (tmp_path / "out" / "link.txt").symlink_to(target)
    (tmp_path / "out" / "dangling.txt").symlink_to(tmp_path / "nowhere.txt")
    names = ("a.csv", "link.txt", "dangling.txt")
    shell.sandbox.scripts = [made(*(CodeFile(name, "text/plain", b"made") for name in names))] * 2
    outcome = shell("sandbox", "run", script, script, "--out", str(tmp_path / "out"))
    assert (tmp_path / "out" / "a.csv").read_text() == "mine"
    assert target.read_text() == "mine"
    assert not (tmp_path / "nowhere.txt").exists()
    for line in lines(outcome):
        assert [file["name"] for file in line["files"]] == ["a-2.csv", "link-2.txt", "dangling-2.txt"]
    assert (tmp_path / "out" / "link-2.txt").read_text() == "made"


def test_a_file_that_became_a_link_meanwhile_is_not_followed(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vtai.cli.sandbox import Folder

    target = tmp_path / "target.txt"
    target.write_text("mine")
    folder = Folder(tmp_path / "out")
    path = folder.save("a.txt", b"made")
    path.unlink()
    path.symlink_to(target)
    assert folder.save("a.txt", b"made again") == path
    assert (path.read_text(), path.is_symlink(), target.read_text()) == ("made again", False, "mine")


@pytest.mark.parametrize(
    "name",
    [
        "../up.txt",
        "/etc/up.txt",
        "..\\up.txt",
        "a/../../up.txt",
        "..",
        ".",
        "",
        "CON",
        ".hidden",
        "\x1b[31m.txt",
    ],
    ids=["up", "absolute", "backslash", "inner", "dots", "dot", "empty", "device", "hidden", "control"],
)
def test_no_name_leads_out_of_the_folder(name: str, shell: SandboxShell, script: str, tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    shell.sandbox.scripts = [made(CodeFile(name, "text/plain", b"made"))]
    outcome = shell("sandbox", "run", script, "--out", str(out))
    [path] = out.iterdir()
    assert path.read_bytes() == b"made"
    assert not path.name.startswith(".")
    assert [one for one in (tmp_path / "a").rglob("*") if one.is_file()] == [path]
    assert not list(tmp_path.glob("up*"))
    assert lines(outcome)[0]["files"][0]["name"] == path.name


@pytest.mark.parametrize(
    "script_events",
    [
        NotConfigured("Code execution is switched off.", "Set code_sandbox."),
        [CodeResult("unavailable", error=CodeError("", "Code execution is switched off."))],
    ],
    ids=["raised", "told"],
)
def test_no_sandbox_is_said_in_a_line(
    script_events: VTError | list[CodeEvent], shell: SandboxShell, script: str
) -> None:
    shell.sandbox.scripts = [script_events]
    outcome = shell("sandbox", "run", script, script)
    [line] = lines(outcome)
    assert outcome.code == 1
    assert line["status"] == "unavailable"
    assert line["message"].startswith("Code execution is switched off.")
    assert len(shell.sandbox.requests) == 1


def test_another_refusal_is_told_as_any_error(shell: SandboxShell, script: str) -> None:
    shell.sandbox.scripts = [Busy("Too many wait.", "Try again later.")]
    outcome = shell("sandbox", "run", script)
    assert (outcome.code, outcome.out, outcome.err) == (1, "", "Too many wait.\nTry again later.\n")
    assert len(shell.sandbox.ended) == 1


def test_notes_go_beside_the_lines(shell: SandboxShell, script: str) -> None:
    shell.sandbox.scripts = [[CodeResult("ok", notes=("Variables are gone.",))]]
    outcome = shell("sandbox", "run", script)
    assert "Variables are gone." in outcome.err
    assert len(outcome.out.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("missing.py",),
        ("one.py", "--level", "Z"),
        ("one.py", "--timeout", "0"),
        ("one.py", "--timeout", "soon"),
        ("one.py", "--files", "missing"),
        ("one.py", "--out", "one.py"),
        ("bytes.py",),
    ],
    ids=["nothing", "no file", "level", "no time", "no number", "no folder", "out is a file", "not text"],
)
def test_wrong_usage_runs_nothing(
    arguments: tuple[str, ...],
    shell: SandboxShell,
    script: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bytes.py").write_bytes(b"\xff\xfe")
    outcome = shell("sandbox", "run", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err
    assert not shell.sandbox.requests


def test_a_level_is_one_of_the_local_sandbox(shell: SandboxShell, script: str) -> None:
    shell("sandbox", "run", script, "--level", "B")
    settings = shell.built[0].settings
    assert (settings.code_sandbox, settings.code_sandbox_level) == ("local", "B")


@pytest.mark.slow
def test_files_really_run_in_one_session(tmp_path: Path) -> None:
    from vtai.wiring import build

    @dataclass
    class Real(Shell):
        def build(self, loaded: Loaded) -> App:
            return build(loaded)

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sales.csv").write_text("region,amount\nnorth,10\nsouth,20\n")
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text("import pandas as pd\ntable = pd.read_csv('sales.csv')\ntable['amount'].sum()")
    second.write_text("table.to_excel('out.xlsx')\nprint(len(table))\n1 / 0")
    out = tmp_path / "out"
    outcome = Real()(
        "sandbox", "run", str(first), str(second), "--files", str(tmp_path / "in"), "--out", str(out)
    )
    found = lines(outcome)
    if found[0]["status"] == "unavailable":
        pytest.skip(found[0]["message"])
    assert outcome.code == 0
    assert "30" in found[0]["result"]
    assert (found[1]["status"], found[1]["stdout"], found[1]["state"]) == ("error", "2\n", "kept")
    assert found[1]["error"]["type"] == "ZeroDivisionError"
    assert [file["name"] for file in found[1]["files"]] == ["out.xlsx"]
    assert (out / "out.xlsx").read_bytes()[:2] == b"PK"
