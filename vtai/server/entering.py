"""The door: who a request comes from. Whatever is behind it finds its caller in the scope's state.

Programs send a key of theirs, in every way in; for browsers there is one way, by the settings. Nothing is
answered to nobody but the probes and what the way itself opens: the pages to sign in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import SecretStr
from starlette.datastructures import Headers

from vtai.api.answers import status_of
from vtai.core.errors import Forbidden, LockedOut, NotSignedIn, StorageUnavailable, VTError
from vtai.core.people import LOCAL
from vtai.server import answers
from vtai.server.access import bearer_in, retry_after
from vtai.server.ways import Entered
from vtai.storage.tokens import KEY_START

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from vtai.core.people import Caller
    from vtai.core.people import Scope as Need
    from vtai.server.ways import Kept, Way

_PROBES: Final = frozenset({"/health/live", "/health/ready"})
# What goes to the page's library, which knows nothing of people, and what is for those who run the server.
_NEEDS: Final[dict[str, Need]] = {"/metrics": "admin", "/project/file": "chat", "/project/action": "chat"}
_REFUSALS: Final[dict[Need, str]] = {
    "admin": "Only admins may see this.",
    "chat": "You may read here, and not send.",
}
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """Lets through who may in, and says to the others how."""

    def __init__(self, app: ASGIApp, way: Way, kept: Kept) -> None:
        self._app = app
        self._way = way
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state.pop("caller", None)
        if scope["path"] in _PROBES or self._way.is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            entered = await self._entered(scope)
        except VTError as error:
            await _turn_away(scope, receive, send, error)
            return
        if entered is None:
            await self._way.meet(scope, receive, send)
        elif (detour := self._way.detour(scope)) is not None:
            await detour(scope, receive, send)
        else:
            state["caller"], state["again"] = entered.caller, entered.again
            await self._app(scope, receive, send)

    async def _entered(self, scope: Scope) -> Entered | None:
        """Who it is. Raises VTError where they may not in, or not for this."""
        headers = Headers(scope=scope)
        bearer = bearer_in(headers)
        is_own_key = bearer.startswith(KEY_START)
        entered = await self._by_key(SecretStr(bearer)) if is_own_key else None
        if entered is None:
            entered = await self._way.entered(scope, headers)
            # A wrong key is not passed over because something else lets its sender in.
            if is_own_key and (entered is None or entered.by != "key"):
                raise NotSignedIn("This key is unknown, expired or revoked.", "Make a new one at /account.")
        if entered is not None:
            _check(entered, scope, headers)
        return entered

    async def _by_key(self, secret: SecretStr) -> Entered | None:
        keys = (await self._kept()).keys

        async def again() -> Caller | None:
            caller = await keys.caller(secret)
            # Made where nobody signs in, it stands for an admin without an account.
            is_stray = caller is not None and caller.person.id == LOCAL.id and not self._way.is_local
            return None if is_stray else caller

        caller = await again()
        return None if caller is None else Entered(caller, again, "key")


def _check(entered: Entered, scope: Scope, headers: Headers) -> None:
    """Raises Forbidden for what this caller may not, or where another site's page may be behind it."""
    need = _NEEDS.get(scope["path"])
    if need is not None and not entered.caller.may(need):
        raise Forbidden(_REFUSALS[need], f"Ask an admin; a key needs the scope {need}.")
    changes = scope["type"] == "http" and scope["method"] not in _SAFE_METHODS
    # Where a request comes from is checked at the border; here one that does not say is turned away.
    says = "origin" in headers or headers.get("sec-fetch-site") == "same-origin"
    if changes and entered.by == "browser" and not says:
        raise Forbidden(
            "The request does not say which page it comes from.",
            "Programs send a key as `Authorization: Bearer KEY`, not a cookie.",
        )


async def _turn_away(scope: Scope, receive: Receive, send: Send, error: VTError) -> None:
    headers: dict[str, str] = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, LockedOut):
        headers |= retry_after(error)
    elif isinstance(error, StorageUnavailable):
        headers["Retry-After"] = "5"
    await answers.refuse(scope, receive, send, status_of(error), error, headers)
