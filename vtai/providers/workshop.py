"""Work on files that people send, done in child processes with limits of memory and time.

A file that hangs, swells or crashes its reader costs one child process and nothing else. Children stay for
the next job and leave when there is none for a while.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vtai.core import errors
from vtai.core.errors import BadAttachment, Busy, VTError

logger = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("workshop_child.py")
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR", "TEMP")
_LENGTHS = struct.Struct("!II")
_MOST_ANSWER_BYTES = 256_000_000
_MOST_WAITING = 32
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)

Answer = tuple[dict[str, Any], bytes]


class Workshop:
    """Runs jobs, at most `size` at once. `memory_mb` is the address space of each child.

    `idle_s` is how long a child waits for its next job.
    """

    def __init__(self, *, size: int = 1, memory_mb: int = 1_500, idle_s: float = 60.0) -> None:
        self._memory_mb = memory_mb
        self._idle_s = idle_s
        self._places = asyncio.Semaphore(size)
        self._waiting = 0
        self._idle: dict[_Child, asyncio.TimerHandle] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def run(
        self,
        job: str,
        payload: bytes = b"",
        options: Mapping[str, Any] = MappingProxyType({}),
        timeout_s: float = 60.0,
    ) -> Answer:
        """What the function `job` ("package.module:function") gives for the payload and the options.

        `options["name"]` is what an error calls the file. Raises what the job raises of our errors;
        BadAttachment where it takes too long, needs too much memory or breaks; Busy where too many wait.
        """
        if self._waiting >= _MOST_WAITING:
            raise Busy("Too many files are being read just now.", "Send it again in a moment.")
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._done(job, payload, dict(options), timeout_s)
        finally:
            self._places.release()

    async def aclose(self) -> None:
        """Ends all idle children; a running one ends with the task that waits for it."""
        for child in tuple(self._idle):
            self._idle.pop(child).cancel()
            await child.end()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _done(self, job: str, payload: bytes, options: dict[str, Any], timeout_s: float) -> Answer:
        name = str(options.get("name") or "The file")
        child = await self._child()
        header = {"job": job, "options": options, "cpu_s": round(timeout_s) + 1}
        is_whole = False
        try:
            async with asyncio.timeout(timeout_s):
                answer, data = await child.ask(header, payload)
            is_whole = True
        except TimeoutError as late:
            raise BadAttachment(
                f"{name} took too long to read.", "Send a smaller or simpler file, or a part of it."
            ) from late
        except (EOFError, ConnectionError, ValueError) as crash:
            raise _broken(name) from crash
        finally:
            if is_whole:
                self._keep(child)
            else:
                await child.end()
        if "error" in answer:
            raise _failure(answer, name)
        return answer["result"], data

    async def _child(self) -> _Child:
        """One that waits, else a new one."""
        while self._idle:
            child, leaving = self._idle.popitem()
            leaving.cancel()
            if child.is_alive:
                return child
            await child.end()
        return await _Child.start(self._memory_mb)

    def _keep(self, child: _Child) -> None:
        loop = asyncio.get_running_loop()
        self._idle[child] = loop.call_later(self._idle_s, self._leave, child)

    def _leave(self, child: _Child) -> None:
        if self._idle.pop(child, None) is not None:
            task = asyncio.create_task(child.end())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)


class _Child:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._log = asyncio.create_task(_logged(process))

    @classmethod
    async def start(cls, memory_mb: int) -> _Child:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-B",
            str(_CHILD),
            str(memory_mb),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            # One thread each: the places say how much is done at once.
            env={name: value for name in _PASSED_ON if (value := os.environ.get(name))}
            | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
        )
        return cls(process)

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, header: dict[str, Any], payload: bytes) -> Answer:
        """Raises EOFError where the child is gone, ValueError where its answer makes no sense."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise EOFError
        encoded = json.dumps(header).encode()
        stdin.write(_LENGTHS.pack(len(encoded), len(payload)) + encoded)
        stdin.write(payload)
        await stdin.drain()
        header_bytes, payload_bytes = _LENGTHS.unpack(await stdout.readexactly(_LENGTHS.size))
        if header_bytes + payload_bytes > _MOST_ANSWER_BYTES:
            raise ValueError
        answer = json.loads(await stdout.readexactly(header_bytes))
        return answer, await stdout.readexactly(payload_bytes)

    async def end(self) -> None:
        """Kills the process where it runs, and waits for it."""
        # Popen's own kill polls first, and might so take the end away from whoever waits for it.
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, _KILL)
        await asyncio.shield(self._process.wait())
        await self._log


async def _logged(process: asyncio.subprocess.Process) -> None:
    """What a child says, for the operator; content of files is not logged above DEBUG."""
    if process.stderr is None:
        return
    while said := await process.stderr.read(4_096):
        logger.debug("workshop: %s", said.decode(errors="replace").strip())


def _failure(answer: dict[str, Any], name: str) -> VTError:
    kind = answer["error"]
    if kind == "memory":
        return BadAttachment(
            f"{name} needs too much memory to read.", "Send a smaller or simpler file, or a part of it."
        )
    known = getattr(errors, kind, None)
    if isinstance(known, type) and issubclass(known, VTError):
        return known(answer["message"], answer["hint"])
    return _broken(name)


def _broken(name: str) -> BadAttachment:
    return BadAttachment(
        f"{name} could not be read: it is damaged, or not what its name says.",
        "Open and save it again with the program it comes from, or send it in another format.",
    )
