"""The page of a link to a shared conversation, and what is shown where the link leads nowhere any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vtai.core.errors import VTError
from vtai.server import sheet

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from vtai.server.static import Static
    from vtai.wiring import App

_GONE: Final = sheet.page(
    "VT.ai: no such link",
    """<h1>This link leads nowhere</h1>
<p>It was taken back, its conversation was deleted, or a part of it was lost on the way. Ask who gave it
to you for another one.</p>
<p class="door"><a class="button" href="/">To VT.ai</a></p>
""",
)


class SharedPage:
    """The endpoint of one server."""

    def __init__(self, app: App, static: Static) -> None:
        self._app = app
        self._static = static

    async def page(self, request: Request) -> Response:
        """The page; 404 in words where the link is known to be none."""
        if await self._leads_nowhere(request.path_params["token"]):
            return sheet.shown(_GONE, 404)
        return await self._static.page(request)

    async def _leads_nowhere(self, token: str) -> bool:
        if self._app.storing is None:
            return False
        try:
            store = await self._app.storing.ready()
            return await store.histories.shared(token) is None
        except VTError:
            # The page says so itself, and goes on when the store is back.
            return False
