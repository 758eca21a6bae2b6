"""Running code in a sandbox: what is asked, what comes while it runs, what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vtai.core.events import TableReady
from vtai.core.messages import Attachment

RunStatus = Literal[
    "ok",
    "error",
    "timeout",
    "memory",
    "output_limit",
    "disk_limit",
    "crashed",
    "blocked_syscall",
    "unavailable",
]
# Whether variables of earlier runs were there: `reset` means that they were lost since the last run.
RunState = Literal["fresh", "kept", "reset"]
Strength = Literal["none", "wasm", "kernel", "container", "gvisor", "vm"]


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Whose variables and files: one person's, in one conversation."""

    person: str
    conversation: str


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """Code to run in the person's session; `files` are put into its folder first, by their names.

    `timeout_s` None takes the engine's own limit.
    """

    session: SessionKey
    code: str
    files: tuple[Attachment, ...] = ()
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class CodeWaiting:
    """The run waits for its place: `ahead` runs come first."""

    ahead: int


@dataclass(frozen=True, slots=True)
class CodeOutput:
    """A piece of what the code printed."""

    stream: Literal["stdout", "stderr"]
    text: str


@dataclass(frozen=True, slots=True)
class CodeFigure:
    """A plot, as PNG."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CodeError:
    """The exception that ended the code; the traceback shows the person's own lines only."""

    type: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file that the code made or changed. `name` is safe to show and to save under."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class CodeResult:
    """The end of a run. `stdout` and `stderr` are what a model gets to read: the beginning and the end.

    `result` is the value of the last expression as text. `notes` are sentences about what was cut, left out,
    restored or lost.
    """

    status: RunStatus
    stdout: str = ""
    stderr: str = ""
    result: str | None = None
    error: CodeError | None = None
    files: tuple[CodeFile, ...] = ()
    duration_ms: float = 0.0
    state: RunState = "fresh"
    notes: tuple[str, ...] = ()


CodeEvent = CodeWaiting | CodeOutput | CodeFigure | TableReady | CodeResult


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried of a sandbox. `fix` is what to do where it failed."""

    name: str
    passed: bool
    detail: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What the sandbox is and whether it may be used.

    `level` is "A" (namespaces, Landlock, seccomp), "B" (Landlock, seccomp), "C" (namespaces, seccomp), or "".
    Where it is not usable, `reason` says why and `fix` what an operator can do.
    """

    engine: str
    is_usable: bool
    strength: Strength = "none"
    level: str = ""
    reason: str = ""
    fix: str = ""
    libraries: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
