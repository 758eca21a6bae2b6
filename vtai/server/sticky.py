"""The cookie by which a load balancer keeps a page's requests at the process that holds its session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from vtai.core.errors import VTError
from vtai.server import answers
from vtai.server.bodies import Body, TooLarge
from vtai.server.doorway import is_uuid

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_COOKIE = "X-Chainlit-Session-id"
_MAX_BYTES = 1_024


class SessionCookie:
    """Answers POST /set-session-cookie, which the page sends before it opens its socket."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await Body.read(scope, receive, _MAX_BYTES)
        except TooLarge as error:
            await answers.refuse(scope, receive, send, 413, error)
            return
        session = body.json.get("session_id") if isinstance(body.json, dict) else None
        if not isinstance(session, str) or not is_uuid(session):
            fault = VTError("The session's id is not one.", "Reload the page.")
            await answers.refuse(scope, receive, send, 400, fault)
            return
        response: Response = JSONResponse({"message": "Session cookie set"})
        is_secure = scope["scheme"] == "https"
        response.set_cookie(_COOKIE, session, path="/", secure=is_secure, httponly=True, samesite="lax")
        await response(scope, receive, send)
