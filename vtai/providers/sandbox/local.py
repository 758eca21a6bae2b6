"""The engine of Linux: sessions are confined processes, forked from one that has never seen a secret."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import vtai
from vtai.core.code import SandboxReport, Strength
from vtai.providers.sandbox.engine import MIB, Level, NoSession, SandboxOptions
from vtai.providers.sandbox.inside.confine import hidden_paths, readable_paths
from vtai.providers.sandbox.inside.walls import Limits, Walls
from vtai.providers.sandbox.selftest import examine
from vtai.providers.sandbox.server_process import ForkServer, Hello
from vtai.providers.sandbox.session import LocalSession
from vtai.providers.sandbox.trees import remove_tree
from vtai.providers.sandbox.watchdog import free_bytes

logger = logging.getLogger(__name__)

_LEAST_RESIDENT: Final = 256 * MIB


class LocalEngine:
    """Needs Linux with seccomp and Landlock or user namespaces. `report` starts it and picks the level."""

    name = "local"
    strength: Strength = "kernel"

    def __init__(self, options: SandboxOptions) -> None:
        self._options = _that_fits(options)
        self._folder: Path | None = None
        self._server: ForkServer | None = None
        self._paths: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._level: Level | None = None
        self._report: SandboxReport | None = None
        self._reporting = asyncio.Lock()
        self._starting = asyncio.Lock()
        self._sessions: set[LocalSession] = set()
        self._is_closed = False

    async def report(self) -> SandboxReport:
        async with self._reporting:
            if self._report is None:
                self._report = await examine(self, self._options)
                self._level = self._report.level or None  # type: ignore[assignment] # one of its own levels
                if not self._report.is_usable:
                    await self.close()
            return self._report

    async def open(self) -> LocalSession:
        if self._level is None:
            raise NoSession("no level of walls is known to work here")
        return await self.open_at(self._level)

    async def hello(self) -> Hello:
        """What the sessions find loaded. Raises NoSession."""
        return await (await self._started()).hello()

    async def probe(self, level: Level) -> str | None:
        """Why the walls of this level do not hold here; None where they do. Raises NoSession."""
        server = await self._started()
        folder = self._workspace(level)
        try:
            return await server.probe(level, self._walls(level, folder))
        finally:
            if folder is not None:
                await asyncio.to_thread(remove_tree, folder)

    async def open_at(self, level: Level) -> LocalSession:
        """A session at this level, tried out or not. Raises NoSession."""
        server = await self._started()
        folder: Path | None = None
        ends: list[int] = []
        ours, theirs = socket.socketpair()
        try:
            folder = self._workspace(level)
            for _ in range(2):
                ends += os.pipe()
            process = await server.fork(self._walls(level, folder), (theirs.fileno(), ends[1], ends[3]))
        except BaseException as error:
            ours.close()
            for end in ends:
                os.close(end)
            if folder is not None:
                remove_tree(folder)
            if isinstance(error, OSError):
                raise NoSession(f"no session can be made ({error.strerror})") from error
            raise
        finally:
            theirs.close()
        os.close(ends[1])
        os.close(ends[3])
        return await self._ready(
            LocalSession(process, ours, (ends[0], ends[2]), folder, self._options), level
        )

    async def give_back(self) -> None:
        """Ends the fork server, which holds the libraries in memory; the next session starts it again."""
        if self._server is not None and not any(session.is_alive for session in self._sessions):
            await self._server.pause()

    async def close(self) -> None:
        self._is_closed = True
        for session in tuple(self._sessions):
            await session.close()
        self._sessions.clear()
        if self._server is not None:
            await self._server.close()
        if self._folder is not None:
            folder, self._folder = self._folder, None
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _ready(self, session: LocalSession, level: Level) -> LocalSession:
        self._sessions = {known for known in self._sessions if known.is_alive} | {session}
        try:
            await session.ready(level)
        except BaseException:
            await session.close()
            raise
        return session

    async def _started(self) -> ForkServer:
        async with self._starting:
            if self._is_closed:
                raise NoSession("the sandbox is closed")
            if self._server is None:
                if sys.platform != "linux":
                    raise NoSession("it needs Linux")
                _raise_descriptor_limit()
                self._folder = await asyncio.to_thread(_make_folder, self._options.folder)
                self._paths = await asyncio.to_thread(_paths, self._options)
                self._server = ForkServer(self._options, self._folder / "cache")
            return self._server

    def _workspace(self, level: Level) -> Path | None:
        """A folder of its own for a session at level B, which is given to it when its walls go up."""
        if level != "B" or self._folder is None:
            return None
        return Path(tempfile.mkdtemp(prefix="w", dir=self._folder / "work"))

    def _walls(self, level: Level, folder: Path | None) -> Walls:
        options = self._options
        limits = Limits(
            cpu_s=options.cpu_s,
            address_bytes=options.address_bytes,
            resident_bytes=options.resident_bytes,
            workspace_bytes=options.workspace_bytes,
            workspace_files=options.workspace_files,
            tmp_bytes=options.tmp_bytes,
            file_bytes=options.file_bytes,
            descriptors=options.descriptors,
            threads=options.threads,
        )
        readable, hidden = self._paths
        return Walls(level, str(folder) if folder else "", readable, hidden, limits)


def _that_fits(options: SandboxOptions) -> SandboxOptions:
    """On a small machine a session gets less memory: the machine's own must not run out first."""
    free = free_bytes()
    if free is None:
        return options
    return replace(options, resident_bytes=min(options.resident_bytes, max(_LEAST_RESIDENT, free * 3 // 4)))


def _paths(options: SandboxOptions) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What may be read, and what of it must not be seen.

    What lies elsewhere cannot be seen anyway, and is not even named to a session.
    """
    readable = readable_paths()
    hidden = (*hidden_paths(str(Path(vtai.__file__).parent)), *map(str, options.hidden))
    places = [{Path(path).absolute(), Path(path).resolve()} for path in readable]
    return readable, tuple(path for path in hidden if any(_meet(path, place) for place in places))


def _meet(hidden: str, places: set[Path]) -> bool:
    forms = {Path(hidden).absolute(), Path(hidden).resolve()}
    return any(form.is_relative_to(place) or place.is_relative_to(form) for form in forms for place in places)


def _make_folder(parent: Path | None) -> Path:
    if parent is not None:
        parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="vtai-sandbox-", dir=parent))
    # Sessions pass through to their own folders; nobody can look around.
    folder.chmod(0o711)
    for name in ("cache", "work"):
        (folder / name).mkdir()
        (folder / name).chmod(0o711)
    return folder


def _raise_descriptor_limit() -> None:
    """Each session takes four descriptors of the server: the usual limit would end at 250 sessions."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
