"""An engine that runs nothing: its sessions do what the "code" says, one short word a line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from vtai.core.code import (
    CodeEvent,
    CodeFigure,
    CodeOutput,
    CodeRequest,
    CodeResult,
    CodeWaiting,
    SandboxReport,
    SessionKey,
    Strength,
)
from vtai.core.messages import Attachment
from vtai.core.ports import Sandbox
from vtai.providers.sandbox.engine import FileInfo, FileRefused, NoSession, SessionLost


@dataclass(eq=False)
class FakeSession:
    """Words: `say X`, `make NAME SIZE`, `wait` (for `go`), `die`, `plot`, `files` (says what is there)."""

    go: asyncio.Event
    files: dict[str, bytes] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)
    made: Sequence[FileInfo] = ()
    is_alive: bool = True
    is_frozen: bool = False
    is_closed: bool = False
    stopped: int = 0
    refuses: frozenset[str] = frozenset()

    async def run(self, code: str, timeout_s: float) -> AsyncGenerator[CodeEvent, None]:
        self.ran.append(code)
        self.timeouts.append(timeout_s)
        self.is_frozen = False
        self.made = ()
        is_done = False
        try:
            for line in code.splitlines():
                for event in await self._do(*line.split()):
                    yield event
            is_done = True
            status = "ok" if self.is_alive else "crashed"
            yield CodeResult(status, state="kept" if self.is_alive else "reset")
        finally:
            self.stopped += not is_done

    async def _do(self, word: str, *rest: str) -> list[CodeEvent]:
        match word:
            case "say":
                return [CodeOutput("stdout", " ".join(rest))]
            case "make":
                self.files[rest[0]] = b"x" * int(rest[1])
                self.made = (*self.made, FileInfo(rest[0], int(rest[1])))
            case "wait":
                waits = asyncio.ensure_future(self.go.wait())
                while self.is_alive and not waits.done():
                    await asyncio.sleep(0)
            case "die":
                self.is_alive = False
            case "plot":
                return [CodeFigure(b"\x89PNG\r\n\x1a\n")]
            case "files":
                return [CodeOutput("stdout", " ".join(sorted(self.files)))]
        return []

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        if not self.is_alive:
            raise SessionLost
        if name in self.refuses:
            raise FileRefused("There is no room.")
        self.puts.append(name)
        self.files[name] = b"".join([piece async for piece in content])

    async def get(self, name: str, max_bytes: int) -> bytes:
        if not self.is_alive:
            raise SessionLost
        return self.files[name]

    async def interrupt(self) -> None:
        pass

    async def rest(self) -> None:
        self.is_frozen = True

    async def close(self) -> None:
        self.is_alive = False
        self.is_closed = True


@dataclass
class FakeEngine:
    """`failures` is how many times it opens nothing."""

    name: str = "fake"
    strength: Strength = "kernel"
    is_usable: bool = True
    reason: str = ""
    fix: str = ""
    failures: int = 0
    refuses: frozenset[str] = frozenset()
    sessions: list[FakeSession] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    reports: int = 0
    given_back: int = 0
    is_closed: bool = False

    async def report(self) -> SandboxReport:
        self.reports += 1
        return SandboxReport(self.name, self.is_usable, self.strength, "A", self.reason, self.fix)

    async def open(self) -> FakeSession:
        if self.failures:
            self.failures -= 1
            raise NoSession("it is not the day for it")
        self.sessions.append(FakeSession(self.go, refuses=self.refuses))
        return self.sessions[-1]

    async def give_back(self) -> None:
        self.given_back += 1

    async def close(self) -> None:
        self.is_closed = True

    @property
    def open_sessions(self) -> list[FakeSession]:
        return [session for session in self.sessions if not session.is_closed]


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def key(conversation: str = "c1", person: str = "ann") -> SessionKey:
    return SessionKey(person, conversation)


async def events_of(
    sandbox: Sandbox, code: str, at: SessionKey | None = None, **more: object
) -> list[CodeEvent]:
    request = CodeRequest(at or key(), code, **more)  # type: ignore[arg-type]
    async with aclosing(sandbox.run(request)) as events:
        return [event async for event in events]


async def end_of(sandbox: Sandbox, code: str, at: SessionKey | None = None, **more: object) -> CodeResult:
    """The result; that it comes last, and once, is checked on the way."""
    *before, end = await events_of(sandbox, code, at, **more)
    assert isinstance(end, CodeResult)
    assert not any(isinstance(event, CodeResult) for event in before)
    return end


def printed(events: Sequence[CodeEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, CodeOutput))


def waits(events: Sequence[CodeEvent]) -> list[int]:
    return [event.ahead for event in events if isinstance(event, CodeWaiting)]


def attached(folder: Path, name: str, content: bytes = b"data") -> Attachment:
    path = folder / f"{len(list(folder.iterdir()))}.upload"
    path.write_bytes(content)
    return Attachment(name, "text/csv", path, len(content))
