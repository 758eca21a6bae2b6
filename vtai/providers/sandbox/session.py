"""A session of the local engine, seen from the server: one confined process, its connection, its output."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vtai.core.code import CodeEvent, CodeResult, RunStatus
from vtai.providers.sandbox import ends, watchdog
from vtai.providers.sandbox.calls import Call, GetCall, PutCall, ReadyCall, RunCall
from vtai.providers.sandbox.engine import FileInfo, FileRefused, NoSession, SandboxOptions, SessionLost
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.outputs import Outputs
from vtai.providers.sandbox.results import Forged, Printed
from vtai.providers.sandbox.trees import remove_tree
from vtai.providers.sandbox.wire import CLOSED, Wire

if TYPE_CHECKING:
    import socket

    from vtai.providers.sandbox.forked import Forked

logger = logging.getLogger(__name__)

READY_S: Final = 30.0
FILE_S: Final = 15.0
EXIT_S: Final = 2.0


class LocalSession:
    """Made by the engine, which hands over the process, its socket, our ends of its pipes, its folder."""

    def __init__(
        self,
        process: Forked,
        sock: socket.socket,
        pipes: tuple[int, int],
        folder: Path | None,
        options: SandboxOptions,
    ) -> None:
        self._process = process
        self._folder = folder
        self._options = options
        self._call: Call | None = None
        self._ids = 0
        self._reason: RunStatus | None = None
        self._is_ended = False
        self._watch: asyncio.Task[None] | None = None
        self._made: tuple[FileInfo, ...] = ()
        self._loop = asyncio.get_running_loop()
        self._outputs = Outputs(pipes)
        self._wire = Wire(sock, frames.FROM_SESSION, self._on_frame, self._on_end)
        process.exited.add_done_callback(lambda _: self._wake())

    @property
    def is_alive(self) -> bool:
        return not self._is_ended and self._reason is None and not self._process.exited.done()

    @property
    def made(self) -> Sequence[FileInfo]:
        return self._made

    @property
    def pid(self) -> int:
        """The process, as the server sees it."""
        return self._process.pid

    async def ready(self, level: str) -> None:
        """Returns once the walls stand. Raises NoSession where they do not, or are not those asked for."""
        call = ReadyCall()
        self._begin(call)
        with suppress(TimeoutError):
            await self._over(call, READY_S)
        self._call = None
        if call.refusal or call.level != level:
            self._kill("unavailable")
            raise NoSession(call.refusal or f"the session did not get ready at level {level}")

    async def run(self, code: str, timeout_s: float) -> AsyncGenerator[CodeEvent, None]:
        started = self._loop.time()
        payload = code.encode("utf-8", "replace")
        if len(payload) > frames.MAX_PAYLOAD_BYTES:
            yield ends.too_long(frames.MAX_PAYLOAD_BYTES)
            return
        await self._settle()
        if not self.is_alive:
            yield ends.gone()
            return
        self._made = ()
        call = RunCall(self._next_id(), Printed(self._options))
        clock = ends.Clock(started, timeout_s, self._options.grace_s)
        try:
            self._begin(call)
            self._outputs.start(call.printed, lambda: self._on_output(call))
            with suppress(OSError):
                await self._wire.send({"op": "run", "id": call.id}, payload)
            while not call.is_over and self.is_alive:
                for event in call.events():
                    yield event
                await self._step(call, clock)
            await self._finish()
            for event in call.events():
                yield event
            self._made = call.done.changed if call.done and self.is_alive else ()
            yield self._result(call, clock)
        finally:
            if self._call is call:
                # Somebody stopped looking: `_settle` does the rest.
                self._wire.send_now({"op": "interrupt", "id": call.id})

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        await self._settle()
        call = PutCall(self._next_id())
        header: dict[str, Any] = {"op": "put", "id": call.id, "name": name}
        piece = b""
        with self._whole(call):
            async with asyncio.timeout(FILE_S):
                async for following in content:
                    if call.is_over:
                        break
                    if piece:
                        await self._wire.send({**header, "more": True}, piece)
                    piece = following
                await self._wire.send({**header, "more": False}, piece)
                await self._over(call, FILE_S)
        if call.refusal is not None:
            raise FileRefused(call.refusal)

    async def get(self, name: str, max_bytes: int) -> bytes:
        await self._settle()
        call = GetCall(self._next_id(), max_bytes)
        with self._whole(call):
            async with asyncio.timeout(FILE_S):
                await self._wire.send({"op": "get", "id": call.id, "name": name, "max_bytes": max_bytes})
                await self._over(call, FILE_S)
        if call.refusal is not None:
            raise FileRefused(call.refusal)
        return bytes(call.content)

    async def interrupt(self) -> None:
        if isinstance(self._call, RunCall):
            self._wire.send_now({"op": "interrupt", "id": self._call.id})

    async def rest(self) -> None:
        await self._settle()
        self._stop_watch()
        self._process.signal(signal.SIGSTOP)

    async def close(self) -> None:
        self._kill("unavailable")
        await self._exit()
        self._wire.close()
        self._outputs.close()
        self._stop_watch()
        if self._folder is not None:
            await asyncio.to_thread(remove_tree, self._folder)

    def _begin(self, call: Call) -> None:
        """The process wakes up and has something to answer."""
        self._call = call
        self._process.signal(signal.SIGCONT)
        if self._watch is None and self.is_alive:
            looking = watchdog.watch(self.pid, self._options, self._folder, self._kill)
            self._watch = asyncio.create_task(looking)

    @contextmanager
    def _whole(self, call: Call) -> Iterator[None]:
        """What breaks off in the middle costs the session its life: nobody knows what comes next.

        Raises SessionLost.
        """
        if not self.is_alive:
            raise SessionLost
        self._begin(call)
        try:
            yield
        except (TimeoutError, OSError, frames.BadFrame) as error:
            raise SessionLost from error
        finally:
            self._call = None
            if not call.is_over:
                self._kill("crashed")
        if not call.is_over:
            raise SessionLost

    async def _over(self, call: Call, timeout_s: float) -> None:
        """Returns when the call is over or the session dead. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not call.is_over and self.is_alive:
                call.moved.clear()
                await call.moved.wait()

    async def _step(self, call: RunCall, clock: ends.Clock) -> None:
        """Waits until something happens, or it is time to do something about it."""
        try:
            async with asyncio.timeout_at(clock.next_at):
                await call.moved.wait()
            call.moved.clear()
        except TimeoutError:
            if clock.is_interrupted:
                self._kill("timeout")
            else:
                clock.is_interrupted = True
                self._wire.send_now({"op": "interrupt", "id": call.id})

    async def _settle(self) -> None:
        """Returns when nothing runs any more. Code that was stopped and does not obey is killed."""
        if self._call is None:
            return
        with suppress(TimeoutError):
            await self._over(self._call, self._options.grace_s)
        if not self._call.is_over:
            self._kill("timeout")
        await self._finish()

    async def _finish(self) -> None:
        """What is left of the run's output is read; a process that is of no more use is gone."""
        if not self.is_alive:
            await self._exit()
        self._call = None
        self._outputs.drain()
        self._outputs.stop()

    async def _exit(self) -> None:
        """Waits for the process; one that does not go by itself is killed."""
        exited = self._process.exited
        for is_patient in (True, False):
            if not exited.done():
                await asyncio.wait({exited}, timeout=EXIT_S)
            if is_patient and not exited.done():
                self._kill("crashed")

    def _result(self, call: RunCall, clock: ends.Clock) -> CodeResult:
        exited = self._process.exited
        status = exited.result() if exited.done() else None
        return ends.result(call, clock, self._reason, status, is_alive=self.is_alive, now=self._loop.time())

    def _kill(self, reason: RunStatus) -> None:
        if not self._process.exited.done():
            self._reason = self._reason or reason
            self._process.kill()
        self._wake()

    def _stop_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    def _wake(self) -> None:
        if self._call is not None:
            self._call.moved.set()

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids

    def _on_output(self, call: RunCall) -> None:
        if call.printed.is_too_much:
            self._kill("output_limit")
        call.moved.set()

    def _on_frame(self, header: dict[str, Any], payload: bytes) -> None:
        call = self._call
        if call is None or header.get("id", 0) != call.id:
            self._on_end(f"{header['op']} that nobody asked for")
            return
        try:
            call.take(header, payload)
        except Forged as error:
            self._on_end(str(error))

    def _on_end(self, reason: str) -> None:
        self._is_ended = True
        if reason != CLOSED:
            logger.warning("sandbox: a session is ended: %s", reason)
            self._kill("crashed")
        self._wake()
