"""The walls around a session, in the order in which they go up: `launch`, then `seal`.

    fork server --launch--> process alone in its namespaces --seal--> the same, closed --> code of a person

Nothing of it can be undone from inside. What it does not do: limit memory that is really used (the watchdog
of the host does), and, at level B, limit disk space and the threads of an ordinary user, and hide whether a
file is there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable
from typing import NoReturn

from vtai.providers.sandbox.inside import identity, kernel, landlock, limits, namespaces, probe, seccomp
from vtai.providers.sandbox.inside.paths import hidden_paths, readable_paths
from vtai.providers.sandbox.inside.walls import ConfineError, Level, Limits, Walls

__all__ = [
    "ConfineError",
    "Level",
    "Limits",
    "Walls",
    "hidden_paths",
    "launch",
    "probe_level",
    "readable_paths",
    "seal",
]

_GO = b"."
_READY = "ready"
_REFUSAL = "!"
# What is tried takes milliseconds; this is for a machine that stands still.
_PROBE_S = 60


def launch(walls: Walls, body: Callable[[], None]) -> int:
    """The pid, as the host sees it, of a new process that stands inside its namespaces and runs `body`.

    For a fork server with one thread, in place of os.fork. This pid is the one to report, to watch (memory),
    to stop (SIGSTOP) and to kill: at levels A and C it is process 1 of its pid namespace, so all there dies
    with it. It is a child of the caller, which becomes a subreaper: `os.waitpid` gives its exit status.

    `body` closes the descriptors that are not its own and calls `seal(walls)` before any code of a person.
    Its return ends the process with status 0, an exception with status 1. Its working folder is `walls.data`.
    Raises ConfineError where namespaces or mounts fail; no process is left behind then.
    """
    # A short-lived process starts the session and asks for namespaces: only its child stands inside them.
    kernel.adopt_orphans()
    news, tell = os.pipe()
    wait, go = os.pipe()
    try:
        starter = os.fork()
    except OSError:
        for descriptor in (news, tell, wait, go):
            os.close(descriptor)
        raise
    if starter == 0:
        os.close(news)
        os.close(go)
        _run_and_end(lambda: _start(walls, body, tell, wait))
    os.close(tell)
    os.close(wait)
    with os.fdopen(news, encoding="utf-8", errors="replace") as lines, os.fdopen(go, "wb", 0) as start:
        first = lines.readline().strip()
        if walls.level != "B" or not first.isdecimal():
            os.waitpid(starter, 0)
        if not first.isdecimal():
            raise ConfineError(first.removeprefix(_REFUSAL) or "a process ended while it was being set up")
        pid = int(first)
        # From here on the caller is its parent, so the parent-death signal means the caller's death.
        with contextlib.suppress(BrokenPipeError):
            start.write(_GO)
        second = lines.readline().strip()
    if second != _READY:
        os.waitpid(pid, 0)
        raise ConfineError(
            second.removeprefix(_REFUSAL) or "a process ended while its walls were being built"
        )
    return pid


def _start(walls: Walls, body: Callable[[], None], tell: int, wait: int) -> None:
    """Runs in the starter: at level B it is the session itself, else its child is, and the starter ends."""
    pid, is_alone = os.getpid(), False
    if walls.level != "B":
        try:
            is_alone = namespaces.unshare()
            pid = os.fork()
        except (ConfineError, OSError) as error:
            _say(tell, f"{_REFUSAL}{error}")
            return
    if pid:
        _say(tell, str(pid))
    if walls.level == "B" or pid == 0:
        if os.read(wait, 1) != _GO:
            return
        _settle(walls, is_alone, tell)
        os.close(tell)
        os.close(wait)
        body()


def _settle(walls: Walls, is_alone: bool, tell: int) -> None:
    """Takes the place of the session. `is_alone`: in a user namespace of its own."""
    try:
        kernel.die_with_parent()
        if walls.level == "B":
            os.chdir(walls.workspace)
            own: tuple[str, ...] = (walls.workspace,)
        else:
            namespaces.build(walls)
            own = namespaces.OWN
        if identity.become_nobody(walls.readable, own) or is_alone:
            limits.limit_threads(walls.limits)
    except (ConfineError, OSError) as error:
        _say(tell, f"{_REFUSAL}{error}")
        os._exit(1)
    _say(tell, _READY)


def _say(pipe: int, line: str) -> None:
    os.write(pipe, (line.replace("\n", " ") + "\n").encode())


def _run_and_end(main: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        main()
        status = 0
    except BaseException:  # noqa: BLE001 -- the end of a process: nobody above it may go on in two processes
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(status)


def seal(walls: Walls) -> None:
    """Closes the calling process for good: from then on code of a person may run in it.

    No capabilities, nobody may trace it, it dies with its parent, no new privileges, Landlock (not at level
    C), limits, seccomp last. Call it with one thread: threads started later inherit all. Raises ConfineError:
    then the process must end.
    """
    try:
        identity.give_up_capabilities()
        kernel.set_dumpable(False)
        # A change of user took it back. Where the parent died before, the connection of the session ends it.
        kernel.die_with_parent()
        limits.leave_terminal()
        kernel.refuse_new_privileges()
        if walls.level != "C":
            landlock.restrict(walls)
        limits.apply(walls.limits)
        seccomp.install(os.getpid(), has_namespaces=walls.level != "B")
    except OSError as error:
        raise ConfineError(f"a wall cannot be put up ({error})") from error


def probe_level(level: Level, walls: Walls) -> str | None:
    """None where walls of this level hold, tried for real in a child process; else the reason in words."""
    with contextlib.ExitStack() as stack:
        workspace = walls.workspace
        if level == "B" and not workspace:
            workspace = stack.enter_context(tempfile.TemporaryDirectory(prefix="vtai-sandbox-"))
        return _probe(dataclasses.replace(walls, level=level, workspace=workspace))


def _probe(walls: Walls) -> str | None:
    answers, answer = os.pipe()

    def body() -> None:
        try:
            seal(walls)
            reason = probe.first_fault(walls)
        except ConfineError as error:
            reason = str(error)
        os.write(answer, (reason or _READY).encode())

    with os.fdopen(answers, "rb") as lines:
        try:
            pid = launch(walls, body)
        except (ConfineError, OSError) as error:
            return str(error)
        finally:
            os.close(answer)
        if not select.select([lines], [], [], _PROBE_S)[0]:
            os.kill(pid, signal.SIGKILL)
        said = lines.read().decode(errors="replace")
        _, status = os.waitpid(pid, 0)
    if said == _READY and status == 0:
        return None
    if not said or said == _READY:
        return f"a process behind these walls ended by itself (status {os.waitstatus_to_exitcode(status)})"
    return said
