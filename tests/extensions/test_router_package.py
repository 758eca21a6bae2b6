"""A router of another package: built as a wheel, installed beside VT.ai, named in the settings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from vtai.routing.second_opinion import UNSURE_BELOW
from vtai.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parent / "shouting"
GUIDE = ROOT / "docs" / "guides" / "routers.md"

LINES = [
    {"text": "DRAW A CAT, I SAID"},
    {"text": "draw a cat, I said"},
    {"text": "WHAT DOES IT SAY HERE", "attachments": ["image"]},
]


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        input="".join(json.dumps(line) + "\n" for line in LINES),
        env={**os.environ, **environment},
        cwd=ROOT,
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package in it, as pip installs it."""
    folder = tmp_path_factory.mktemp("extension")
    source, wheels, target = folder / "source", folder / "wheels", folder / "target"
    source.mkdir()
    for file in PACKAGE.iterdir():
        if file.is_file():
            (source / file.name).write_bytes(file.read_bytes())
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-index")
    built = run(*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels), str(source))
    assert built.returncode == 0, built.stderr
    [wheel] = wheels.glob("vtai_shouting-*.whl")
    done = run(*pip, "install", *offline, "--target", str(target), str(wheel))
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.slow
def test_the_installed_router_is_asked_in_its_place(installed: Path) -> None:
    done = run(
        *(sys.executable, "-m", "vtai", "route", "--jsonl"),
        VT_ROUTERS="rules+shouting+semantic",
        PYTHONPATH=str(installed),
    )
    assert done.returncode == 0, done.stderr
    shouted, said, shown = (json.loads(line) for line in done.stdout.splitlines())
    assert (shouted["route"], shouted["reason"]) == ("text", "The message is shouted.")
    assert said["route"] == "image-generation"
    assert shown["route"] == "vision"


@pytest.mark.slow
def test_without_the_package_its_router_is_an_unknown_name() -> None:
    done = run(*(sys.executable, "-m", "vtai", "route", "--jsonl"), VT_ROUTERS="rules+shouting+semantic")
    assert done.returncode == 2
    assert "There is no router 'shouting'" in done.stderr


@pytest.mark.parametrize(("file", "language"), [("pyproject.toml", "toml"), ("vtai_shouting.py", "python")])
def test_the_guide_shows_the_package_word_for_word(file: str, language: str) -> None:
    guide = GUIDE.read_text("utf-8")
    shown = re.findall(rf"```{language}\n(.*?)```", guide, flags=re.DOTALL)
    assert (PACKAGE / file).read_text("utf-8") in shown


@pytest.mark.parametrize(
    "name", ["routers", "routing_cache_size", "routing_cache_s", "second_opinion_timeout_s"]
)
def test_the_guide_names_the_defaults(name: str) -> None:
    default = Settings.model_fields[name].default
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    [row] = re.findall(rf"^\| `{name}` \| (.*?) \|", GUIDE.read_text("utf-8"), flags=re.MULTILINE)
    assert row == f"`{shown}`"


def test_the_guide_names_the_bound_below_which_a_model_is_asked() -> None:
    assert f"below {UNSURE_BELOW:g}" in GUIDE.read_text("utf-8")
