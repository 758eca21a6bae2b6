"""Makes a session at a time by copying itself: libraries are loaded once, and no secret was ever in here.

Started on its own with an environment of its own, it has one thread, listens to its control socket only, and
ends with it, and all sessions with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from vtai.providers.sandbox.inside import confine, frames, worker

# How a session ends that never got ready.
NOT_CONFINED = 72

_MAX_DESCRIPTORS = 16
_RECEIVE_BYTES = 512 * 1024
_SESSION_SOCKET = 3
_HIGHEST_DESCRIPTOR = 1 << 20
_MAX_WAIT_S = 5.0


class ForkServer:
    """Answers on the control socket until it closes."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._decoder = frames.Decoder()
        self._received: list[int] = []
        self._sessions: set[int] = set()
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def serve(self, libraries: Sequence[str], missing: Sequence[str]) -> None:
        """Says hello with what is loaded, then makes and buries sessions; returns when the server is gone."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        python = ".".join(map(str, sys.version_info[:3]))
        try:
            self._say({"op": "hello", "libraries": libraries, "python": python, "missing": missing})
            for header in self._requests():
                self._answer(header)
        except (OSError, frames.BadFrame):
            # The server is gone, or talks nonsense: then there is nobody to serve.
            return
        finally:
            self._end_all()

    def _requests(self) -> Iterator[frames.Header]:
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poller.poll()}
            if self._woken in ready:
                self._reap()
            if self._control.fileno() not in ready:
                continue
            data, received, _, _ = socket.recv_fds(self._control, _RECEIVE_BYTES, _MAX_DESCRIPTORS)
            self._received += received
            if not data:
                return
            headers = [header for header, _ in self._decoder.feed(data)]
            # A session is forked while this waits: nothing of its request may be left here to be found.
            del data
            while headers:
                yield headers.pop(0)

    def _answer(self, header: frames.Header) -> None:
        """Descriptors that came with the request are closed here in any case."""
        descriptors, self._received = self._received, []
        try:
            if header["op"] == "fork":
                self._fork(header, descriptors)
            elif header["op"] == "probe":
                walls = confine.Walls.from_json(header["walls"])
                reason = confine.probe_level(header["level"], walls)
                self._say({"op": "probed", "id": header["id"], "level": header["level"], "reason": reason})
            else:
                self._refuse(header, "a request that is not known")
        except (confine.ConfineError, KeyError, TypeError, ValueError, AttributeError) as error:
            self._refuse(header, str(error))
        finally:
            for descriptor in descriptors:
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    def _fork(self, header: frames.Header, descriptors: Sequence[int]) -> None:
        if len(descriptors) != 3:
            self._refuse(header, f"{len(descriptors)} descriptors instead of three")
            return
        walls = confine.Walls.from_json(header["walls"])
        try:
            pid = confine.launch(walls, lambda: self._become_session(walls, descriptors, header))
        except OSError as error:
            self._refuse(header, f"no process can be made ({error.strerror})")
            return
        self._sessions.add(pid)
        self._say({"op": "forked", "id": header["id"], "pid": pid})

    def _become_session(
        self, walls: confine.Walls, descriptors: Sequence[int], header: frames.Header
    ) -> None:
        """Runs in the new process and does not return. The paths of the host are forgotten on the way."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._control.detach()
        sock = take_descriptors(descriptors)
        gc.enable()
        worker.reseed()
        try:
            confine.seal(walls)
        except confine.ConfineError as error:
            frames.write(sock, {"op": "refused", "reason": str(error)})
            os._exit(NOT_CONFINED)
        header.clear()
        walls.forget()
        worker.settle(walls.data, walls.data if walls.level == "B" else "/tmp")  # noqa: S108 its own, behind the walls
        worker.Worker(sock, walls.data, walls.level).serve()

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(self._woken, 4096):
                pass
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._bury(*ended)

    def _bury(self, pid: int, wait_status: int) -> None:
        if pid not in self._sessions:
            return
        self._sessions.discard(pid)
        status = os.waitstatus_to_exitcode(wait_status)
        self._say({"op": "exited", "pid": pid, "status": status, "signal": _signal_name(-status)})

    def _end_all(self) -> None:
        for pid in self._sessions:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + _MAX_WAIT_S
        with contextlib.suppress(ChildProcessError):
            while time.monotonic() < deadline:
                if not os.waitpid(-1, os.WNOHANG)[0]:
                    time.sleep(0.01)

    def _refuse(self, header: frames.Header, reason: str) -> None:
        known = header.get("id")
        self._say({"op": "refused", "id": known if isinstance(known, int) else None, "reason": reason})

    def _say(self, header: frames.Header) -> None:
        frames.write(self._control, header)


def take_descriptors(descriptors: Sequence[int]) -> socket.socket:
    """Puts the session's socket and its two pipes in their places, and closes everything else but stdin."""
    # Out of the way first: any of them may have the number of another one's place.
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 100) for descriptor in descriptors]
    for descriptor, place in zip(high, (_SESSION_SOCKET, 1, 2), strict=True):
        os.dup2(descriptor, place, inheritable=False)
    os.closerange(_SESSION_SOCKET + 1, _HIGHEST_DESCRIPTOR)
    return socket.socket(fileno=_SESSION_SOCKET)


def has_one_thread() -> bool:
    """Whether this process has one thread. One that is about to end is given a moment."""
    deadline = time.monotonic() + _MAX_WAIT_S
    while _threads() > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    return _threads() == 1


def _threads() -> int:
    tasks = Path("/proc/self/task")
    return sum(1 for _ in tasks.iterdir()) if tasks.is_dir() else threading.active_count()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name if number > 0 else ""
    except ValueError:
        return str(number)
