"""What a case is: code for the inside, what the host plants before and looks at after."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

OK = frozenset({"ok"})
ERROR = frozenset({"error"})
TIMEOUT = frozenset({"timeout"})
CRASHED = frozenset({"crashed"})
KILLED = frozenset({"timeout", "memory", "output_limit", "disk_limit", "crashed", "blocked_syscall"})
ENDED = OK | ERROR
ANY = ENDED | KILLED


@dataclass(frozen=True, slots=True)
class File:
    """A file that came out."""

    name: str
    media_type: str
    size: int
    head: bytes
    """At most the first megabyte."""
    digest: str
    has_secret: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run. `streamed` counts the characters that arrived while it ran."""

    status: str
    state: str = ""
    stdout: str = ""
    stderr: str = ""
    result: str | None = None
    error: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    figures: int = 0
    tables: tuple[Mapping[str, Any], ...] = ()
    streamed: int = 0
    has_secret: bool = False
    raised: str = ""

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Outcome:
        files = tuple(File(**{**one, "head": base64.b64decode(one["head"])}) for one in fields["files"])
        lists = {name: tuple(fields[name]) for name in ("notes", "tables")}
        return cls(**{**fields, **lists, "files": files})

    @property
    def text(self) -> str:
        """Everything of it that is text."""
        parts = (self.stdout, self.stderr, self.result, str(self.error or ""), *self.notes)
        return "\n".join(part for part in parts if part)

    @property
    def names(self) -> list[str]:
        return [file.name for file in self.files]


Plant = Callable[["World"], Mapping[str, Any]]
Check = Callable[["World", list[Outcome]], None]


@dataclass(frozen=True, slots=True)
class Case:
    """An attempt.

    `steps` run one after another in one session; `expect` are the statuses that each may end with, the last
    one for all that follow. The code is to print ESCAPED where it gets what it must not have, and to reach
    its end wherever "ok" is the only status. `plant` prepares the host and returns facts for the code, in W;
    `check` looks at what came and at the host, with the session still open; `after` when it is gone.
    """

    name: str
    steps: tuple[str, ...]
    expect: tuple[frozenset[str], ...] = (OK,)
    timeout_s: float = 20.0
    plant: Plant | None = None
    check: Check | None = None
    after: Callable[[World], None] | None = None
    pause_s: float = 0.0
    """How long the host waits between the steps."""
    control: str = ""
    """What the first step prints behind ESCAPED in a process without walls; empty where it is not tried."""
    survives: bool = True
    """Whether the session itself must work again afterwards."""
    machines: frozenset[str] = field(default_factory=lambda: frozenset({"x86_64", "aarch64"}))

    @property
    def id(self) -> str:
        return self.name

    def expected(self, step: int) -> frozenset[str]:
        return self.expect[min(step, len(self.expect) - 1)]


def case(name: str, *steps: str, **more: Any) -> Case:
    return Case(name, steps, **more)
