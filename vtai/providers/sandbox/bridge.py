"""A session behind two byte streams, such as a container's, shown as `LocalSession` knows one.

What the relay at the other end says is taken apart again: a socket with the session's frames, two pipes with
what it prints, a process that ends.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from vtai.providers.sandbox.engine import NoSession, SandboxOptions
from vtai.providers.sandbox.forked import Forked
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.inside.relay import FROM_RELAY, LEVEL, PROTOCOL
from vtai.providers.sandbox.server_process import Hello
from vtai.providers.sandbox.session import LocalSession

logger = logging.getLogger(__name__)

HELLO_S: Final = 90.0
LAST_WORDS_S: Final = 1.0
_READ_BYTES = 256 * 1024
_MOST_SAID = 4_000
# A status above it means that a program was ended by a signal, or never began.
_SIGNALLED = 128


class Bridge:
    """One program that speaks frames on its standard streams: started, bridged, ended.

    `kill` makes sure that what runs far away ends, too; it is called once.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str],
        kill: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        self._command = tuple(command)
        self._environment = environment
        self._end_far_away = kill
        self._loop = asyncio.get_running_loop()
        self._hello: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._process: asyncio.subprocess.Process | None = None
        self._ours, self._theirs = socket.socketpair()
        self._reading, self._writing = _pipes()
        self._far = FarProcess(0, self._loop.create_future(), on_signal=self._signal)
        self._tasks: list[asyncio.Task[None]] = []
        self._last_words_from: list[asyncio.Task[None]] = []
        self._ending: asyncio.Task[None] | None = None
        self._status: int | None = None
        self._said = b""
        self._is_handed_over = False

    @property
    def is_alive(self) -> bool:
        return not self._far.exited.done()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to be ended."""
        return not self.is_alive and (self._ending is None or self._ending.done())

    async def start(self) -> Hello:
        """What the other end has loaded. Raises NoSession with what the program said instead."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise NoSession(f"{self._command[0]} cannot be started ({error.strerror})") from error
        self._theirs.setblocking(False)
        works = (self._incoming(self._process), self._listen(self._process), self._outgoing(self._process))
        self._tasks = [asyncio.create_task(work) for work in works]
        self._last_words_from = self._tasks[:2]
        self._tasks.append(asyncio.create_task(self._watch(self._process)))
        try:
            async with asyncio.timeout(HELLO_S):
                said = await self._hello
        except (TimeoutError, EOFError) as error:
            raise NoSession(self._last_words() or str(error) or "it did not start in time") from error
        if said.get("protocol") != PROTOCOL:
            raise NoSession("its worker is of another version than this server; build the image again")
        return Hello(tuple(map(str, said.get("libraries", ())))[:50], str(said.get("python", ""))[:20])

    async def session(self, options: SandboxOptions) -> LocalSession:
        """The one session behind it, ready. Raises NoSession."""
        self._is_handed_over = True
        session = LocalSession(self._far, self._ours, self._reading, None, options)
        try:
            await session.ready(LEVEL)
        except BaseException:
            await session.close()
            raise
        return session

    async def close(self) -> None:
        """Ends it all. May be called twice."""
        self._kill()
        if self._ending is not None:
            await asyncio.shield(self._ending)
        # The watch sees the end, and clears up.
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._far.end(None)
        self._close_ends()
        if not self._is_handed_over:
            self._is_handed_over = True
            self._ours.close()
            for pipe in self._reading:
                os.close(pipe)

    async def _incoming(self, process: asyncio.subprocess.Process) -> None:
        """From the program to the session's socket and pipes."""
        decoder = frames.Decoder(frames.FROM_SESSION | FROM_RELAY)
        if process.stdout is None:
            return
        try:
            while data := await process.stdout.read(_READ_BYTES):
                for header, payload in decoder.feed(data):
                    await self._take(header, payload)
        except (frames.BadFrame, OSError) as error:
            logger.warning("sandbox: a session is ended: %s", error)
            self._kill()

    async def _take(self, header: frames.Header, payload: bytes) -> None:
        match header["op"]:
            case "hello":
                if not self._hello.done():
                    self._hello.set_result(header)
            case "output":
                pipe = self._writing[1 if header.get("stream") == "stderr" else 0]
                with suppress(BrokenPipeError):
                    await self._write(pipe, payload)
            case "exited":
                status = header.get("status")
                self._status = status if isinstance(status, int) else None
            case _:
                await self._loop.sock_sendall(self._theirs, frames.encode(header, payload))

    async def _write(self, pipe: int, data: bytes) -> None:
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(pipe, left) :]
            except BlockingIOError:
                has_room = self._loop.create_future()
                self._loop.add_writer(pipe, _settle, has_room)
                try:
                    await has_room
                finally:
                    self._loop.remove_writer(pipe)

    async def _outgoing(self, process: asyncio.subprocess.Process) -> None:
        """From the session's socket to the program, by whole frames: others are written in between."""
        decoder = frames.Decoder(frames.TO_SESSION)
        if process.stdin is None:
            return
        with suppress(OSError):
            while data := await self._loop.sock_recv(self._theirs, _READ_BYTES):
                for header, payload in decoder.feed(data):
                    process.stdin.write(frames.encode(header, payload))
                    await process.stdin.drain()
        with suppress(OSError):
            process.stdin.close()

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Keeps the end of what the program says on standard error: why it did not start."""
        if process.stderr is None:
            return
        while said := await process.stderr.read(_MOST_SAID):
            self._said = (self._said + said)[-_MOST_SAID:]

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Tells the session that its process is gone, after the last of what it had to say."""
        code = await process.wait()
        await asyncio.wait(self._last_words_from, timeout=LAST_WORDS_S)
        for task in self._tasks[:-1]:
            task.cancel()
        await asyncio.gather(*self._tasks[:-1], return_exceptions=True)
        if not self._hello.done():
            self._hello.set_exception(EOFError("it ended at once"))
            self._hello.exception()  # it may be that nobody asks
        self._close_ends()
        self._far.end(self._status if self._status is not None else _status(code))

    def _signal(self, number: signal.Signals) -> None:
        stdin = self._process.stdin if self._process else None
        if number == signal.SIGKILL:
            self._kill()
        elif stdin is not None and not stdin.is_closing():
            stdin.write(frames.encode({"op": "freeze" if number == signal.SIGSTOP else "thaw"}))

    def _kill(self) -> None:
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())

    async def _end(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await self._end_far_away()
            await process.wait()

    def _last_words(self) -> str:
        """The last line that the program said, without what a terminal would act upon."""
        lines = self._said.decode("utf-8", "replace").strip().splitlines()
        return "".join(letter for letter in lines[-1] if letter.isprintable())[:300] if lines else ""

    def _close_ends(self) -> None:
        self._theirs.close()
        writing, self._writing = self._writing, ()
        for pipe in writing:
            os.close(pipe)


@dataclass(eq=False, slots=True)
class FarProcess(Forked):
    """A process that this machine's kernel does not know: signals are said to somebody who passes them on.

    Its `pid` is 0, so that nothing here is watched or killed in its place.
    """

    on_signal: Callable[[signal.Signals], None] = lambda _: None

    def __post_init__(self) -> None:
        """There is nothing to hold."""

    def signal(self, number: signal.Signals) -> None:
        if not self.exited.done():
            self.on_signal(number)


def _pipes() -> tuple[tuple[int, int], tuple[int, ...]]:
    """The reading and the writing ends of two pipes; nothing waits where they are full."""
    (out, out_end), (errors, errors_end) = os.pipe(), os.pipe()
    for end in (out_end, errors_end):
        os.set_blocking(end, False)
    return (out, errors), (out_end, errors_end)


def _settle(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def _status(code: int) -> int:
    """The exit status of the far process, as far as the program's own tells: 137 means signal 9."""
    return _SIGNALLED - code if code > _SIGNALLED else code
