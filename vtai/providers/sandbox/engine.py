"""What an engine of the sandbox is: a place where sessions run code. It knows nothing of people.

`Conversations` is built on these two protocols; the engines (local, container, remote, E2B, macOS)
implement them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from vtai.core.code import CodeEvent, SandboxReport, Strength

EngineName = Literal["auto", "local", "seatbelt", "container", "remote", "e2b", "wasm", "off"]
Level = Literal["A", "B", "C"]
Minimum = Literal["kernel", "gvisor", "vm"]

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How code runs. Sizes in bytes, times in seconds."""

    engine: EngineName = "auto"
    minimum: Minimum = "kernel"
    """The weakest wall that is accepted."""
    level: Level | None = None
    """Of the local engine: the only level that is tried. None takes the strongest that works."""
    folder: Path | None = None
    """Where workspaces and made files lie, each in a folder of its own. None takes the temporary folder."""
    hidden: tuple[Path, ...] = ()
    """What no code may see even where it lies among the libraries: configuration, data."""
    preload: bool = True
    """Whether every session finds numpy, pandas, matplotlib and the like loaded, where they are installed."""

    timeout_s: float = 30.0
    most_timeout_s: float = 120.0
    grace_s: float = 2.0
    """How long code that was interrupted may take to end before it is killed."""
    cpu_s: int = 600
    address_bytes: int = 4 * GIB
    resident_bytes: int = 1 * GIB
    workspace_bytes: int = 256 * MIB
    workspace_files: int = 20_000
    tmp_bytes: int = 16 * MIB
    file_bytes: int = 64 * MIB
    descriptors: int = 128
    threads: int = 64

    model_output_bytes: int = 64 * KIB
    """How much of what was printed a model reads."""
    shown_output_bytes: int = 1 * MIB
    """How much of it people see while it runs."""
    most_output_bytes: int = 8 * MIB
    """Code that prints more is killed."""

    made_files: int = 20
    """How many files are taken out after one run."""
    made_file_bytes: int = 25 * MIB
    kept_bytes: int = 100 * MIB
    """How much is kept of one conversation's files."""
    kept_total_bytes: int = 2 * GIB
    kept_age_s: float = 24 * 3600.0

    sessions: int | None = None
    """On this server. None takes 200, or half of the free memory in parts of 64 MiB where that is less."""
    sessions_per_person: int = 2
    at_once: int | None = None
    """How many runs at the same time. None takes the number of cores."""
    most_waiting: int = 64
    most_waiting_per_person: int = 8
    idle_s: float = 15 * 60.0
    give_back_s: float = 10 * 60.0
    """After how long without any session the engine gives its memory back."""
    age_s: float = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file in a session's folder. `name` is relative to it and comes from inside: clean it before use."""

    name: str
    size_bytes: int


class NoSession(Exception):
    """A session could not be opened. The text is for operators."""


class SessionLost(Exception):
    """The session ended while something other than code was under way. It is of no more use."""


class FileRefused(Exception):
    """A file could not be put in or taken out; the session lives on. The text says why, in plain words."""


class Session(Protocol):
    """One interpreter with its folder. One thing at a time: callers see to that.

    A session that is frozen thaws by itself for whatever is asked of it.
    """

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked anything. Once it is not, only `close` is left."""
        ...

    @property
    def made(self) -> Sequence[FileInfo]:
        """The files that the last run made or changed."""
        ...

    def run(self, code: str, timeout_s: float) -> AsyncGenerator[CodeEvent, None]:
        """CodeOutput, CodeFigure and TableReady as they come, a CodeResult at the very end.

        The result has no files; its `state` is "kept" where the variables live on, "reset" where they are
        lost. Never raises for what code does. Closing it interrupts the code; `rest` sees to the rest.
        """
        ...

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        """Writes a file into the folder. Raises FileRefused or SessionLost."""
        ...

    async def get(self, name: str, max_bytes: int) -> bytes:
        """The content of a regular file. Raises FileRefused (also where it is larger) or SessionLost."""
        ...

    async def interrupt(self) -> None:
        """Asks the running code to stop, as Ctrl-C does. Nothing happens where none runs."""
        ...

    async def rest(self) -> None:
        """Returns once no code runs any more, killing what does not obey; freezes what it can."""
        ...

    async def close(self) -> None:
        """Ends the interpreter and forgets the folder. May be called twice."""
        ...


class SandboxEngine(Protocol):
    """Opens sessions, or says why it does not."""

    @property
    def name(self) -> str: ...

    @property
    def strength(self) -> Strength: ...

    async def report(self) -> SandboxReport:
        """Whether it may be used: tried out the first time, remembered after. Never raises."""
        ...

    async def open(self) -> Session:
        """A new session with an empty folder. Raises NoSession. Asked only where the report says usable."""
        ...

    async def give_back(self) -> None:
        """Asked where there is no session: frees what can be had again within seconds."""
        ...

    async def close(self) -> None:
        """Ends every session and every process of the engine. May be called twice."""
        ...
