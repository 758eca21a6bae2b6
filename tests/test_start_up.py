"""What a fresh interpreter has imported: start-up stays quick because the heavy libraries wait."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.providers.embedded.packaged import packaged_models

HEAVY = {"litellm", "chainlit", "semantic_router"}
ASK = "from vtai.cli import main; assert main(['ask', '--route', 'text', 'What is 17 + 25?']) == 0"


def imported(code: str, timeout_s: float = 60) -> set[str]:
    """The top-level modules after the code has run in an interpreter of its own."""
    code += (
        "\nimport sys, json; print('\\n' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["--help"], 0, id="help"),
        pytest.param(["ask", "--help"], 0, id="help of a command"),
        pytest.param(["--version"], 0, id="version"),
        pytest.param(["--colour"], 2, id="unknown option"),
    ],
)
def test_what_needs_no_work_loads_no_sdk_and_no_page(arguments: list[str], code: int) -> None:
    modules = imported(f"from vtai.cli import main; assert main({arguments!r}) == {code}")
    assert "typer" in modules
    assert not modules & (HEAVY | {"httpx", "numpy", "openai", "rich", "uvicorn"})


def test_help_loads_no_settings() -> None:
    assert "pydantic" not in imported("from vtai.cli import main; main(['--help'])")


def test_the_wiring_loads_no_sdk_and_no_page() -> None:
    assert not imported("import vtai.wiring") & HEAVY


@pytest.mark.slow
def test_the_application_is_put_together_without_sdks() -> None:
    code = "from vtai import settings, wiring; wiring.build(settings.load())"
    assert not imported(code) & HEAVY


@pytest.mark.slow
@pytest.mark.model
def test_an_answer_of_the_packaged_model_needs_neither_litellm_nor_the_page() -> None:
    data = Path(os.environ["VT_DATA_DIR"])
    data.mkdir()
    (data / "models").symlink_to(packaged_models() / "models")
    assert not imported(ASK, timeout_s=300) & {"litellm", "chainlit"}


@pytest.mark.slow
def test_starting_in_an_empty_folder_leaves_it_empty(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for arguments in (["--help"], ["config", "show"], ["models", "--json"], ["route", "Hello"]):
        subprocess.run(
            [sys.executable, "-P", "-m", "vtai", *arguments],
            cwd=here,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=True,
        )
    assert list(here.iterdir()) == []
