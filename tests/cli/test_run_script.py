"""`run.sh`, with recorders in the place of Python and uv."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDER = """#!/bin/sh
printf '%s' "$(basename "$0")" >>"$RECORD"
for argument in "$@"; do printf ' [%s]' "$argument" | tr '\\n' ' ' >>"$RECORD"; done
printf '\\n' >>"$RECORD"
case "$*" in *"$FAILS_AT"*) exit 1 ;; esac
"""


class Copy:
    """A project folder whose installed programs only write down what they are told."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project with a space"
        self.record = folder / "record"
        self.venv = self.root / ".venv"
        self.root.mkdir()
        for name in ("run.sh", "uv.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        for program in (self.venv / "bin" / "python", self.venv / ".uv" / "bin" / "uv"):
            program.parent.mkdir(parents=True)
            program.write_text(RECORDER)
            program.chmod(0o755)

    def run(
        self, *options: str, fails_at: str = "nothing does", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        self.record.unlink(missing_ok=True)
        return subprocess.run(
            [shutil.which("bash") or "bash", str(self.root / "run.sh"), *options],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env={**os.environ, "RECORD": str(self.record), "FAILS_AT": fails_at, **variables},
            check=False,
        )

    def calls(self) -> list[str]:
        return self.record.read_text().splitlines()


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_the_first_start_installs_fetches_and_starts(copy: Copy) -> None:
    done = copy.run()
    assert done.returncode == 0, done.stderr
    [sync] = [call for call in copy.calls() if call.startswith("uv ")]
    extras = "[--extra] [embedded] [--extra] [sandbox]"
    assert sync.startswith(f"uv [sync] [--frozen] [--no-dev] {extras} [--compile-bytecode]")
    assert "python [-P] [-m] [vtai] [models] [fetch]" in copy.calls()
    assert copy.calls()[-1] == "python [-P] [-m] [vtai]"


def test_optional_parts_are_installed_when_they_are_asked_for_and_stay(copy: Copy) -> None:
    copy.run()
    copy.run(VTAI_EXTRAS="postgres, redis")
    [sync] = [call for call in copy.calls() if call.startswith("uv ")]
    assert "[--extra] [postgres] [--extra] [redis] [--extra] [sandbox]" in sync
    copy.run()
    assert not any(call.startswith("uv ") for call in copy.calls())
    (copy.root / "uv.lock").write_text("changed")
    copy.run()
    assert any("[--extra] [postgres]" in call for call in copy.calls())


def test_an_optional_part_that_there_is_not_is_refused(copy: Copy) -> None:
    done = copy.run(VTAI_EXTRAS="postgers")
    assert (done.returncode, copy.record.exists()) == (1, False)
    assert "'postgers', which is none of the optional parts: e2b metasearch postgres" in done.stderr


def test_the_second_start_only_starts(copy: Copy) -> None:
    copy.run()
    done = copy.run()
    assert copy.calls() == ["python [-c] []", "python [-P] [-m] [vtai]"]
    assert (done.stdout, done.stderr) == ("", "")


def test_every_option_is_passed_on_as_it_is(copy: Copy) -> None:
    copy.run("--api-key", "openai=K", "--model", "o3-mini", "ask", "two words", "$HOME", "")
    assert copy.calls()[-1] == (
        "python [-P] [-m] [vtai] [--api-key] [openai=K] [--model] [o3-mini] [ask] [two words] [$HOME] []"
    )


@pytest.mark.parametrize("name", ["uv.lock", "pyproject.toml"])
def test_a_change_of_the_lock_or_the_project_file_installs_again(copy: Copy, name: str) -> None:
    copy.run()
    with (copy.root / name).open("a") as file:
        file.write("# changed\n")
    copy.run()
    assert any(call.startswith("uv [sync]") for call in copy.calls())


def test_the_tools_of_the_tests_are_kept(copy: Copy) -> None:
    (copy.venv / "bin" / "pytest").write_text(RECORDER)
    (copy.venv / "bin" / "pytest").chmod(0o755)
    copy.run()
    assert any("[--group] [dev]" in call for call in copy.calls())


def test_another_persons_first_start_fetches_but_does_not_install(copy: Copy, tmp_path: Path) -> None:
    copy.run()
    copy.run(HOME=str(tmp_path / "another"))
    assert "python [-P] [-m] [vtai] [models] [fetch]" in copy.calls()
    assert not any(call.startswith("uv ") for call in copy.calls())


def test_without_weights_it_starts_says_so_and_tries_again(copy: Copy) -> None:
    done = copy.run(fails_at="models fetch")
    assert done.returncode == 0
    assert "starts without them" in done.stderr
    assert copy.calls()[-1] == "python [-P] [-m] [vtai]"
    copy.run()
    assert "python [-P] [-m] [vtai] [models] [fetch]" in copy.calls()


def test_a_failed_installation_is_explained_and_not_taken_for_done(copy: Copy) -> None:
    for _ in range(2):
        done = copy.run(fails_at="sync")
        assert done.returncode == 1
        assert "Check the network" in done.stderr


def test_without_a_suitable_python_it_says_what_to_install(copy: Copy, tmp_path: Path) -> None:
    shutil.rmtree(copy.venv)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("bash", "dirname", "cat", "cksum", "sort"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    done = copy.run(PATH=str(tools), PYENV_ROOT=str(tmp_path))
    assert done.returncode == 1
    assert "Python 3.11, 3.12 or 3.13" in done.stderr
    assert not copy.venv.exists()


def test_the_scripts_are_valid_and_can_be_run() -> None:
    for name in ("run.sh", "test.sh", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK)
        subprocess.run(["bash", "-n", str(ROOT / name)], check=True)
