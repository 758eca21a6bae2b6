"""One session at E2B: a rented machine with an interpreter of its own."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
import re
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Final

from vtai.core.code import CodeError, CodeEvent, CodeFigure, CodeResult, RunState, RunStatus
from vtai.providers.sandbox import ends, results
from vtai.providers.sandbox.engine import MIB, FileInfo, FileRefused, SandboxOptions, SessionLost
from vtai.providers.sandbox.results import Forged, Printed, Stream, shown

logger = logging.getLogger(__name__)

FOLDER: Final = "/mnt/data"
FILE_S: Final = 60.0
KILL_S: Final = 10.0
NOTICE: Final = "This code ran at E2B, a third party, and so did the files that it works on."
_DEPTH, _MOST_CHANGED = 4, 200
_MOST_RESULT, _MOST_TRACEBACK, _MOST_MESSAGE = 20_000, 6_000, 2_000
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LOST = "The machine was given back; its variables are gone."


@dataclass(slots=True)
class _Run:
    """What a run has shown and not passed on yet."""

    printed: Printed
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    shown: deque[CodeFigure] = field(default_factory=deque)
    value: str | None = None
    figures: int = 0
    left_out: int = 0

    def print(self, stream: Stream, text: str) -> None:
        self.printed.feed(stream, text.encode("utf-8", "replace"))
        self.moved.set()

    def show(self, result: Any) -> None:
        if result.is_main_result and isinstance(result.text, str):
            self.value = shown(result.text)[:_MOST_RESULT]
        if result.png:
            self._add(result.png)
        self.moved.set()

    def take(self) -> list[CodeEvent]:
        """What there is to show since the last time."""
        events: list[CodeEvent] = [*self.printed.take(), *self.shown]
        self.shown.clear()
        return events

    def _add(self, encoded: str) -> None:
        data: bytes | None = None
        if self.figures < results.MOST_FIGURES and len(encoded) <= 2 * results.MOST_FIGURE_BYTES:
            with suppress(Forged, binascii.Error, ValueError):
                data = results.figure(base64.b64decode(encoded))
        if data is None:
            self.left_out += 1
        else:
            self.figures += 1
            self.shown.append(CodeFigure(data))


class E2BSession:
    """`machine` is the SDK's AsyncSandbox. What breaks off in the middle costs the machine."""

    def __init__(self, machine: Any, options: SandboxOptions) -> None:
        self._machine = machine
        self._options = options
        self._is_alive = True
        self._is_closed = False
        self._has_run = False
        self._known: dict[str, tuple[int, Any]] = {}
        self._made: tuple[FileInfo, ...] = ()

    @property
    def is_alive(self) -> bool:
        return self._is_alive

    @property
    def made(self) -> Sequence[FileInfo]:
        return self._made

    async def run(self, code: str, timeout_s: float) -> AsyncGenerator[CodeEvent, None]:
        if not self._is_alive:
            yield ends.gone()
            return
        self._made = ()
        started = time.monotonic()
        run = _Run(Printed(self._options))
        work = asyncio.create_task(self._execute(run, code, timeout_s))
        work.add_done_callback(lambda _: run.moved.set())
        try:
            while not work.done() and not run.printed.is_too_much:
                await run.moved.wait()
                run.moved.clear()
                for event in run.take():
                    yield event
            end = await self._end(run, work)
            for event in run.take():
                yield event
            yield replace(end, duration_ms=1000 * (time.monotonic() - started))
        finally:
            if not work.done():
                # Stopped: nobody can say what the machine still does.
                self._is_alive = False
                work.cancel()

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        path = _path(name)
        data = bytearray()
        async for piece in content:
            data += piece
            if len(data) > self._options.file_bytes:
                raise FileRefused(f"It is larger than {self._options.file_bytes // MIB} MB.")
        await self._asked(self._machine.files.write(path, bytes(data), request_timeout=FILE_S))
        self._known = await self._listing()

    async def get(self, name: str, max_bytes: int) -> bytes:
        path = _path(name)
        size = (await self._listing()).get(path, (None, None))[0]
        if size is None:
            raise FileRefused("There is no such file.")
        if size > max_bytes:
            raise FileRefused(f"It is larger than {max_bytes // MIB} MB.")
        found = await self._asked(self._machine.files.read(path, format="bytes", request_timeout=FILE_S))
        if len(found) > max_bytes:
            raise FileRefused(f"It is larger than {max_bytes // MIB} MB.")
        return bytes(found)

    async def interrupt(self) -> None:
        """There is no way to interrupt code there: the machine goes when the run is closed."""

    async def rest(self) -> None:
        if not self._is_alive:
            await self.close()

    async def close(self) -> None:
        self._is_alive = False
        if not self._is_closed:
            self._is_closed = True
            try:
                async with asyncio.timeout(KILL_S):
                    await self._machine.kill()
            except foreign_errors() as error:
                logger.warning("sandbox: a machine at E2B was not given back: %s", reason_of(error))

    async def _execute(self, run: _Run, code: str, timeout_s: float) -> Any:
        return await self._machine.run_code(
            code,
            on_stdout=lambda message: run.print("stdout", message.line),
            on_stderr=lambda message: run.print("stderr", message.line),
            on_result=run.show,
            timeout=timeout_s,
        )

    async def _end(self, run: _Run, work: asyncio.Task[Any]) -> CodeResult:
        status: RunStatus = "ok"
        error: CodeError | None = None
        notes = [] if self._has_run else [NOTICE]
        broken_off: tuple[type[Exception], ...] = (SessionLost, *foreign_errors())
        self._has_run = True
        if run.printed.is_too_much:
            status, self._is_alive = "output_limit", False
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        else:
            try:
                if (raised := (await work).error) is not None:
                    error = _told(raised)
                    status = "memory" if error.type == "MemoryError" else "error"
                self._made = await self._changed()
            except broken_off as broken:
                logger.info("sandbox: a run at E2B broke off: %s", reason_of(broken))
                status = "timeout" if _is_timeout(broken) else "crashed"
                self._is_alive = False
        stdout, stderr, cut = run.printed.for_model()
        if run.left_out:
            notes.append(f"{run.left_out} figures are left out.")
        if not self._is_alive:
            notes.append(_LOST)
        state: RunState = "kept" if self._is_alive else "reset"
        return CodeResult(status, stdout, stderr, run.value, error, state=state, notes=(*notes, *cut))

    async def _changed(self) -> tuple[FileInfo, ...]:
        now = await self._listing()
        changed = [path for path, stamp in now.items() if self._known.get(path) != stamp]
        changed.sort(key=lambda path: now[path][1], reverse=True)
        self._known = now
        return tuple(
            FileInfo(path.removeprefix(FOLDER + "/"), now[path][0]) for path in changed[:_MOST_CHANGED]
        )

    async def _listing(self) -> dict[str, tuple[int, Any]]:
        """Size and time of change of each regular file in the folder, by its path. Raises SessionLost."""
        entries = await self._asked(self._machine.files.list(FOLDER, depth=_DEPTH, request_timeout=FILE_S))
        return {
            entry.path: (entry.size, entry.modified_time)
            for entry in entries
            if getattr(entry.type, "value", None) == "file"
            and entry.symlink_target is None
            and "/." not in entry.path
            and entry.path.startswith(FOLDER + "/")
        }

    async def _asked(self, asking: Any) -> Any:
        """Raises SessionLost."""
        try:
            return await asking
        except foreign_errors() as error:
            logger.info("sandbox: E2B failed: %s", reason_of(error))
            self._is_alive = False
            raise SessionLost from error


