"""The way into what the page asks over HTTP: who asks, what they may, and errors in words."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vtai.core.errors import BadArguments, Forbidden, NotSignedIn, StorageUnavailable, UnknownName, VTError
from vtai.core.people import Caller
from vtai.ui.respond import failure

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vtai.core.people import Scope as Need

_STATUS: tuple[tuple[type[VTError], int], ...] = (
    (NotSignedIn, 401),
    (Forbidden, 403),
    (UnknownName, 404),
    (BadArguments, 400),
    (StorageUnavailable, 503),
)

_Body = TypeVar("_Body", bound=BaseModel)
Endpoint = Callable[[Request, Caller], Awaitable[Any]]


class Owned:
    """Lets requests that name a session pass to the library where it is the caller's own."""

    def __init__(self, library: ASGIApp) -> None:
        self._library = library

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if scope["path"] == "/project/action":
            content = await request.body()
            receive = _replay(content, receive)
            given = _session_in(content)
        else:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("session_id", [""])[0]
        caller = caller_in(request)
        # As at the socket: who may neither read nor ask opens no page.
        if caller is not None and not (caller.may("read") or caller.may("chat")):
            await refusal(_forbidden())(scope, receive, send)
        elif caller is None or not _is_own(given, caller):
            await refusal(nothing())(scope, receive, send)
        else:
            await self._library(scope, receive, send)


def _is_own(session_id: str, caller: Caller) -> bool:
    """Whether the session is the caller's; of one that is not there the library says so."""
    from chainlit.session import WebsocketSession

    from vtai.ui.visits import caller_of

    session = WebsocketSession.get_by_id(session_id)
    return session is None or caller_of(session).person.id == caller.person.id


def _replay(content: bytes, receive: Receive) -> Receive:
    is_sent = False

    async def again() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": content, "more_body": False}

    return again


def _session_in(content: bytes) -> str:
    try:
        found = json.loads(content).get("sessionId")
    except (ValueError, AttributeError):
        return ""
    return found if isinstance(found, str) else ""


def door(answer: Endpoint, need: Need) -> Callable[[Request], Awaitable[Response]]:
    """The answer for whoever may have it; what goes wrong in words."""

    @wraps(answer)
    async def called(request: Request) -> Response:
        try:
            found = await answer(request, _admitted(request, need))
            return JSONResponse(found, headers={"Cache-Control": "no-store"})
        except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
            return refusal(error)

    return called


def _admitted(request: Request, need: Need) -> Caller:
    """Who asks. Raises NotSignedIn or Forbidden."""
    if (caller := caller_in(request)) is None:
        raise NotSignedIn("Nobody knows who you are.", "Reload the page and sign in.")
    if not caller.may(need):
        raise _forbidden()
    return caller


def _forbidden() -> Forbidden:
    return Forbidden("You may not do this.", "Ask who runs this server.")


def refusal(error: Exception) -> Response:
    failed = failure(error)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    words = {"detail": f"{failed.message} {failed.hint}", "hint": failed.hint}
    return JSONResponse(words, status, {"Cache-Control": "no-store"})


def caller_in(request: Request) -> Caller | None:
    caller = request.scope.get("state", {}).get("caller")
    return caller if isinstance(caller, Caller) else None


async def parsed(request: Request, kind: type[_Body]) -> _Body:
    """The body. Raises BadArguments."""
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError as error:
        raise BadArguments("This request was not understood.", "Reload the page.") from error


def nothing() -> UnknownName:
    """What is said of things that are not there, and of those of others."""
    return UnknownName("This is not here.", "It may have been deleted; reload the page.")
