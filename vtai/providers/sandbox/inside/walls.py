"""What a session may have: how much (`Limits`) and what it sees (`Walls`). Values only, passed as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Level = Literal["A", "B", "C"]
# Where files of a session are at levels A and C; at level B it is a folder of the host.
DATA = "/mnt/data"


class ConfineError(Exception):
    """A wall could not be put up. The text says why, in words for an administrator."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one session may use, over its whole life."""

    cpu_s: int = 600
    address_bytes: int = 4 << 30
    resident_bytes: int = 1 << 30
    # The kernel has no limit of this for one process: the watchdog of the host holds it.
    workspace_bytes: int = 256 << 20
    workspace_files: int = 20_000
    # At level B both are held by the watchdog too.
    tmp_bytes: int = 16 << 20
    file_bytes: int = 64 << 20
    descriptors: int = 128
    threads: int = 64


@dataclass(frozen=True, slots=True)
class Walls:
    """What a session sees. All paths are absolute.

    `level`: "A" namespaces, Landlock and seccomp; "B" Landlock and seccomp; "C" namespaces and seccomp.
    `workspace`: the folder of the session, level B only. `readable`: what may be read besides, with all below
    it. `hidden`: paths below these that must not be seen.
    """

    level: Level
    workspace: str = ""
    readable: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def data(self) -> str:
        """The folder with the files of the session, as code inside sees it."""
        return self.workspace if self.level == "B" else DATA

    def forget(self) -> None:
        """Drops the paths of the host, which code in the session need not learn."""
        for name in ("readable", "hidden"):
            object.__setattr__(self, name, ())

    def to_json(self) -> dict[str, Any]:
        """As values that JSON knows; `from_json` reads them back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Walls:
        """Raises ConfineError for anything that is not what `to_json` gives."""
        try:
            limits = Limits(**{name: int(value) for name, value in data["limits"].items()})
            paths = {name: tuple(map(str, data[name])) for name in ("readable", "hidden")}
            walls = cls(level=data["level"], workspace=str(data["workspace"]), limits=limits, **paths)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfineError(f"the description of the walls cannot be read ({error})") from error
        if walls.level not in get_args(Level):
            raise ConfineError(f"there is no level {walls.level!r}")
        if not all(path.startswith("/") for path in (*walls.readable, *walls.hidden, walls.data)):
            raise ConfineError("the description of the walls has a path that is not absolute")
        return walls
