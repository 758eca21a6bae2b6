"""Speaks to a session as the server does, over its socket and its two pipes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vtai.providers.sandbox.inside import frames

ROOT = Path(__file__).parents[4]
# Only against a test that would never end.
HANG_S = 120

_BARE = """
import os, socket, sys
_, root, folder, descriptor = sys.argv
sys.path.insert(0, root)
from vtai.providers.sandbox.inside import worker
os.chdir(folder)
worker.settle(folder, folder)
worker.Worker(socket.socket(fileno=int(descriptor)), folder, "B").serve()
"""


@dataclass
class Session:
    """`others` are the frames that came before the one that was waited for."""

    sock: socket.socket
    stdout: int
    stderr: int
    others: list[tuple[frames.Header, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sock.settimeout(HANG_S)

    def send(self, op: str, payload: bytes = b"", **fields: Any) -> None:
        frames.write(self.sock, {"op": op, **fields}, payload)

    def read(self) -> tuple[frames.Header, bytes] | None:
        return frames.read(self.sock, frames.FROM_SESSION)

    def wait_for(self, op: str, **fields: Any) -> tuple[frames.Header, bytes]:
        self.others.clear()
        while (frame := self.read()) is not None:
            if frame[0]["op"] == op and fields.items() <= frame[0].items():
                return frame
            self.others.append(frame)
        raise EOFError(op)

    def run(self, code: str) -> frames.Header:
        self.send("run", id=1, code=code)
        return self.wait_for("done", id=1)[0]

    def put(self, name: str, *pieces: bytes) -> str | None:
        for at, piece in enumerate(pieces, start=1):
            self.send("put", piece, id=2, name=name, more=at < len(pieces))
        error: str | None = self.wait_for("putted", id=2)[0]["error"]
        return error

    def get(self, name: str, max_bytes: int = 1 << 30) -> bytes | str:
        """The file, or why there is none."""
        self.send("get", id=3, name=name, max_bytes=max_bytes)
        data = b""
        while True:
            header, payload = self.wait_for("file", id=3)
            if "error" in header:
                return str(header["error"])
            data += payload
            if not header["more"]:
                return data

    def printed(self, pipe: int | None = None) -> str:
        """What has come so far, without waiting."""
        pipe = self.stdout if pipe is None else pipe
        os.set_blocking(pipe, False)
        text = b""
        try:
            while portion := os.read(pipe, 65536):
                text += portion
        except BlockingIOError:
            pass
        return text.decode()

    def has_ended(self) -> bool:
        """Waits for the end; False where something else comes first."""
        try:
            return self.read() is None
        except (ConnectionError, frames.BadFrame):
            return True


@contextmanager
def bare(folder: Path) -> Iterator[tuple[Session, subprocess.Popen[bytes]]]:
    """A session without walls, for what the worker does behind them. It is ready."""
    near, far = socket.socketpair()
    command = [sys.executable, "-I", "-B", "-c", _BARE, str(ROOT), str(folder), str(far.fileno())]
    process = subprocess.Popen(
        command,
        pass_fds=[far.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"LANG": "C.UTF-8"},
    )
    far.close()
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        session = Session(near, process.stdout.fileno(), process.stderr.fileno())
        session.wait_for("ready", level="B")
        yield session, process
    finally:
        near.close()
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()
