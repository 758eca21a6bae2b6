"""Keys for programs and browsers that are signed in: one's own, and everybody's for admins."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.reading import WHOLE_TEXT, Body, Result
from vtai.api.stored import Whose, store_of
from vtai.core.errors import Forbidden, UnknownName
from vtai.core.people import Scope

if TYPE_CHECKING:
    from vtai.core.people import AccessKey, Login
    from vtai.wiring import App

_DAY_S = 86_400.0


class KeyShown(Result):
    id: str
    person: str
    name: str
    start: str
    """Its first characters, to tell keys apart."""
    scopes: list[Scope]
    made_at: float
    """Seconds since the epoch."""
    expires_at: float | None
    used_at: float | None
    is_revoked: bool


class Keys(Result):
    items: list[KeyShown]


class NewKey(Body):
    name: Annotated[str, Field(min_length=1, max_length=100), WHOLE_TEXT]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=4)] = ("read", "write", "chat")
    """What it may; never more than who makes it."""
    days: Annotated[float, Field(gt=0, le=3_650)] | None = None
    """Days until it expires; absent never does."""


class MadeKey(Result):
    secret: str
    """The key itself. It is shown this once and kept nowhere."""
    key: KeyShown


class SessionShown(Result):
    id: str
    person: str
    made_at: float
    seen_at: float
    expires_at: float
    agent: str
    """What the browser calls itself."""
    browser: str
    """What people call it, and its system."""
    address: str
    is_this: bool
    """The one that asks."""


class Sessions(Result):
    items: list[SessionShown]


class Entering:
    """The answers, over one application. What is open of a key or a login ends with it."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        return (
            Endpoint("GET", "/keys", "read", "The keys.", self.keys, Keys, query=Whose),
            Endpoint(
                "POST",
                "/keys",
                "write",
                "Makes a key. A key without the scope admin makes none.",
                self.make_key,
                MadeKey,
                body=NewKey,
                status=201,
                says={409: "The name or the scopes cannot be."},
                leads={"revoke_key": {"id": "/key/id"}},
            ),
            Endpoint("DELETE", "/keys/{id}", "write", "Revokes a key, at once.", self.revoke_key),
            Endpoint(
                "GET",
                "/sessions",
                "read",
                "Browsers that are signed in.",
                self.sessions,
                Sessions,
                query=Whose,
            ),
            Endpoint("DELETE", "/sessions/{id}", "write", "Signs a browser out, at once.", self.end_session),
        )

    async def keys(self, call: Call[None, Whose]) -> Answer:
        whose = call.whose(everybody=call.query.all, person=call.query.person)
        store = await store_of(self._app)
        return Keys(items=[_key(each) for each in await store.keys.of(whose)])

    async def make_key(self, call: Call[NewKey, None]) -> Answer:
        caller, body = call.caller, call.body
        # Else whoever finds a key that ends tomorrow makes one that never does.
        if caller.key_id is not None and not caller.may("admin"):
            raise Forbidden("A key makes no keys.", "Sign in, or use a key with the scope admin.")
        scopes = frozenset(body.scopes)
        if more := sorted(scopes - caller.scopes):
            raise Forbidden(f"You may not give the scope {more[0]}.", "Leave it out.")
        store = await store_of(self._app)
        expires_at = None if body.days is None else time.time() + body.days * _DAY_S
        secret, key = await store.keys.make(call.person, body.name, scopes, expires_at)
        return MadeKey(secret=secret.get_secret_value(), key=_key(key))

    async def revoke_key(self, call: Call[None, None]) -> Answer:
        store = await store_of(self._app)
        if not await store.keys.revoke(call.part(), _only(call)):
            raise UnknownName("There is no such key, or it is revoked.", "GET /api/v1/keys lists yours.")
        await self._app.entering.connections.end_key(call.part())
        return None

    async def sessions(self, call: Call[None, Whose]) -> Answer:
        whose = call.whose(everybody=call.query.all, person=call.query.person)
        store = await store_of(self._app)
        return Sessions(items=[_session(each, call.caller.login_id) for each in await store.logins.of(whose)])

    async def end_session(self, call: Call[None, None]) -> Answer:
        store = await store_of(self._app)
        if not await store.logins.end(call.part(), _only(call)):
            raise UnknownName("There is no such session.", "GET /api/v1/sessions lists yours.")
        await self._app.entering.connections.end_login(call.part())
        return None


def _only(call: Call[Any, Any]) -> str | None:
    """Admins reach everybody's."""
    return None if call.caller.may("admin") else call.person


def _key(key: AccessKey) -> KeyShown:
    return KeyShown(
        id=key.id,
        person=key.person,
        name=key.name,
        start=key.start,
        scopes=sorted(key.scopes),
        made_at=key.made_at,
        expires_at=key.expires_at,
        used_at=key.used_at,
        is_revoked=key.is_revoked,
    )


def _session(login: Login, this: str | None) -> SessionShown:
    return SessionShown(
        id=login.id,
        person=login.person,
        made_at=login.made_at,
        seen_at=login.seen_at,
        expires_at=login.expires_at,
        agent=login.agent,
        browser=login.browser,
        address=login.address,
        is_this=login.id == this,
    )