def reason_of(error: BaseException) -> str:
    """What went wrong, in words that hold nothing of the account."""
    match type(error).__name__:
        case "AuthenticationException":
            return "E2B refused the key"
        case "RateLimitException":
            return "E2B has no machine for this account now: its limit is reached"
        case "TimeoutException" | "TimeoutError":
            return "E2B does not answer in time"
        case "SandboxNotRunningException" | "SandboxNotFoundException":
            return "the machine at E2B is gone"
        case name:
            return f"E2B cannot be used now ({name})"


def _told(raised: Any) -> CodeError:
    """The exception, without colours and without what is too long."""
    name, value, traceback = (
        shown(_COLOURS.sub("", str(text))) for text in (raised.name, raised.value, raised.traceback)
    )
    return CodeError(name[:300], value[:_MOST_MESSAGE], traceback[-_MOST_TRACEBACK:])


def _path(name: str) -> str:
    """Raises FileRefused for a name that leads elsewhere."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise FileRefused("This is no name for a file here.")
    return f"{FOLDER}/{path}"


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or type(error).__name__ == "TimeoutException"


def foreign_errors() -> tuple[type[Exception], ...]:
    """What the SDK raises: its families have no common root. Raises ImportError where it is missing."""
    from e2b_code_interpreter import AuthenticationException, RateLimitException, SandboxException
    from httpx import HTTPError

    return AuthenticationException, RateLimitException, SandboxException, HTTPError, OSError
