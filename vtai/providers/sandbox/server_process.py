"""The process that sessions are forked from: started by exec, apart from the server, again when it died.

Knows its control connection and the processes that came of it; what sessions say to us is not its business.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from vtai.providers.sandbox.engine import NoSession, SandboxOptions
from vtai.providers.sandbox.forked import Forked
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.inside.preload import ENVIRONMENT
from vtai.providers.sandbox.inside.walls import Level, Walls
from vtai.providers.sandbox.wire import Wire

logger = logging.getLogger(__name__)

HELLO_S: Final = 60.0
ANSWER_S: Final = 20.0
LONGEST_PAUSE_S: Final = 60.0
_BOOTSTRAP = Path(__file__).parent / "inside" / "bootstrap.py"


@dataclass(frozen=True, slots=True)
class Hello:
    """What the fork server has loaded."""

    libraries: tuple[str, ...] = ()
    python: str = ""


class ForkServer:
    """Started when it is needed; after a death it starts again, each time later if it lives only shortly.

    `folder` is where it may keep what its libraries write (font lists).
    """

    def __init__(self, options: SandboxOptions, folder: Path) -> None:
        self._options = options
        self._folder = folder
        self._life: _Life | None = None
        self._starting = asyncio.Lock()
        self._failures = 0
        self._not_before = 0.0
        self._is_closed = False

    async def hello(self) -> Hello:
        """Starts it. Raises NoSession."""
        return (await self._alive()).hello

    async def probe(self, level: Level, walls: Walls) -> str | None:
        """Why the level does not work here; None where it does. Raises NoSession."""
        answer = await (await self._alive()).ask({"op": "probe", "level": level, "walls": walls.to_json()})
        reason = answer.get("reason")
        return None if reason is None and answer["op"] == "probed" else str(reason)

    async def fork(self, walls: Walls, descriptors: Sequence[int]) -> Forked:
        """A new session's process, with the descriptors of its socket, stdout, stderr. Raises NoSession."""
        life = await self._alive()
        answer = await life.ask({"op": "fork", "walls": walls.to_json()}, descriptors)
        if answer["op"] != "forked":
            raise NoSession(str(answer.get("reason", "it was refused")))
        return life.children[answer["pid"]]

    async def pause(self) -> None:
        """Ends it, and with it every session, until it is needed again."""
        async with self._starting:
            if self._life is not None:
                await self._life.end()
                self._life = None

    async def close(self) -> None:
        """Ends it, and with it every session. May be called twice."""
        self._is_closed = True
        if self._life is not None:
            await self._life.end()

    async def _alive(self) -> _Life:
        async with self._starting:
            if self._is_closed:
                raise NoSession("the sandbox is closed")
            if self._life is not None and self._life.is_alive:
                return self._life
            await self._after_death()
            life = _Life(self._options, self._folder)
            try:
                await life.start()
            except BaseException:
                await life.end()
                self._back_off(0.0)
                raise
            self._life = life
            return life

    async def _after_death(self) -> None:
        """Clears up, and waits where the last one died early. Raises NoSession where that takes too long."""
        if self._life is not None:
            lived_s, died_of = time.monotonic() - self._life.started_at, self._life.died_of
            await self._life.end()
            self._life = None
            self._back_off(lived_s)
            logger.warning("sandbox: the fork server died (%s) and is started again", died_of)
        left = self._not_before - time.monotonic()
        if left > ANSWER_S:
            raise NoSession(f"the fork server keeps dying; it is started again in {left:.0f} s")
        await asyncio.sleep(max(0.0, left))

    def _back_off(self, lived_s: float) -> None:
        """One that lived for long starts again at once, the others later each time."""
        self._failures = 0 if lived_s > LONGEST_PAUSE_S else self._failures + 1
        pause_s = min(LONGEST_PAUSE_S, 0.25 * 2**self._failures) if self._failures else 0.0
        self._not_before = time.monotonic() + pause_s


