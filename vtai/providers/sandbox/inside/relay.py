"""Process 1 of a container: `python -I -B relay.py '{"data": "/mnt/data", "limits": {...}}'`.

    server --standard input--> relay --socket--> session
    server <-standard output-- relay <--socket and two pipes-- session

Holds one session, whose own output never meets the frames: it comes through pipes and is passed on as frames,
before the end of its run. What the session does to itself, the relay survives and tells.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from vtai.providers.sandbox.inside.frames import Header

# To be raised when the frames or what they mean change: image and server must agree.
PROTOCOL = 1
LEVEL = "container"
# What the server asks of the relay itself, beside what goes on to the session.
TO_RELAY = frozenset({"freeze", "thaw"})
# What the relay says itself:
#   hello      protocol, python, libraries, missing
#   output     stream; payload: what the code printed
#   exited     status (like a subprocess's return code: below zero for a signal; null where it was ended)
FROM_RELAY = frozenset({"hello", "output", "exited"})

_READ_BYTES = 256 * 1024
# No pipe holds more: what was printed before the end of a run is read before that end is passed on.
_PIPE_BYTES = 1024 * 1024
_NOT_CONFINED = 72
# How long a session that has closed its connection may take to end.
_PATIENCE_S = 1.0
_STREAMS = ("stdout", "stderr")


@dataclass(frozen=True, slots=True)
class Session:
    """The session's process and our ends of what leads to it."""

    pid: int
    sock: socket.socket
    pipes: tuple[int, int]


class Relay:
    """Passes frames on until the session has ended or the server has closed its end."""

    def __init__(self, incoming: int, outgoing: int, session: Session) -> None:
        from vtai.providers.sandbox.inside import frames

        self._frames = frames
        self._incoming = incoming
        self._outgoing = outgoing
        self._session = session
        self._pipes = dict(zip(session.pipes, _STREAMS, strict=True))
        self._from_server = frames.Decoder(frames.TO_SESSION | TO_RELAY)
        self._from_session = frames.Decoder(frames.FROM_SESSION)
        self._is_running = False

    def serve(self) -> None:
        """Returns when there is nothing more to pass on; the session is gone then, and its end is told."""
        try:
            while self._pass_on():
                pass
        except self._frames.BadFrame:
            # Somebody does not keep to the rules: the session ends, and the server sees it.
            pass
        finally:
            status = self._ended()
            self._drain()
            self._tell({"op": "exited", "status": status})

    def _ended(self) -> int | None:
        """How the session ended; None where it did not by itself."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self._session.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(self._session.pid, signal.SIGKILL)
        os.waitpid(self._session.pid, 0)
        return None

    def _pass_on(self) -> bool:
        """Whether there may be more."""
        # Between runs what the code prints waits in its pipes, as it does without a relay.
        pipes = list(self._pipes) if self._is_running else []
        session = self._session.sock.fileno()
        ready, _, _ = select.select([self._incoming, session, *pipes], [], [])
        if session in ready:
            return self._take_from_session()
        for pipe in pipes:
            if pipe in ready:
                self._read(pipe, _READ_BYTES)
        return self._incoming not in ready or self._take_from_server()

    def _take_from_server(self) -> bool:
        data = os.read(self._incoming, _READ_BYTES)
        for header, payload in self._from_server.feed(data):
            match header["op"]:
                case "freeze":
                    os.kill(self._session.pid, signal.SIGSTOP)
                case "thaw":
                    os.kill(self._session.pid, signal.SIGCONT)
                case op:
                    self._is_running = self._is_running or op == "run"
                    with contextlib.suppress(OSError):  # it has ended: that is seen where it is read
                        self._frames.write(self._session.sock, header, payload)
        return bool(data)

    def _take_from_session(self) -> bool:
        try:
            data = self._session.sock.recv(_READ_BYTES)
        except OSError:
            return False
        for header, payload in self._from_session.feed(data):
            if header["op"] == "done":
                self._drain()
                self._is_running = False
            self._tell(header, payload)
        return bool(data)

    def _drain(self) -> None:
        """Passes on what was printed up to now."""
        for pipe in tuple(self._pipes):
            left = _PIPE_BYTES if self._is_running else 0
            while left > 0 and select.select([pipe], [], [], 0)[0] and (read := self._read(pipe, left)):
                left -= read

    def _read(self, pipe: int, most: int) -> int:
        data = os.read(pipe, min(most, _READ_BYTES))
        if data:
            self._tell({"op": "output", "stream": self._pipes[pipe]}, data)
        else:
            # The code has closed its end.
            del self._pipes[pipe]
        return len(data)

    def _tell(self, header: Header, payload: bytes = b"") -> None:
        frame = memoryview(self._frames.encode(header, payload))
        with contextlib.suppress(BrokenPipeError):
            while frame:
                frame = frame[os.write(self._outgoing, frame) :]


def main(config: Mapping[str, Any]) -> None:
    """Loads the libraries, says hello, makes the session and serves it to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    _limit_imports()
    from vtai.providers.sandbox.inside import preload

    incoming, outgoing = _own_descriptors()
    present, missing = preload.load() if config.get("preload", True) else ([], [])
    session = _started(config, present)
    relay = Relay(incoming, outgoing, session)
    relay._tell(  # noqa: SLF001 -- its own first word
        {
            "op": "hello",
            "protocol": PROTOCOL,
            "python": ".".join(map(str, sys.version_info[:3])),
            "libraries": present,
            "missing": missing,
        }
    )
    relay.serve()


