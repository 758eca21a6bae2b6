"""One server over a real database, everybody who comes to it, and what one of them has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.access import belongings
from tests.access.belongings import Belongings, Contents, Patient
from tests.access.callers import Crowd, invited
from tests.api.parts import make_app
from tests.server.hosted import ORIGIN
from tests.server.parts import Library, bare_shelf
from vtai.server.app import build_server
from vtai.ui import threads
from vtai.wiring import deleting

if TYPE_CHECKING:
    import httpx
    from starlette.types import ASGIApp

    from vtai.api.runs import Run, Runs
    from vtai.wiring import App
    from vtai.wiring.storing import Store

_OFTEN = 100_000


class NoTabs:
    """The open chats of a page that nobody looks at."""

    are_kept = True

    def __init__(self, app: App) -> None:
        self._app = app

    async def store(self) -> Store:
        assert self._app.storing is not None
        return await self._app.storing.ready()

    async def settle(self, person: str, conversation: str) -> None:
        """Nothing waits to be written."""

    async def delete(self, person: str, conversation: str) -> bool:
        return await deleting.one(self._app, await self.store(), person, conversation)


@dataclass
class World:
    """`ask` as anybody."""

    app: App
    server: Any
    store: Store
    transport: httpx.ASGITransport
    http: httpx.AsyncClient
    handler: Patient
    runs: Runs
    contents: Contents
    library: Library
    crowd: Crowd
    _count: count[int] = field(default_factory=count)
    _running: list[asyncio.Task[Any]] = field(default_factory=list)

    async def ask(self, headers: Mapping[str, str], method: str, address: str, **more: Any) -> httpx.Response:
        self.http.cookies.clear()
        # How often somebody may try is counted by address, and is not what is looked at here.
        self.transport.client = (str(ip_address(0x0A000000 + next(self._count))), 5000)
        return await self.http.request(method, address, headers={**headers, **more.pop("also", {})}, **more)

    async def owned(self, *, has_run: bool = False) -> Belongings:
        """New things of the owner's; also an answer that runs, if wanted."""
        made = await belongings.make(self.store, self.app.learning, self.crowd.people["owner"])
        if has_run:
            made.run = (await self._run()).id
        return made

    async def _run(self) -> Run:
        owner = self.crowd.people["owner"].id
        known = {run.id for run in self.runs.of(owner)}
        headers = await self.crowd.cookie("owner")
        body = {"text": f"wait for the {belongings.MARK}", "approvals": "ask"}
        asked = self.http.post("/api/v1/chat", json=body, headers=headers)
        self._running.append(asyncio.create_task(asked))
        while True:
            for run in self.runs.of(owner):
                if run.id not in known and run.waiting:
                    await self.store.histories.flush()
                    return run
            assert not self._running[-1].done(), self._running[-1].result().text
            await asyncio.sleep(0)

    async def state(self) -> Mapping[str, Any]:
        """All there is, to be compared, once nothing is being written or ended any more."""
        while any(run._task is None or run._task.cancelling() for run in self.runs._runs.values()):
            await asyncio.sleep(0.001)
        await self.store.histories.flush()
        learning: Any = self.app.learning
        runs = {run.id: (run.person, len(run.waiting)) for run in self.runs._runs.values()}
        told = (tuple(learning.kept), tuple(learning.promoted))
        return {**self.contents.read(), "running": runs, "told": told, "chosen": self.app.preferences}

    async def aclose(self) -> None:
        for task in self._running:
            task.cancel()
        for task in self._running:
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    import httpx

    handler, library = Patient(), Library()
    app = make_app(folder, handler, sign_in="accounts", messages_per_minute=_OFTEN, uploads_per_minute=_OFTEN)
    assert app.storing is not None
    app.closers = (app.storing.aclose,)

    def load(app: App, root: Path) -> ASGIApp:
        page: ASGIApp = before_the_library(app, library)
        return page

    server = build_server(app, "127.0.0.1", load=load, shelf=bare_shelf(app))
    async with server.router.lifespan_context(server):
        store = await app.storing.ready()
        transport = httpx.ASGITransport(server, client=("192.0.2.7", 5000))
        assert store.database.file is not None
        contents = Contents(store.database.file)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            crowd = await invited(store, ORIGIN)
            runs = _runs_in(server)
            made = World(app, server, store, transport, http, handler, runs, contents, library, crowd)
            try:
                yield made
            finally:
                await made.aclose()
                contents.close()


def before_the_library(app: App, library: Library) -> Any:
    """The page's own routes, as they stand before the page's library."""

    async def settings(_: Request) -> Response:
        return JSONResponse({})

    return threads.before(library.app, NoTabs(app), settings)  # type: ignore[arg-type]


def _runs_in(server: Any) -> Runs:
    """Where the interface keeps the answers that run."""
    (mount,) = [route for route in server.routes if route.path == "/api/v1"]
    (route,) = [route for route in mount.routes if route.path == "/runs/{id}"]
    runs: Runs = route.endpoint._by_method["DELETE"].answer.__self__._runs
    return runs
