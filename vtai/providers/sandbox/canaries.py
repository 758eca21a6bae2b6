"""Tries, from inside a session, what no code may be able to do; the server watches what comes of it.

Works with the sessions of any engine. What is planted is worth nothing: a file, a port, a socket of our own.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vtai.core.code import Check, CodeFigure, CodeResult
from vtai.providers.sandbox import canary_code
from vtai.providers.sandbox.engine import SandboxOptions, Session
from vtai.providers.sandbox.inside.preload import ENVIRONMENT

Open = Callable[[], Awaitable[Session]]

ATTEMPT_S: Final = 10.0
ENDLESS_S: Final = 0.5
FILLING_S: Final = 60.0

_SHOWN = {
    "environment": "No variable of the server's environment is seen",
    "file": "A file of the server cannot be read",
    "write": "Nothing can be written outside the folder",
    "port": "A port of this machine cannot be reached",
    "socket": "A unix socket of this machine cannot be reached",
    "fork": "No process can be made",
    "exec": "No program can be started",
    "unshare": "No namespace can be made",
    "memory": "Memory is limited",
    "time": "Time is limited",
    "work": "Code runs",
    "data": "pandas and matplotlib work",
}
_FIX = "Do not use this engine here; report it with the output of `vtai sandbox check`."
_PIECE_BYTES = 32 * 1024 * 1024


@dataclass(slots=True)
class _Planted:
    """What was put where code must not get, and what was noticed of it."""

    folder: Path
    sockets: tuple[socket.socket, ...]
    secret: str
    port: int = 0
    has_been_reached: bool = False

    @property
    def told(self) -> dict[str, object]:
        return {
            "pid": os.getpid(),
            "folder": str(self.folder),
            "file": str(self.folder / "file"),
            "port": self.port,
            "socket": str(self.folder / "socket"),
            "abstract": self.folder.name,
        }

    def noticed(self, name: str) -> bool:
        """Whether the server itself saw that it was done."""
        match name:
            case "port":
                return self.has_been_reached
            case "socket":
                return any(map(_has_datagram, self.sockets))
            case "write":
                is_changed = (self.folder / "file").read_text() != self.secret
                return is_changed or (self.folder / "new").exists()
            case _:
                return False


async def try_out(open_session: Open, options: SandboxOptions, libraries: Iterable[str]) -> tuple[Check, ...]:
    """One Check for each attempt. `libraries` tells whether the work with data is tried as well.

    Raises NoSession. See `has_escaped` and `works` for what the checks mean.
    """
    loaded = {library.partition(" ")[0] for library in libraries}
    tried = _Trial(open_session, options)
    try:
        async with _planted() as planted:
            checks = [await tried.work("work", canary_code.WORK, "285")]
            for name, attempt in canary_code.ATTEMPTS.items():
                checks.append(await tried.attempt(name, attempt, planted))
        checks += [await tried.memory(), await tried.time()]
        if {"pandas", "matplotlib"} <= loaded:
            checks.append(await tried.work("data", canary_code.DATA, "20.0", needs_figure=True))
        return tuple(checks)
    finally:
        await tried.close()


def may_be_used(checks: Iterable[Check]) -> bool:
    """Whether every wall held, and code runs."""
    return all(check.passed for check in checks if check.name != _SHOWN["data"])


class _Trial:
    """A session, and another one whenever an attempt has cost it its life."""

    def __init__(self, open_session: Open, options: SandboxOptions) -> None:
        self._open = open_session
        self._options = options
        self._session: Session | None = None

    async def attempt(self, name: str, attempt: str, planted: _Planted) -> Check:
        code = canary_code.FRAME.format(planted=json.dumps(planted.told), attempt=attempt)
        result, _ = await self._run(code)
        word, _, rest = result.stdout.strip().rpartition("\n")[2].partition(" ")
        was_done = word == "done" and not (name == "environment" and _is_own_environment(rest))
        if was_done or planted.noticed(name) or (name == "exec" and result.status == "crashed"):
            return Check(_SHOWN[name], passed=False, detail="It was possible.", fix=_FIX)
        was_refused = word in {"blocked", "done"} or result.status == "blocked_syscall"
        return self._check(name, result, passed=was_refused, detail=f"{word} {rest}".strip()[:200])

    async def memory(self) -> Check:
        most = 4 * self._options.resident_bytes
        result, _ = await self._run(canary_code.MEMORY.format(piece=_PIECE_BYTES, most=most), FILLING_S)
        is_held = result.status == "memory" or "blocked" in result.stdout
        return self._check("memory", result, passed=is_held and "done" not in result.stdout)

    async def time(self) -> Check:
        result, _ = await self._run(canary_code.TIME.format(seconds=20 * ENDLESS_S), ENDLESS_S)
        return self._check("time", result, passed=result.status == "timeout")

    async def work(self, name: str, code: str, expected: str, *, needs_figure: bool = False) -> Check:
        result, figures = await self._run(code, self._options.timeout_s)
        is_right = result.status == "ok" and result.stdout.strip() == expected
        return self._check(name, result, passed=is_right and figures >= needs_figure)

    async def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _run(self, code: str, timeout_s: float = ATTEMPT_S) -> tuple[CodeResult, int]:
        """The end of the run, and how many figures came."""
        if self._session is not None and not self._session.is_alive:
            await self.close()
        if self._session is None:
            self._session = await self._open()
        figures, end = 0, CodeResult("unavailable")
        async with aclosing(self._session.run(code, timeout_s)) as events:
            async for event in events:
                match event:
                    case CodeFigure():
                        figures += 1
                    case CodeResult():
                        end = event
                    case _:
                        pass
        return end, figures

    def _check(self, name: str, result: CodeResult, *, passed: bool, detail: str = "") -> Check:
        if passed:
            return Check(_SHOWN[name], passed=True, detail=detail or result.status)
        said = result.error.message if result.error else " ".join(result.notes)
        return Check(
            _SHOWN[name], passed=False, detail=f"{result.status}: {said or result.stdout}"[:300], fix=_FIX
        )


@asynccontextmanager
async def _planted() -> AsyncGenerator[_Planted, None]:
    """A file that everybody may read and write, a port and a socket that listen, until the block ends."""
    planted = await asyncio.to_thread(_plant)

    def reached(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        planted.has_been_reached = True
        writer.close()

    server = await asyncio.start_server(reached, "127.0.0.1", 0)
    try:
        planted.port = server.sockets[0].getsockname()[1]
        yield planted
    finally:
        server.close()
        await server.wait_closed()
        for listening in planted.sockets:
            listening.close()
        await asyncio.to_thread(shutil.rmtree, planted.folder, ignore_errors=True)


def _plant() -> _Planted:
    folder = Path(tempfile.mkdtemp(prefix="vtai-canary-"))
    sockets = tuple(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2))
    planted = _Planted(folder, sockets, secrets.token_hex(16))
    folder.chmod(0o777)
    (folder / "file").write_text(planted.secret)
    (folder / "file").chmod(0o666)
    for listening, address in zip(sockets, (str(folder / "socket"), f"\0{folder.name}"), strict=True):
        listening.setblocking(False)
        listening.bind(address)
    (folder / "socket").chmod(0o777)
    return planted


def _is_own_environment(said: str) -> bool:
    """Whether the names are the session's own: none of the server's but those given to it on purpose."""
    with suppress(ValueError):
        return not set(json.loads(said)) & (set(os.environ) - _GIVEN)
    return False


# Names that a session has with values of its own.
_GIVEN = frozenset(
    {"PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "PWD", "TZ", "USER", "LOGNAME", "SHELL"}
    | {"PYTHONUTF8", "PYTHONHASHSEED", "MPLCONFIGDIR", *ENVIRONMENT}
)


def _has_datagram(sock: socket.socket) -> bool:
    try:
        return bool(sock.recv(16))
    except BlockingIOError:
        return False