def _limit_imports() -> None:
    """Only this folder of the package can be imported."""
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location("bootstrap", folder / "bootstrap.py")
    if spec is None or spec.loader is None:
        raise SystemExit("the worker is not complete")
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    limit: Callable[[Path], None] = bootstrap.limit_imports
    limit(folder)


def _own_descriptors() -> tuple[int, int]:
    """Where frames come from and go to. What libraries print by themselves from here on goes nowhere."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return incoming, outgoing


def _started(config: Mapping[str, Any], libraries: list[str]) -> Session:
    from vtai.providers.sandbox.inside import kernel

    ours, theirs = socket.socketpair()
    (out, out_end), (errors, errors_end) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _become_session(config, (theirs.fileno(), out_end, errors_end))
    theirs.close()
    os.close(out_end)
    os.close(errors_end)
    # From here on the session, which has the same user, may not look into this process.
    kernel.set_dumpable(False)
    return Session(pid, ours, (out, errors))


def _become_session(config: Mapping[str, Any], descriptors: tuple[int, int, int]) -> NoReturn:
    """Runs in the new process and does not return."""
    from vtai.providers.sandbox.inside import forkserver, frames, worker
    from vtai.providers.sandbox.inside.walls import ConfineError

    try:
        sock = forkserver.take_descriptors(descriptors)
        worker.reseed()
        data = str(config.get("data", "/mnt/data"))
        try:
            _close_up(config, data)
        except (ConfineError, OSError) as error:
            frames.write(sock, {"op": "refused", "reason": str(error)})
            os._exit(_NOT_CONFINED)
        worker.settle(data, "/tmp")  # noqa: S108 -- a container's own
        worker.Worker(sock, data, LEVEL).serve()
    finally:
        os._exit(_NOT_CONFINED)


def _close_up(config: Mapping[str, Any], data: str) -> None:
    """The container is the wall; within it the session has limits and may start nothing. Raises ConfineError,
    OSError.
    """
    from vtai.providers.sandbox.inside import identity, kernel, limits, seccomp
    from vtai.providers.sandbox.inside.walls import Limits

    os.chdir(data)
    identity.give_up_capabilities()
    kernel.set_dumpable(False)
    kernel.die_with_parent()
    limits.leave_terminal()
    kernel.refuse_new_privileges()
    limits.apply(Limits(**{name: int(value) for name, value in config.get("limits", {}).items()}))
    seccomp.install(os.getpid(), has_namespaces=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
