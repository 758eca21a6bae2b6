"""Who asks, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Role = Literal["admin", "member", "guest"]
# What a request needs: to read one's own things, to change them, to ask models, to look after the server.
Scope = Literal["read", "write", "chat", "admin"]

SCOPES: Final[tuple[Scope, ...]] = ("read", "write", "chat", "admin")
ROLE_SCOPES: Final[Mapping[Role, frozenset[Scope]]] = MappingProxyType(
    {
        "admin": frozenset(SCOPES),
        "member": frozenset({"read", "write", "chat"}),
        "guest": frozenset({"read"}),
    }
)


# By what stands in the names that browsers give themselves, in this order.
_BROWSERS: Final = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS: Final = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. `name` is what they sign in with, `group` what limits may be set for.

    `id` never changes and is never given to somebody else. `made_at` is in seconds since the epoch.
    """

    id: str
    name: str
    role: Role = "member"
    group: str = ""
    is_suspended: bool = False
    made_at: float = 0.0


# Everybody is this one where nobody has to sign in: the page on one's own machine, or behind one access key.
LOCAL: Final = Person("local", "local", "admin")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request: a person, by a login of theirs or by one of their keys.

    `key_scopes` narrows what a key may do; a key never may more than its person.
    """

    person: Person
    key_id: str | None = None
    key_scopes: frozenset[Scope] | None = None
    login_id: str | None = None

    @property
    def scopes(self) -> frozenset[Scope]:
        """What may be done. A suspended person may nothing."""
        if self.person.is_suspended:
            return frozenset()
        own = ROLE_SCOPES[self.person.role]
        return own if self.key_scopes is None else own & self.key_scopes

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class Login:
    """A browser that somebody signed in with. Times are in seconds since the epoch."""

    id: str
    person: str
    made_at: float
    seen_at: float
    expires_at: float
    agent: str = ""
    address: str = ""

    @property
    def browser(self) -> str:
        """What people call a browser that names itself so."""
        browser = next((name for sign, name in _BROWSERS if sign in self.agent), "A browser")
        system = next((name for sign, name in _SYSTEMS if sign in self.agent), "")
        return f"{browser} on {system}" if system else browser


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key for programs, without its secret. `start` are its first characters, to tell keys apart."""

    id: str
    person: str
    name: str
    start: str
    scopes: frozenset[Scope]
    made_at: float
    expires_at: float | None = None
    used_at: float | None = None
    is_revoked: bool = False
