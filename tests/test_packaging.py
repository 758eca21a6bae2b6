"""The wheel carries everything that VT.ai needs at run time, and nothing else."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import vtai

ROOT = Path(__file__).parents[1]
WORKING_FILES = {"__pycache__", ".files"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    if importlib.util.find_spec("hatchling"):
        command = [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            str(folder),
        ]
    else:  # fetches the build tool
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            str(folder),
            ".",
        ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    return set(wheel.namelist())


@pytest.mark.parametrize(
    "pattern",
    [
        "vtai/providers/models.toml",
        "vtai/providers/embedded/weights.toml",
        "vtai/prompts/*.md",
        "vtai/routing/utterances/*",
        "vtai/routing/*.np[yz]",
        "vtai/ui/site/.chainlit/config.toml",
        "vtai/ui/site/.chainlit/translations/en-US.json",
        "vtai/ui/site/public/*",
        "vtai/ui/site/chainlit*.md",
        "vtai/py.typed",
    ],
)
def test_the_wheel_carries(names: set[str], pattern: str) -> None:
    assert any(PurePosixPath(name).match(pattern) for name in names)


def test_every_file_of_the_package_is_in_the_wheel(names: set[str]) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "vtai").rglob("*")
        if path.is_file() and not WORKING_FILES.intersection(path.parts)
    }
    assert files - names == set()


def test_nothing_but_the_package_and_its_description_is_in_the_wheel(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert tops == {"vtai", f"vtai-{vtai.__version__}.dist-info"}
    assert not any(WORKING_FILES.intersection(name.split("/")) for name in names)


def test_the_wheel_installs_the_command_and_says_its_licence(wheel: zipfile.ZipFile) -> None:
    folder = f"vtai-{vtai.__version__}.dist-info"
    assert "vtai = vtai.cli:main" in wheel.read(f"{folder}/entry_points.txt").decode()
    about = wheel.read(f"{folder}/METADATA").decode()
    assert f"Version: {vtai.__version__}" in about
    assert "License-Expression: MIT" in about
    assert "Provides-Extra: embedded" in about