@dataclass(eq=False, slots=True)
class _Life:
    """One run of the process."""

    options: SandboxOptions
    folder: Path
    hello: Hello = Hello()
    started_at: float = field(default_factory=time.monotonic)
    children: dict[int, Forked] = field(default_factory=dict)
    _asked: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _hello: asyncio.Future[dict[str, Any]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    _process: asyncio.subprocess.Process | None = None
    _wire: Wire | None = None
    _log: asyncio.Task[None] | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ids: int = 0
    _is_ended: bool = False

    @property
    def is_alive(self) -> bool:
        return self._wire is not None and not self._is_ended

    @property
    def died_of(self) -> str:
        """For the log: minus the signal's number, or the exit status, where it is known already."""
        code = None if self._process is None else self._process.returncode
        return "its connection ended" if code is None else f"exit status {code}"

    async def start(self) -> None:
        ours, theirs = socket.socketpair()
        self._wire = Wire(ours, frames.FROM_FORK_SERVER, self._on_frame, self._on_end)
        with theirs:
            config = {"control_fd": theirs.fileno(), "preload": self.options.preload}
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-I",
                    "-B",
                    str(_BOOTSTRAP),
                    json.dumps(config),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.PIPE,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(self.folder),
                    cwd="/",
                )
            except OSError as error:
                raise NoSession(f"the fork server cannot be started ({error})") from error
        self._log = asyncio.create_task(_logged(self._process))
        try:
            async with asyncio.timeout(HELLO_S):
                said = await self._hello
        except (TimeoutError, EOFError) as error:
            raise NoSession(f"the fork server did not start ({str(error) or 'it took too long'})") from error
        libraries = tuple(map(str, said.get("libraries", ())))
        self.hello = Hello(libraries, str(said.get("python", "")))

    async def ask(self, header: dict[str, Any], descriptors: Sequence[int] = ()) -> dict[str, Any]:
        if self._wire is None:
            raise NoSession("the fork server is not there")
        self._ids += 1
        number = self._ids
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            # One request at a time, so that descriptors never come with another one's.
            async with self._asking, asyncio.timeout(ANSWER_S):
                await self._wire.send({**header, "id": number}, descriptors=descriptors)
                return await answer
        except (TimeoutError, EOFError, OSError, frames.BadFrame) as error:
            raise NoSession(f"the fork server does not answer ({str(error) or 'too late'})") from error
        finally:
            self._asked.pop(number, None)

    async def end(self) -> None:
        """Closes the connection, kills what is left, and waits for it. May be called twice."""
        self._on_end("it is ended")
        for child in tuple(self.children.values()):
            child.kill()
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
            await asyncio.shield(self._process.wait())
        if self._log is not None:
            await self._log
        for child in tuple(self.children.values()):
            child.end(None)
        self.children.clear()

    def _on_frame(self, header: dict[str, Any], payload: bytes) -> None:
        match header["op"]:
            case "hello":
                if not self._hello.done():
                    self._hello.set_result(header)
            case "exited":
                if child := self.children.pop(header["pid"], None):
                    child.end(header.get("status"))
            case "refused" if header.get("id") is None:
                self._on_end(str(header.get("reason")))
            case _:
                if header["op"] == "forked":
                    pid = header["pid"]
                    self.children[pid] = Forked(pid, asyncio.get_running_loop().create_future())
                self._answer(header)

    def _answer(self, header: dict[str, Any]) -> None:
        asked = self._asked.get(header.get("id", 0))
        if asked is not None and not asked.done():
            asked.set_result(header)
        elif header["op"] == "forked":
            # Nobody waits for it any more.
            self.children[header["pid"]].kill()

    def _on_end(self, reason: str) -> None:
        self._is_ended = True
        if self._wire is not None:
            self._wire.close()
        for waiting in (self._hello, *self._asked.values()):
            if not waiting.done():
                waiting.set_exception(EOFError(reason))
                waiting.exception()  # it may be that nobody asks
        for child in tuple(self.children.values()):
            # Nobody will tell how it ended.
            child.kill()
            child.end(None)
        self.children.clear()


def _environment(folder: Path) -> dict[str, str]:
    """Everything that the fork server and its sessions know of the world."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "MPLCONFIGDIR": str(folder),
        **ENVIRONMENT,
    }


async def _logged(process: asyncio.subprocess.Process) -> None:
    """What the fork server says, for the operator; what code does is not logged above DEBUG."""
    if process.stderr is None:
        return
    while said := await process.stderr.read(4_096):
        logger.debug("sandbox: %s", said.decode(errors="replace").strip())
