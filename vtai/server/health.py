"""What machines ask: is it alive, can it answer, what are the numbers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from vtai.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.server.deferred import Deferred
    from vtai.wiring import App

PAGE = "page"


class Health:
    """Endpoints of one server."""

    def __init__(self, app: App, page: Deferred) -> None:
        self._app = app
        self._page = page

    async def live(self, request: Request) -> Response:
        """200 as long as the process answers at all."""
        return _fresh({"status": "live"}, 200)

    async def ready(self, request: Request) -> Response:
        """200 once the page, the store, the routing and the default model can answer, else 503.

        With the state of each part, and nothing more: everybody may ask. The log and `vtai doctor` say why.
        """
        parts = {**self._app.readiness.states, PAGE: self._page.state}
        is_stopping = self._app.chat.is_draining
        is_ready = not is_stopping and all(state == "ready" for state in parts.values())
        status = "stopping" if is_stopping else "ready" if is_ready else "not ready"
        return _fresh({"status": status, "parts": parts}, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        """The numbers, as Prometheus reads them."""
        return Response(await asyncio.to_thread(self._app.metrics.render), media_type=CONTENT_TYPE)


def _fresh(content: object, status: int) -> Response:
    return JSONResponse(content, status, {"Cache-Control": "no-store"})
