"""A session without any wall: each run is a plain process of its own. What a self-test must refuse.

Its environment may be the server's own; a time limit is there where a test wants one.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from vtai.core.code import CodeEvent, CodeResult
from vtai.providers.sandbox.engine import FileInfo, Level, NoSession
from vtai.providers.sandbox.server_process import Hello


@dataclass(eq=False)
class BareSession:
    """`blocks` are texts of attempts that are answered as a wall would."""

    blocks: tuple[str, ...] = ()
    limits_time: bool = True
    made: Sequence[FileInfo] = ()
    is_alive: bool = True

    async def run(self, code: str, timeout_s: float) -> AsyncGenerator[CodeEvent, None]:
        if any(text in code for text in self.blocks):
            yield CodeResult("ok", "blocked PermissionError\n")
            return
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(timeout_s if self.limits_time else None):
                stdout, _ = await process.communicate()
            yield CodeResult("ok", stdout.decode())
        except TimeoutError:
            yield CodeResult("timeout")
        finally:
            with suppress(ProcessLookupError):
                os.kill(process.pid, 9)
            await process.wait()

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None: ...

    async def get(self, name: str, max_bytes: int) -> bytes:
        return b""

    async def interrupt(self) -> None: ...

    async def rest(self) -> None: ...

    async def close(self) -> None:
        self.is_alive = False


@dataclass
class BareEngine:
    """`reasons` are why levels do not work."""

    session: BareSession
    reasons: dict[str, str]
    name: str = "bare"
    cannot_start: str = ""

    async def hello(self) -> Hello:
        if self.cannot_start:
            raise NoSession(self.cannot_start)
        return Hello(("numpy 2",), "3.11")

    async def probe(self, level: Level) -> str | None:
        return self.reasons.get(level)

    async def open_at(self, level: Level) -> BareSession:
        return self.session
