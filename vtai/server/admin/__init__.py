"""The administration page. What it shows it asks of the interface, as the admin who looks at it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from vtai.core.errors import Forbidden
from vtai.core.people import Caller
from vtai.server import answers, sheet

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_FOLDER = Path(__file__).parent
_HTML = "text/html; charset=utf-8"
_FILES = {
    "/admin": ("page.html", _HTML),
    "/admin/admin.css": ("admin.css", "text/css; charset=utf-8"),
    "/admin/admin.js": ("admin.js", "text/javascript; charset=utf-8"),
}


def routes() -> list[Route]:
    """For admins only."""
    return [
        Route("/admin/", lambda _: RedirectResponse("/admin", 307)),
        *(Route(path, _File(_FOLDER / name, kind)) for path, (name, kind) in _FILES.items()),
    ]


class _File:
    """One file of the page, read once."""

    def __init__(self, path: Path, media_type: str) -> None:
        headers = {"Cache-Control": "no-cache"}
        self._response = Response(path.read_bytes(), 200, headers, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("state", {}).get("caller")
        if not isinstance(caller, Caller) or not caller.may("admin"):
            error = Forbidden("This page is for admins.", "Ask one of them for what you need.")
            if self._response.media_type == _HTML:
                await sheet.shown(_refusal(error), 403)(scope, receive, send)
            else:
                await answers.refuse(scope, receive, send, 403, error)
            return
        await self._response(scope, receive, send)


def _refusal(error: Forbidden) -> str:
    words = f"<p>{escape(error.hint)}</p>"
    return sheet.page(
        "VT.ai: administration",
        f'<h1>{escape(error.message)}</h1>{words}<p><a href="/">Back to the chat</a></p>',
    )
