"""The server's own short answers: a refusal in plain words, over HTTP and on a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse

from vtai.api.compat import failures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from vtai.core.errors import VTError

_COMPATIBLE: Final = "/v1/"
# Close codes of sockets: 1008 is "policy violation", 1013 "try again later".
_CLOSE_CODES = {503: 1013, 429: 1013}


async def refuse(
    scope: Scope,
    receive: Receive,
    send: Send,
    status: int,
    error: VTError,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Answers with `error` in words. A socket is closed before it opens, which clients see as HTTP 403."""
    if scope["type"] == "websocket":
        await send(
            {"type": "websocket.close", "code": _CLOSE_CODES.get(status, 1008), "reason": error.message[:120]}
        )
        return
    body: dict[str, Any] = {"message": error.message, "detail": error.message, "hint": error.hint}
    if scope["path"].startswith(_COMPATIBLE):
        # OpenAI's clients find the words in a form of their own.
        body = failures.body(error)
    response = JSONResponse(body, status, {"Cache-Control": "no-store", **(headers or {})})
    await response(scope, receive, send)
