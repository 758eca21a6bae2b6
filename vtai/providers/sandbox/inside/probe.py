"""What is tried behind the walls, once, before a level is trusted: what must fail, and what must work."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from vtai.providers.sandbox.inside import identity, kernel
from vtai.providers.sandbox.inside.walls import Walls

# There on every Linux, and never among what may be read.
_OUTSIDE = "/etc/passwd"
_NEW_USER_NAMESPACE = 0x10000000


def first_fault(walls: Walls) -> str | None:
    """The first thing that is not as it should be, in words; None where all is well."""
    for attempt, sentence in (
        (_open_outside, "a file of the machine can be read"),
        (lambda: _write_outside(walls), "a file can be made outside the session's folder"),
        (_connect, "the network can be used"),
        (_fork, "a process can be started"),
        (_execute, "a program can be run"),
        (lambda: kernel.call("unshare", _NEW_USER_NAMESPACE), "a namespace can be made"),
        (lambda: os.kill(os.getpid() + 1, 0), "another process can be reached"),
    ):
        if not _is_refused(attempt):
            return sentence
    if any(identity.capabilities()):
        return "the process has capabilities"
    return _first_lack(walls)


def _first_lack(walls: Walls) -> str | None:
    name = Path(walls.data, "probe.txt")
    try:
        name.write_text("x", encoding="utf-8")
        name.unlink()
    except OSError as error:
        return f"the session cannot write to its own folder ({error})"
    try:
        Path(os.__file__).read_bytes()
    except OSError as error:
        return f"the session cannot read the interpreter's library ({error})"
    try:
        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
    except RuntimeError as error:
        return f"the session cannot start a thread ({error})"
    return None


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return True
    return False


def _open_outside() -> None:
    Path(_OUTSIDE).read_bytes()


def _write_outside(walls: Walls) -> None:
    place = Path(walls.data).parent / f"probe-{os.getpid()}"
    place.touch()
    with contextlib.suppress(OSError):
        place.unlink()


def _connect() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _execute() -> None:
    # Where it is not refused the program takes the place of this process, which then says nothing.
    os.execv(sys.executable, ["python", "--version"])  # noqa: S606 -- it must be refused
