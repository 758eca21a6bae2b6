"""The fast stand-in as a process of its own, for tests whose program runs in another process too."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).parents[2]


class RemoteFast:
    """`with RemoteFast() as vendor`: its `url` is a base URL with /v1; a test scripts and questions it."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.standins.fast"], cwd=_ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self._call("GET", "_requests")

    def script(self, **fields: Any) -> None:
        self._call("POST", "_script", fields)

    def default(self, **fields: Any) -> None:
        """What answers when no script is left."""
        self._call("POST", "_default", fields)

    def reset(self) -> None:
        self._call("POST", "_reset", {})

    def _call(self, method: str, name: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url.removesuffix("v1") + name,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
