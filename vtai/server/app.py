"""The server as one ASGI app: our own routes first, the chat page's library behind a door of its own, last.

What a request meets on its way in: headers, proxies, border, gate, rates, then the routes; what is meant for
the library also its doorway, the checks of files, and the wait until it is loaded.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from vtai import api
from vtai.api import compat
from vtai.core.errors import SettingsError, VTError
from vtai.server import admin, hosts, stored_files
from vtai.server.access import AccessKey, access_key
from vtai.server.assets import Shelf, open_shelf
from vtai.server.deferred import Deferred
from vtai.server.doors import Doors, doors
from vtai.server.doorway import Doorway
from vtai.server.downloads import Downloads
from vtai.server.entering import Gate
from vtai.server.health import Health
from vtai.server.page import render
from vtai.server.proxied import Forwarded
from vtai.server.rates import Paced
from vtai.server.security import Border, SecurityHeaders, policy
from vtai.server.shared_page import SharedPage
from vtai.server.static import Static
from vtai.server.sticky import SessionCookie
from vtai.server.uploads import Uploads
from vtai.ui import site

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from vtai.metrics import Metrics
    from vtai.wiring import App

logger = logging.getLogger(__name__)

Load = Callable[["App", Path], "ASGIApp"]
Invite = Callable[[Doors], Awaitable[None]]

# Every address at which the page shows itself; the rest of the path is its own business.
_PAGE_PATHS = ("/", "/thread/{id:uuid}", "/element/{id:uuid}", "/env")


def build_server(
    app: App,
    host: str | None = None,
    access: AccessKey | None = None,
    load: Load | None = None,
    shelf: Shelf | None = None,
    invite: Invite | None = None,
) -> Starlette:
    """The ASGI app that serves `app`.

    `host` is what the server will listen on (the setting's, when absent) and decides whether a key is asked
    for; `access` is that key where it was made before. `load` replaces the chat page's library, and
    `shelf` the installed page's files. `invite` is called in the background once the server is up.
    Raises SettingsError when the installation or the data folder is broken.
    """
    loaded = app.loaded
    bound = loaded.settings.host if host is None else host
    try:
        root = site.prepare(loaded.data_dir)
        if loaded.settings.sign_in == "auto":
            access = access or access_key(bound, loaded.settings.access_key, loaded.data_dir)
        entrance = doors(app, bound, access)
    except OSError as error:
        raise SettingsError(
            f"The data folder {loaded.data_dir} cannot be written: {error.strerror}.",
            "Make it writable, or name another one in VT_DATA_DIR.",
        ) from error
    shelf = shelf or open_shelf(loaded.data_dir)
    page = render(shelf.front_end, site.SHIPPED, shelf.versioned)
    deferred = Deferred(lambda: (load or _load)(app, root))
    inner: ASGIApp = Doorway(Uploads(Downloads(deferred), loaded.settings, root))
    app.metrics.watch(app.readiness)
    return Starlette(
        routes=[
            *_own_routes(app, Health(app, deferred), Static(shelf, page)),
            *entrance.routes,
            *stored_files.routes(app),
            *admin.routes(),
            api.mount(app),
            Mount("/v1", routes=compat.routes(app)),
            Mount("/", app=inner),
        ],
        middleware=_middleware(app, entrance, policy(page.script_hashes), bound),
        lifespan=lambda _: _life(app, deferred, shelf, root, _Door(app, entrance, invite)),
    )


def _middleware(app: App, entrance: Doors, content_policy: str, bound: str) -> list[Middleware]:
    """What a request meets before the routes, the first one first."""
    origins = app.loaded.settings.allowed_origins
    return [
        Middleware(SecurityHeaders, policy=content_policy),
        Middleware(Forwarded, proxies=entrance.proxies, guarded=entrance.guarded),
        Middleware(Border, allowed_origins=origins, is_local=hosts.is_loopback(bound)),
        Middleware(Gate, way=entrance.way, kept=entrance.kept),
        Middleware(Paced, entering=app.entering),
    ]


def _own_routes(app: App, health: Health, static: Static) -> list[Route]:
    return [
        Route("/health/live", health.live),
        Route("/health/ready", health.ready),
        Route("/metrics", health.metrics),
        *(Route(path, static.page) for path in _PAGE_PATHS),
        Route("/share/{token}", SharedPage(app, static).page),
        Route("/assets/{path:path}", static.file),
        Route("/public/{path:path}", static.file),
        Route("/favicon", static.favicon),
        Route("/logo", static.logo),
        Route("/avatars/{name}", static.avatar),
        Route("/set-session-cookie", SessionCookie(), methods=["POST"]),
    ]


@asynccontextmanager
async def _life(
    app: App, deferred: Deferred, shelf: Shelf, root: Path, door: _Door
) -> AsyncGenerator[None, None]:
    """Starts everything that takes time in the background, and ends it again."""
    await app.start()
    deferred.begin()
    door.open()
    threading.Thread(target=_get_ready, args=(shelf, app.metrics), name="get ready", daemon=True).start()
    try:
        yield
    finally:
        deferred.close()
        await door.close()
        try:
            await app.close()
        finally:
            await asyncio.to_thread(site.remove, root)


class _Door:
    """What goes on at the door while the server runs."""

    def __init__(self, app: App, doors: Doors, invite: Invite | None) -> None:
        self._app = app
        self._doors = doors
        self._invite = invite
        self._tasks: list[asyncio.Task[None]] = []

    def open(self) -> None:
        watch = self._app.entering.connections.watch()
        self._tasks.append(asyncio.create_task(watch, name="watch who is in"))
        if self._invite is not None:
            self._tasks.append(asyncio.create_task(self._try_to_invite(self._invite), name="invite"))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for closer in self._doors.closers:
            await closer()

    async def _try_to_invite(self, invite: Invite) -> None:
        try:
            await invite(self._doors)
        except VTError as error:
            logger.warning("it cannot be told whether there is an admin: %s %s", error.message, error.hint)


def _get_ready(shelf: Shelf, metrics: Metrics) -> None:
    """What the first visitor would otherwise wait for: compressed files, and the library of the numbers."""
    try:
        metrics.render()
        shelf.compress()
    except OSError as error:
        logger.warning("the page is served uncompressed: %s", error)


def _load(app: App, root: Path) -> ASGIApp:
    from vtai.ui import mount

    return mount.load(app, root)
