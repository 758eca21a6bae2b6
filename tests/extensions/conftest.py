"""Packages as somebody else writes them: built as wheels, installed beside VT.ai, used through its doors."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.extensions.ollama_server import OllamaServer

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGES = ("hours", "ollama", "recipes", "shouting")


def finished(*command: str, piped: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        input=piped,
        env={**os.environ, **environment},
        cwd=ROOT,
    )


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages in it, as pip installs them; nothing is fetched."""
    folder = tmp_path_factory.mktemp("extensions")
    sources = [folder / "source" / name for name in PACKAGES]
    for source in sources:
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HERE / source.name, source, ignore=unwanted)
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-index")
    wheels = folder / "wheels"
    built = finished(
        *(*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(wheels)), *map(str, sources)
    )
    assert built.returncode == 0, built.stderr
    files = sorted(map(str, wheels.glob("vtai_*.whl")))
    assert len(files) == len(PACKAGES)
    done = finished(*pip, "install", *offline, "--target", str(folder / "target"), *files)
    assert done.returncode == 0, done.stderr
    return folder / "target"


@dataclass
class Command:
    """`vtai(...)` runs a command of the terminal with the packages installed, or without any."""

    packages: Path | None
    variables: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, *arguments: str, piped: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {"VT_EMBEDDED": "false", **self.variables, **variables}
        if self.packages is not None:
            environment["PYTHONPATH"] = str(self.packages)
        return finished(sys.executable, "-m", "vtai", *arguments, piped=piped, **environment)

    def configure(self, name: str, text: str) -> None:
        """Writes a file of the configuration folder."""
        folder = Path(os.environ["VT_CONFIG_DIR"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


@pytest.fixture
def vtai(installed: Path) -> Command:
    return Command(installed)


@pytest.fixture
def bare_vtai() -> Command:
    return Command(None)


@pytest.fixture
def ollama() -> Iterator[OllamaServer]:
    with OllamaServer() as server:
        yield server
