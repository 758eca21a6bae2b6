"""An application of small fakes, a stand-in for the page's library, and a real server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from tests import fakes
from vtai.chat import Chat
from vtai.core.events import Event, TextDelta
from vtai.core.ports import Services
from vtai.core.routes import Decision
from vtai.core.routes import Route as ChatRoute
from vtai.core.turn import Preferences, Turn
from vtai.metrics import MeasuredChat, Metrics
from vtai.server.app import Load, build_server
from vtai.server.assets import Shelf, front_end
from vtai.settings import Loaded, Settings
from vtai.ui.site import SHIPPED
from vtai.wiring import App

if TYPE_CHECKING:
    import httpx

SESSION = "6f1f3c4e-7a54-4d3e-9d55-0a4a6f0c1a11"
FILE = "0b0f7a4a-58c3-4c0e-8f8e-2f4d5a1b9c22"
KEY = "correct-horse-battery"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


class EchoHandler:
    """A text route that says two pieces; `step` is awaited before each."""

    route = ChatRoute("text", "Text", "Answers.")

    def __init__(self, step: Callable[[], Awaitable[None]] | None = None, pieces: int = 2) -> None:
        self._step = step
        self._pieces = pieces

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncIterator[Event]:
        for number in range(self._pieces):
            if self._step is not None:
                await self._step()
            yield TextDelta(f"{number} ")


def make_app(data_dir: Path, handler: Any = None, **settings: Any) -> App:
    """An App of fakes whose warm-ups are done at once."""
    data_dir.mkdir(parents=True, exist_ok=True)
    if isinstance(key := settings.get("access_key"), str):
        settings["access_key"] = SecretStr(key)
    metrics, services = Metrics(), fakes.services()
    chat = Chat([], [handler or EchoHandler()], services)

    async def ready() -> None:
        return None

    return App(
        loaded=Loaded(Settings(**settings), data_dir / "config", data_dir, {}),
        keys=None,  # type: ignore[arg-type]
        catalogue=fakes.FakeCatalogue(),  # type: ignore[arg-type]
        services=services,
        chat=MeasuredChat(chat, metrics),
        metrics=metrics,
        preferences=Preferences(),
        warm_ups={"routing": ready, "model": ready},
    )


class Library:
    """Stands in for the page's library: remembers requests, says back what it got."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.file: tuple[bytes, str] = (PNG, "image/png")
        self.uploads: list[tuple[str, str, bytes]] = []
        self.app = Starlette(
            routes=[
                WebSocketRoute("/ws/socket.io/", self._socket),
                Route("/project/file", self._upload, methods=["POST"]),
                Route("/project/file/{id}", self._file),
                Route("/{path:path}", self._echo, methods=["GET", "POST", "PUT", "DELETE", "PATCH"]),
            ]
        )

    def load(self, app: App, root: Path) -> Starlette:
        return self.app

    async def _echo(self, request: Request) -> Response:
        self.paths.append(f"{request.method} {request.url.path}")
        return JSONResponse({"body": (await request.body()).decode()})

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file = form["file"]
            assert not isinstance(file, str)
            self.uploads.append((file.filename or "", file.content_type or "", await file.read()))
        return JSONResponse({"id": FILE})

    async def _file(self, request: Request) -> Response:
        return Response(self.file[0], media_type=self.file[1])

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()


class BareShelf(Shelf):
    """The page's files without compressed copies: making them takes a second, and few tests look at them."""

    def compress(self) -> int:
        return 0


def bare_shelf(app: App) -> BareShelf:
    return BareShelf(front_end(), SHIPPED, app.loaded.data_dir / "cache")


@asynccontextmanager
async def client(
    app: App, load: Load, host: str = "127.0.0.1", shelf: Shelf | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole server, without a socket."""
    import httpx

    server = build_server(app, host, load=load, shelf=shelf or bare_shelf(app))
    async with server.router.lifespan_context(server):
        transport = httpx.ASGITransport(server, client=("192.0.2.7", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
            yield http
