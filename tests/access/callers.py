"""Everybody who may come to a server, and what each of them sends along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from starlette.datastructures import Headers

from tests.server.hosted import PASSWORD
from tests.storage.desk import CHEAP
from vtai.core.people import SCOPES, Person, Role
from vtai.server import cookies
from vtai.server.browsers import COOKIE
from vtai.storage.keys import SqlKeys
from vtai.storage.passwords import Passwords

if TYPE_CHECKING:
    from vtai.wiring.storing import Store

Sent = Mapping[str, str]

# Who comes by a browser.
_ROLES: Mapping[str, Role] = {"admin": "admin", "owner": "member", "other": "member", "guest": "guest"}


@dataclass
class Crowd:
    """The people, and the headers of each kind of caller: `sends["owner's read key"]`."""

    store: Store
    origin: str
    people: dict[str, Person] = field(default_factory=dict)
    sends: dict[str, Sent] = field(default_factory=dict)

    async def fresh(self, who: str) -> Sent:
        """What the caller sends; of a browser a new login, which the request may end."""
        return await self.cookie(who) if who in _ROLES else self.sends[who]

    async def cookie(self, who: str) -> Sent:
        """A new browser of this person."""
        return (await self.login(who))[0]

    async def login(self, who: str) -> tuple[Sent, str]:
        """The same, and the login's id."""
        token, login = await self.store.logins.open(self.people[who].id)
        return self.browser(token.get_secret_value()), login.id

    def browser(self, token: str) -> Sent:
        name = cookies.name_of(COOKIE, Headers({"host": self.origin.rpartition("/")[2]}))
        return {"cookie": f"{name}={token}", "origin": self.origin}

    async def key(self, who: str, *scopes: Any, is_expired: bool = False) -> tuple[Sent, str]:
        """A new key of this person, and its id."""
        # What ended long ago was made before that.
        keys = SqlKeys(self.store.database, lambda: 1_000.0) if is_expired else self.store.keys
        expires_at = 2_000.0 if is_expired else None
        secret, key = await keys.make(self.people[who].id, "a key", frozenset(scopes), expires_at)
        return {"authorization": f"Bearer {secret.get_secret_value()}"}, key.id


async def invited(store: Store, origin: str) -> Crowd:
    """Everybody: people by their browsers, keys of one scope each, and those who may not in any more.

    All were admins once: what they opened and made then is to be worth no more than what they are now.
    """
    store.people._passwords = Passwords(CHEAP)  # type: ignore[attr-defined]
    crowd = Crowd(store, origin)
    for name in (*_ROLES, "suspended"):
        crowd.people[name] = await store.people.add(name, SecretStr(PASSWORD), "admin")
    sends = crowd.sends
    for name in (*_ROLES, "suspended"):
        sends[name] = await crowd.cookie(name)
    for scope in SCOPES:
        sends[f"owner's {scope} key"], _ = await crowd.key("owner", scope)
    sends["other's key"], _ = await crowd.key("other", "read", "write", "chat")
    sends["guest's key"], _ = await crowd.key("guest", *SCOPES)
    sends["admin's admin key"], _ = await crowd.key("admin", "admin")
    sends["suspended's key"], _ = await crowd.key("suspended", *SCOPES)
    sends["expired key"], _ = await crowd.key("owner", *SCOPES, is_expired=True)
    sends["revoked key"], revoked = await crowd.key("owner", *SCOPES)
    sends["left browser"], left = await crowd.login("owner")
    sends["anonymous"] = {"origin": origin}
    sends["unknown key"] = {"authorization": "Bearer vtai_" + "x" * 43}
    sends["unknown cookie"] = crowd.browser("x" * 43)
    assert await store.keys.revoke(revoked)
    assert await store.logins.end(left)
    await store.people.change(crowd.people["suspended"].id, is_suspended=True)
    for name, role in _ROLES.items():
        crowd.people[name] = await store.people.change(crowd.people[name].id, role)
    return crowd
