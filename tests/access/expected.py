"""Who may do what: one line for each thing that can be asked for, grouped by what it is about.

A line names the callers who get through. Whoever is not named is turned away: 404 for those to whom the thing
is as if it were not there, 401 for those nobody knows, 403 for all others. What has no line fails the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

Callers = frozenset[str]

NOBODY: Final[Callers] = frozenset(
    {
        "anonymous",
        "unknown key",
        "unknown cookie",
        "suspended",
        "suspended's key",
        "expired key",
        "revoked key",
        "left browser",
    }
)
PEOPLE: Final[Callers] = frozenset({"owner", "other", "admin", "guest"})
KEYS: Final[Callers] = frozenset(
    {
        "owner's read key",
        "owner's write key",
        "owner's chat key",
        "owner's admin key",
        "other's key",
        "guest's key",
        "admin's admin key",
    }
)
KNOWN: Final = PEOPLE | KEYS
EVERYBODY: Final = KNOWN | NOBODY

# Who may read, change and ask, each among their own things.
READ: Final = PEOPLE | {"owner's read key", "other's key", "guest's key"}
WRITE: Final[Callers] = frozenset({"owner", "other", "admin", "owner's write key", "other's key"})
CHAT: Final[Callers] = frozenset({"owner", "other", "admin", "owner's chat key", "other's key"})
ADMIN: Final[Callers] = frozenset({"admin", "admin's admin key"})
# Those of them who come as the owner of the things that are asked for.
OWNERS: Final[Callers] = frozenset({"owner", *(key for key in KEYS if key.startswith("owner's"))})
NONE: Final[Callers] = frozenset()

_NAMES: Final = {
    "conversations": "conversation",
    "thread": "conversation",
    "shares": "share",
    "files": "file",
    "feedback": "thumb",
    "runs": "run",
    "keys": "key",
    "sessions": "login",
    "browsers": "login",
    "corrections": "correction",
    "people": "owner",
    "share": "share",
    "element": "element",
}
_PLACE: Final = re.compile(r"/(\w+)/\{\w+(?::\w+)?\}")


@dataclass(frozen=True)
class Line:
    """One thing that can be asked for, "GET /path" as the server's routes have it.

    `may` get through and are answered with one of `gives`; to `lost` it is as if it were not there. `at` is
    the address, where it is not told by the path; in it and in `json`, `form` and `raw` names of belongings
    stand in braces. `shows`: the answer tells others what is the owner's, on purpose. `takes_all`: it changes
    all that the caller has, so that the owner does not try it. `needs_tab`: it needs an open page and is
    tried there.
    """

    operation: str
    may: Callers
    lost: Callers = NONE
    gives: tuple[int, ...] = (200,)
    at: str = ""
    json: Any = None
    form: dict[str, Any] | None = None
    raw: str | None = None
    case: str = ""
    shows: Callers = NONE
    takes_all: bool = False
    needs_tab: bool = False

    @property
    def id(self) -> str:
        return f"{self.operation} {self.case}".strip()

    @property
    def method(self) -> str:
        return self.operation.partition(" ")[0].replace("ANY", "GET")

    @property
    def changes(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def address(self) -> str:
        if self.at:
            return self.at
        path = self.operation.partition(" ")[2]
        return _PLACE.sub(lambda found: f"/{found[1]}/{{{_NAMES.get(found[1], 'new')}}}", path)

    def expects(self, who: str) -> tuple[int, ...]:
        if who in self.may:
            return self.gives
        if who in self.lost:
            return (404,)
        return (401,) if who in NOBODY else (403,)


def own(operation: str, need: Callers, *also: str, **more: Any) -> Line:
    """Something of the owner's: whoever else may do this with their own things does not find it."""
    may = (need & OWNERS) | set(also)
    return Line(operation, may, need - may, **more)


def under(prefix: str, lines: Iterable[Line]) -> list[Line]:
    """The lines of what is mounted at an address."""
    return [
        replace(
            line,
            operation=line.operation.replace(" /", f" {prefix}/", 1),
            at=prefix + line.at if line.at else "",
        )
        for line in lines
    ]
