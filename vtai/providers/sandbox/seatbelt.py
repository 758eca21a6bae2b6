"""The engine of macOS: sessions close themselves up with a sandbox profile of the system. Beta.

The profile's language is the one of `sandbox-exec`. Apple calls it deprecated and goes on using it. Nothing
of this engine was tried on a Mac yet; the self-test decides there whether it is used.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vtai.core.code import SandboxReport, Strength
from vtai.providers.sandbox.canaries import may_be_used, try_out
from vtai.providers.sandbox.engine import KIB, NoSession, SandboxOptions
from vtai.providers.sandbox.forked import Forked
from vtai.providers.sandbox.inside.preload import ENVIRONMENT
from vtai.providers.sandbox.inside.solo import LEVEL
from vtai.providers.sandbox.session import LocalSession

MEMORY_EVERY_S: Final = 0.5
_SOLO = Path(__file__).parent / "inside" / "solo.py"
_SYSTEM = ("/usr/lib", "/usr/share", "/System/Library", "/Library/Fonts", "/private/var/db/timezone")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_LIBRARIES = ("numpy", "pandas", "matplotlib")
_FIX = 'Let code run elsewhere: code_sandbox = "remote", "container" or "e2b".'


@dataclass(eq=False, slots=True)
class OwnProcess(Forked):
    """A child of this process. There are no descriptors of processes on this system."""

    def __post_init__(self) -> None:
        """There is nothing to hold."""


class SeatbeltEngine:
    """Each session is a process of its own, which loads its libraries first: seconds, not milliseconds."""

    name = "seatbelt"
    strength: Strength = "kernel"

    def __init__(self, options: SandboxOptions, *, platform: str = sys.platform) -> None:
        self._options = options
        self._platform = platform
        self._folder: Path | None = None
        self._report: SandboxReport | None = None
        self._reporting = asyncio.Lock()
        self._sessions: set[LocalSession] = set()
        self._watches: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def report(self) -> SandboxReport:
        async with self._reporting:
            if self._report is None:
                self._report = await self._tried()
            return self._report

    async def open(self) -> LocalSession:
        """Raises NoSession."""
        if self._platform != "darwin":
            raise NoSession("it needs macOS")
        if self._is_closed:
            raise NoSession("the sandbox is closed")
        folder = await asyncio.to_thread(self._made_folder)
        session = await self._started(folder)
        self._sessions = {known for known in self._sessions if known.is_alive} | {session}
        try:
            await session.ready(LEVEL)
        except BaseException:
            await session.close()
            raise
        return session

    async def give_back(self) -> None:
        """Nothing is held here that would be worth it."""

    async def close(self) -> None:
        self._is_closed = True
        for session in self._sessions:
            await session.close()
        self._sessions.clear()
        await asyncio.gather(*self._watches, return_exceptions=True)
        if self._folder is not None:
            folder, self._folder = self._folder, None
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _tried(self) -> SandboxReport:
        if self._platform != "darwin":
            return SandboxReport(self.name, False, reason="it needs macOS", fix=_FIX)
        try:
            checks = await try_out(self.open, self._options, _LIBRARIES if self._options.preload else ())
        except NoSession as error:
            return SandboxReport(self.name, False, reason=str(error), fix=_FIX)
        failed = [check for check in checks if not check.passed]
        if not may_be_used(failed):
            names = "; ".join(check.name for check in failed)
            return SandboxReport(
                self.name, False, reason=f"the self-test failed: {names}", fix=_FIX, checks=checks
            )
        return SandboxReport(self.name, True, self.strength, checks=checks)

    async def _started(self, folder: Path) -> LocalSession:
        """A session that is about to close itself up. Raises NoSession."""
        ours, theirs = socket.socketpair()
        (out, out_end), (errors, errors_end) = os.pipe(), os.pipe()
        given = (theirs.fileno(), out_end, errors_end)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-B", str(_SOLO), json.dumps(self._config(folder, given))),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=given,
                env=_environment(folder),
                cwd="/",
                start_new_session=True,
            )
        except BaseException as error:
            ours.close()
            os.close(out)
            os.close(errors)
            if isinstance(error, OSError):
                raise NoSession(f"no process can be started ({error.strerror})") from error
            raise
        finally:
            theirs.close()
            os.close(out_end)
            os.close(errors_end)
        held = OwnProcess(process.pid, asyncio.get_running_loop().create_future())
        for watch in (_told(process, held), _watched(held, self._options.resident_bytes)):
            task = asyncio.create_task(watch)
            self._watches.add(task)
            task.add_done_callback(self._watches.discard)
        return LocalSession(held, ours, (out, errors), folder, self._options)

    def _config(self, folder: Path, descriptors: Iterable[int]) -> dict[str, object]:
        from vtai.providers.sandbox.inside.paths import readable_paths

        options = self._options
        hidden = [str(path) for path in options.hidden]
        return {
            "descriptors": list(descriptors),
            "data": str(folder),
            "temporary": str(folder),
            "preload": options.preload,
            "profile": profile((*readable_paths(), str(_SOLO.parent)), str(folder), hidden),
            "limits": {
                "cpu_s": options.cpu_s,
                "file_bytes": options.file_bytes,
                "descriptors": options.descriptors,
            },
        }

    def _made_folder(self) -> Path:
        if self._folder is None:
            if self._options.folder is not None:
                self._options.folder.mkdir(parents=True, exist_ok=True)
            # The system knows folders by their real paths only: /var is a link there.
            made = tempfile.mkdtemp(prefix="vtai-sandbox-", dir=self._options.folder)
            self._folder = Path(made).resolve()
        return Path(tempfile.mkdtemp(prefix="w", dir=self._folder))


def profile(readable: Iterable[str], folder: str, hidden: Iterable[str] = ()) -> str:
    """What a session may do, as the system reads it: of two rules the later one counts."""
    libraries = " ".join(f"(subpath {_quoted(path)})" for path in (*_SYSTEM, *readable))
    devices = " ".join(f"(literal {_quoted(path)})" for path in _DEVICES)
    own = f"(subpath {_quoted(folder)})"
    lines = [
        "(version 1)",
        "(deny default)",
        f"(allow file-read* {libraries} {devices} {own})",
        f"(allow file-write* {own} {devices})",
        "(allow file-read-metadata)",
        "(allow sysctl-read)",
        "(allow signal (target self))",
        "(deny network*)",
        "(deny process-fork)",
        "(deny process-exec*)",
        "(deny mach-lookup)",
        "(deny ipc-posix*)",
        "(deny file-link)",
    ]
    if denied := " ".join(f"(subpath {_quoted(path)})" for path in hidden):
        lines.append(f"(deny file-read* file-write* {denied})")
    return "\n".join(lines) + "\n"


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _environment(folder: Path) -> dict[str, str]:
    places = dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), str(folder))
    return {"PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8", **places, **ENVIRONMENT}


async def _told(process: asyncio.subprocess.Process, held: OwnProcess) -> None:
    held.end(await process.wait())


async def _watched(held: OwnProcess, most_bytes: int) -> None:
    """Ends a session that holds more memory than it may: the system has no limit of this."""
    while not held.exited.done():
        if await _resident_bytes(held.pid) > most_bytes:
            held.kill()
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(held.exited), MEMORY_EVERY_S)


async def _resident_bytes(pid: int) -> int:
    asked = await asyncio.create_subprocess_exec(
        *("/bin/ps", "-o", "rss=", "-p", str(pid)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    said, _ = await asked.communicate()
    return int(said) * KIB if said.strip().isdigit() else 0
