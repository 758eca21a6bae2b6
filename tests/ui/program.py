"""Starts the page as a process of its own, and stops it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
_START_S = 60.0


@dataclass
class Program:
    """`with Program(folder) as page`: `page.url`, and what the model was asked.

    `command` is what Python runs, the served page by default; `variables` are added to the environment.
    """

    folder: Path
    command: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.log = (self.folder / "log").open("w+")
        folders = {"VT_CONFIG_DIR": str(self.folder / "config"), "VT_DATA_DIR": str(self.folder / "data")}
        self.process = subprocess.Popen(
            [sys.executable, *(self.command or ("-m", "tests.ui.served", str(self.folder / "requests")))],
            cwd=_ROOT,
            env={**os.environ, **folders, **self.variables},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self.url = self._wait_until_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=15)
        self.log.close()

    @property
    def output(self) -> str:
        return (self.folder / "log").read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        path = self.folder / "requests"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What the model was asked, oldest first."""
        return [line for line in self.lines if "messages" in line]

    @property
    def pictures(self) -> list[dict[str, Any]]:
        """What the image model was asked, oldest first."""
        return [line["picture"] for line in self.lines if "picture" in line]

    @property
    def searches(self) -> list[dict[str, Any]]:
        """What searches were asked for, oldest first: the options under "search", and the command."""
        return [line for line in self.lines if "search" in line]

    @property
    def assisted(self) -> list[dict[str, Any]]:
        """What the assistant was handed, oldest first: its options, and what was remembered of the chat."""
        return [line for line in self.lines if "assistant" in line]

    @property
    def heard(self) -> list[dict[str, Any]]:
        """What was written down of speech, oldest first: the letters, language and model."""
        return [line for line in self.lines if "heard" in line]

    @property
    def spoken(self) -> list[dict[str, Any]]:
        """What was spoken, oldest first: the text under "spoke", voice, speed, instructions and model."""
        return [line for line in self.lines if "spoke" in line]

    @property
    def closed(self) -> list[list[str]]:
        """The person and conversation of each chat whose sandbox was closed."""
        return [line["closed"] for line in self.lines if "closed" in line]

    def go_on(self) -> None:
        """Lets a search or the assistant go on that waits."""
        (self.folder / "go").touch()

    @property
    def ends(self) -> list[str]:
        """How the model's streams ended: complete, or closed before that."""
        return [line["ended"] for line in self.lines if "ended" in line]

    def _wait_until_ready(self) -> str:
        end = time.monotonic() + _START_S
        while time.monotonic() < end and self.process.poll() is None:
            if (found := _ADDRESS.search(self.output)) and _is_ready(found[0]):
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"the program did not start:\n{self.output}")


def with_vendor(folder: Path, url: str) -> Program:
    """The program as people start it, with OpenAI at `url` and nothing packaged."""
    variables = {
        "HOME": str(folder),
        "OPENAI_API_KEY": "sk-of-the-test",
        "OPENAI_BASE_URL": url,
        "VT_EMBEDDED": "false",
    }
    return Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False
