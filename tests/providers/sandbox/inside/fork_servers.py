"""Starts a fork server and speaks to it as the server does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.providers.sandbox.inside.sessions import HANG_S, Session
from vtai.providers.sandbox.inside import bootstrap, frames, preload
from vtai.providers.sandbox.inside.walls import Walls


@dataclass
class Server:
    """`hello` is what it said first. `sessions` are the pids of those made; `ends` lets go of them."""

    control: socket.socket
    process: subprocess.Popen[bytes]
    hello: frames.Header = field(default_factory=dict)
    sessions: list[int] = field(default_factory=list)
    ends: ExitStack = field(default_factory=ExitStack)

    def ask(self, op: str, descriptors: list[int] | None = None, **fields: Any) -> frames.Header:
        socket.send_fds(self.control, [frames.encode({"op": op, **fields})], descriptors or [])
        return self.read()

    def read(self) -> frames.Header:
        frame = frames.read(self.control, frames.FROM_FORK_SERVER)
        assert frame is not None, "the fork server has ended"
        return frame[0]

    def fork(self, walls: Walls) -> Session:
        """A session that is ready."""
        near, far = socket.socketpair()
        self.ends.enter_context(near)
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        for end in (out, err):
            self.ends.callback(os.close, end)
        answer = self.ask("fork", [far.fileno(), out_end, err_end], id=1, walls=walls.to_json())
        far.close()
        os.close(out_end)
        os.close(err_end)
        assert answer["op"] == "forked", answer
        self.sessions.append(answer["pid"])
        session = Session(near, out, err)
        session.wait_for("ready", level=walls.level)
        return session


@contextmanager
def fork_server(folder: Path, *, with_libraries: bool = False) -> Iterator[Server]:
    near, far = socket.socketpair()
    config = json.dumps({"control_fd": far.fileno(), "preload": with_libraries})
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", bootstrap.__file__, config],
        pass_fds=[far.fileno()],
        stdin=subprocess.DEVNULL,
        env={**preload.ENVIRONMENT, "LANG": "C.UTF-8", "MPLCONFIGDIR": str(folder)},
        cwd="/",
    )
    far.close()
    near.settimeout(HANG_S)
    try:
        server = Server(near, process)
        server.hello = server.read()
        with server.ends:
            yield server
    finally:
        near.close()
        process.wait(HANG_S)
