"""What every command has in common: help, usage errors, exit codes, no tracebacks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import vtai
from tests.cli.conftest import Outcome, Screen, Shell
from vtai.cli import main
from vtai.cli.parts import Parts
from vtai.cli.terminal import Terminal
from vtai.settings import Loaded
from vtai.wiring import App


def test_the_version_is_printed(shell: Shell) -> None:
    assert shell("--version").out == f"vtai {vtai.__version__}\n"


@pytest.mark.parametrize(
    "command", [(), ("serve",), ("ask",), ("route",), ("models",), ("doctor",), ("config",)]
)
def test_every_command_has_help(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    assert "Usage: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--colour",), id="alone"),
        pytest.param(("serve", "--colour"), id="after serve"),
        pytest.param(("ask", "--colour", "Hi"), id="after ask"),
        pytest.param(("config", "show", "--colour"), id="after a command of two words"),
    ],
)
def test_an_unknown_option_is_named(shell: Shell, arguments: tuple[str, ...]) -> None:
    outcome = shell(*arguments)
    assert outcome.code == 2
    assert "--colour" in outcome.err
    assert "--help" in outcome.err


def test_an_unknown_command_is_named_with_a_near_match(shell: Shell) -> None:
    outcome = shell("aks")
    assert outcome.code == 2
    assert "'ask'" in outcome.err


def test_options_before_another_command_are_refused(shell: Shell) -> None:
    outcome = shell("--port", "9000", "config", "show")
    assert outcome.code == 2
    assert "vtai config" in outcome.err


def test_a_wrong_setting_stops_every_command_with_2(shell: Shell, config_file: Callable[[str], Path]) -> None:
    config_file("prot = 9000\n")
    for arguments in ((), ("ask", "Hi"), ("config", "show")):
        outcome = shell(*arguments)
        assert outcome.code == 2
        assert "'prot'" in outcome.err
        assert "'port'" in outcome.err
    assert not shell.built


def test_what_nobody_expected_leaves_a_reference_and_a_log() -> None:
    def fail(loaded: Loaded) -> App:
        raise ZeroDivisionError

    err = Screen()
    code = main(["ask", "Hi"], Parts(build=fail, terminal=Terminal(Screen(), err)))
    log = Path(os.environ["VT_DATA_DIR"]) / "vtai.log"
    assert code == 1
    assert "Traceback" not in err.text()
    assert str(log) in err.text()
    reference = err.text().split("the reference ")[1].split()[0]
    assert f"[{reference}]" in log.read_text()
    assert "ZeroDivisionError" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


def test_the_log_keeps_quiet_about_what_people_wrote(shell: Shell) -> None:
    shell("ask", "my secret question")
    log = (Path(os.environ["VT_DATA_DIR"]) / "vtai.log").read_text()
    assert "turn route=text" in log
    assert "my secret question" not in log


def test_a_data_folder_that_cannot_be_written_does_not_stop_an_answer(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VT_DATA_DIR", str(tmp_path / "file" / "data"))
    outcome: Outcome = shell("ask", "Hi")
    assert (outcome.code, outcome.out) == (0, "Hello there.\n")


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    """As in `vtai config show | head -1`."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "vtai", "config", "show"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == ""
    assert process.wait(30) == 1
