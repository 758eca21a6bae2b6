"""One session: runs what the server sends, and moves files, until the server closes the connection.

The main thread runs code. A second thread reads the connection, so that files are served and code is stopped
while it runs. What code does to this process harms its own session only: where the connection is of no more
use, the process ends and the server sees it.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.inside.display import Screen
from vtai.providers.sandbox.inside.execute import STOPPED, Interpreter, Outcome
from vtai.providers.sandbox.inside.failures import Failure
from vtai.providers.sandbox.inside.interrupts import Interrupts
from vtai.providers.sandbox.inside.storage import Refused, Storage, Writer
from vtai.providers.sandbox.inside.streams import Streams

# How the process ends where the connection broke, the server broke the rules, the code broke the worker.
NO_CONNECTION = 70
BAD_REQUEST = 71
BROKEN = 73

_MAX_PUTS = 8
_SWITCH_S = 0.005


class Connection:
    """Sends frames, from any thread, each whole: no interrupt cuts one in half."""

    def __init__(self, sock: socket.socket, interrupts: Interrupts) -> None:
        self._socket = sock
        self._interrupts = interrupts
        self._lock = threading.Lock()

    def send(self, header: frames.Header, payload: bytes = b"") -> None:
        """Sends one frame. Ends the process where nobody can be reached, or where it is none."""
        try:
            frame = frames.encode(header, payload)
        except frames.BadFrame:
            os._exit(BAD_REQUEST)
        self._send(frame)

    def send_in_pieces(self, header: frames.Header, payload: bytes) -> None:
        """Sends a payload of any length."""
        for frame in frames.pieces(header, payload):
            self._send(frame)

    def receive(self) -> tuple[frames.Header, bytes] | None:
        """The next request; None at the end. Raises BadFrame, OSError."""
        return frames.read(self._socket, frames.TO_SESSION)

    def _send(self, frame: bytes) -> None:
        with self._interrupts, self._lock:
            try:
                self._socket.sendall(frame)
            except OSError:
                os._exit(NO_CONNECTION)


class Worker:
    """Serves one session over a socket. To be made and served in the main thread."""

    def __init__(self, sock: socket.socket, folder: str, level: str) -> None:
        self._level = level
        self._storage = Storage(folder)
        self._interrupts = Interrupts()
        self._connection = Connection(sock, self._interrupts)
        self._interpreter = Interpreter(folder)
        self._streams = Streams()
        self._jobs: SimpleQueue[tuple[int, str]] = SimpleQueue()
        # Runs that were taken and are not done; the first is the one that runs.
        self._open_runs: list[int] = []
        self._puts: dict[int, Writer | None] = {}
        self._storage_lock = threading.Lock()

    def serve(self) -> None:
        """Says that it is ready and runs code; never returns, but ends the process."""
        self._streams.renew()
        self._interrupts.install()
        self._storage.changes()
        control = threading.Thread(target=self._control, name="control", daemon=True)
        control.start()
        self._connection.send({"op": "ready", "level": self._level})
        try:
            while True:
                self._run(*self._jobs.get())
        except BaseException:  # noqa: BLE001 code has broken what runs it: there is nothing to go on with
            os._exit(BROKEN)

    def _run(self, run_id: int, code: str) -> None:
        self._streams.renew()
        sys.setswitchinterval(_SWITCH_S)
        screen = Screen(run_id, self._show)
        screen.take_over()
        outcome = self._outcome(code, screen)
        self._open_runs.remove(run_id)
        self._interrupts.forget()
        self._streams.flush()
        self._connection.send(self._done(run_id, outcome, screen))

    def _outcome(self, code: str, screen: Screen) -> Outcome:
        try:
            self._interrupts.open()
            try:
                return self._interpreter.run(code, screen)
            finally:
                self._interrupts.close()
        except KeyboardInterrupt:
            return Outcome("error", failure=STOPPED)
        except MemoryError:
            return Outcome(
                "memory", failure=Failure("MemoryError", "The code needed more memory than it may have.")
            )
        except BaseException as error:  # noqa: BLE001 code can break what runs it; the session must answer all the same
            return Outcome("error", failure=Failure(type(error).__name__, "The code broke the interpreter."))
        finally:
            self._interrupts.close()
            # The code may have taken the signal over: from here on it is ours again.
            self._interrupts.install()
            screen.close()

    def _done(self, run_id: int, outcome: Outcome, screen: Screen) -> frames.Header:
        with self._storage_lock:
            changes = self._storage.changes()
        failure = outcome.failure
        error = failure and {"type": failure.type, "message": failure.message, "traceback": failure.traceback}
        return {
            "op": "done",
            "id": run_id,
            "status": outcome.status,
            "result": outcome.result,
            "error": error,
            "figures_left_out": screen.figures_left_out,
            "notes": screen.notes,
            "changed": [{"name": entry.name, "size": entry.size} for entry in changes.entries],
            "changed_left_out": changes.left_out,
        }

    def _show(self, header: frames.Header, payload: bytes) -> None:
        if header["op"] == "figure":
            self._connection.send_in_pieces(header, payload)
        else:
            self._connection.send(header, payload)

    def _control(self) -> None:
        """Reads requests until the connection ends, and the process with it."""
        # Signals are for the main thread.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            while (request := self._connection.receive()) is not None:
                header, payload = request
                if header["op"] == "bye":
                    break
                self._answer(header, payload)
        except OSError:
            os._exit(NO_CONNECTION)
        except BaseException:  # noqa: BLE001 a request that breaks the rules, in whatever way, ends the session
            os._exit(BAD_REQUEST)
        os._exit(0)

    def _answer(self, header: frames.Header, payload: bytes) -> None:
        answers: dict[str, Callable[[frames.Header, bytes], None]] = {
            "run": self._take,
            "put": self._put,
            "get": self._get,
            "list": self._list,
            "interrupt": self._interrupt,
        }
        answers[header["op"]](header, payload)

    def _take(self, header: frames.Header, payload: bytes) -> None:
        code = header["code"] if "code" in header else payload.decode("utf-8")
        if not isinstance(code, str):
            raise frames.BadFrame("code that is no text")
        self._open_runs.append(_number(header["id"]))
        self._jobs.put((header["id"], code))

    def _interrupt(self, header: frames.Header, _payload: bytes) -> None:
        if self._open_runs and header.get("id") in {None, self._open_runs[0]}:
            self._interrupts.ask()

    def _put(self, header: frames.Header, payload: bytes) -> None:
        put_id, is_last = _number(header["id"]), not header.get("more")
        error: str | None = None
        with self._storage_lock:
            try:
                self._write(put_id, str(header["name"]), payload, is_last=is_last)
            except Refused as refusal:
                # What still comes of this file is taken and thrown away.
                self._puts[put_id] = None
                error = str(refusal)
        if error is not None or (is_last and put_id in self._puts and self._puts[put_id] is not None):
            self._connection.send({"op": "putted", "id": put_id, "error": error})
        if is_last:
            self._puts.pop(put_id, None)

    def _write(self, put_id: int, name: str, payload: bytes, *, is_last: bool) -> None:
        if put_id not in self._puts:
            if len(self._puts) >= _MAX_PUTS:
                raise frames.BadFrame("too many files at once")
            self._puts[put_id] = self._storage.writer(name)
        writer = self._puts[put_id]
        if writer is None:
            return
        writer.write(payload)
        if is_last:
            writer.finish()

    def _get(self, header: frames.Header, _payload: bytes) -> None:
        answer = {"op": "file", "id": _number(header["id"])}
        try:
            pieces = self._storage.chunks(str(header["name"]), _number(header["max_bytes"]))
            last = next(pieces)
            for piece in pieces:
                self._connection.send({**answer, "more": True}, last)
                last = piece
        except Refused as refusal:
            self._connection.send({**answer, "error": str(refusal)})
        else:
            self._connection.send({**answer, "more": False}, last)

    def _list(self, header: frames.Header, _payload: bytes) -> None:
        with self._storage_lock:
            listing = self._storage.listing()
        files = [
            {"name": entry.name, "size": entry.size, "changed": entry.is_changed} for entry in listing.entries
        ]
        self._connection.send(
            {"op": "listed", "id": _number(header["id"]), "files": files, "left_out": listing.left_out}
        )


def reseed() -> None:
    """New random numbers: every session is a copy of the same process."""
    random.seed()
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def settle(home: str, temporary: str) -> None:
    """The session's own folders, where a program looks for them."""
    os.environ["HOME"] = home
    os.environ["TMPDIR"] = temporary
    sys.path.insert(0, home)
    sys.argv = [""]


def _number(value: object) -> int:
    if type(value) is not int:
        raise frames.BadFrame("a number that is none")
    return value
