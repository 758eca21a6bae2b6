"""An ASGI app that loads behind the server's back; requests that need it wait for it.

The load runs in a daemon thread of its own: it takes seconds, and neither the threads that read files for the
first page nor the end of the process may wait for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from vtai.core.errors import NotReady, VTError
from vtai.server import answers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from vtai.core.readiness import State

logger = logging.getLogger(__name__)


class Deferred:
    """Stands in for the app that `load` returns. `load` may block; it is called once, by `begin`."""

    def __init__(self, load: Callable[[], ASGIApp], timeout_s: float = 120.0) -> None:
        self._load = load
        self._timeout_s = timeout_s
        self._app: ASGIApp | None = None
        self._loading: asyncio.Future[ASGIApp] | None = None

    @property
    def state(self) -> State:
        if self._loading is None or not self._loading.done():
            return "loading"
        return "ready" if self._app is not None else "failed"

    def begin(self) -> asyncio.Future[ASGIApp]:
        """Starts loading, once; the app to come. Must be called on the running loop."""
        if self._loading is None:
            loop = asyncio.get_running_loop()
            self._loading = loop.create_future()
            args = (loop, self._loading)
            threading.Thread(target=self._run, args=args, name="load the page", daemon=True).start()
        return self._loading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            try:
                # Shielded: a client that hangs up must not end the load for everybody else.
                await asyncio.wait_for(asyncio.shield(self.begin()), self._timeout_s)
            except TimeoutError:
                late = NotReady("VT.ai is still starting.", "Reload the page in a moment.")
                await answers.refuse(scope, receive, send, 503, late)
                return
            except VTError as error:
                await answers.refuse(scope, receive, send, 503, error)
                return
        app = self._app
        if app is not None:
            await app(scope, receive, send)

    def close(self) -> None:
        """Whoever still waits is refused; a load that still runs is left to its daemon thread."""
        if self._loading is not None and not self._loading.done():
            self._fail(self._loading, NotReady("VT.ai is stopping.", "Reload the page when it is back."))

    def _run(self, loop: asyncio.AbstractEventLoop, loading: asyncio.Future[ASGIApp]) -> None:
        try:
            app = self._load()
        except Exception as error:
            logger.exception("the page failed to load")
            unknown = NotReady("The page failed to load.", "The server's log says why.")
            _hand_over(loop, self._fail, loading, error if isinstance(error, VTError) else unknown)
        else:
            _hand_over(loop, self._succeed, loading, app)

    def _succeed(self, loading: asyncio.Future[ASGIApp], app: ASGIApp) -> None:
        if not loading.done():
            self._app = app
            loading.set_result(app)

    def _fail(self, loading: asyncio.Future[ASGIApp], error: VTError) -> None:
        if not loading.done():
            loading.set_exception(error)
            loading.exception()  # seen, even when nobody waits: it has been logged


def _hand_over(loop: asyncio.AbstractEventLoop, settle: Callable[..., None], *args: object) -> None:
    """To the loop's own thread, unless the loop ended meanwhile."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle, *args)
