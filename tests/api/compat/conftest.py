"""A real server on loopback with stand-ins behind it, and OpenAI's own client in front."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import fakes
from tests.listening import listening
from vtai.chat import Chat
from vtai.core.errors import VTError
from vtai.core.events import Usage
from vtai.core.people import LOCAL, Caller
from vtai.core.ports import Embedded, EmbeddingRequest
from vtai.core.routes import Decision
from vtai.core.spending import Spent
from vtai.core.turn import Preferences
from vtai.handlers import HANDLERS
from vtai.limiting.limited import LimitedChat
from vtai.limiting.limiter import Limiter
from vtai.metrics import MeasuredChat, Metrics
from vtai.settings import Loaded, Settings
from vtai.wiring import App

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from starlette.types import ASGIApp, Receive, Scope, Send

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(32)
KEY = Caller(LOCAL, key_id="key-1")
MODELS = (
    fakes.model("able", can=fakes.ALL | {"embedding"}),
    fakes.model("plain", can=frozenset({"chat"})),
    fakes.model("hearing", can=frozenset({"chat", "audio"})),
)


@dataclass
class FakeEmbeddings:
    """Counts the characters of each text; an error is raised."""

    failure: VTError | None = None
    requests: list[EmbeddingRequest] = field(default_factory=list)

    async def embed(self, request: EmbeddingRequest) -> Embedded:
        self.requests.append(request)
        if self.failure:
            raise self.failure
        vectors = tuple((float(len(text)), 0.5) for text in request.texts)
        return Embedded(vectors, Usage(request.model.id, 7, 0, 0.001))


@dataclass
class Rig:
    """The server's parts, to be looked at and changed by tests. `caller` None is nobody."""

    folder: Path
    models: fakes.FakeModels = field(default_factory=fakes.FakeModels)
    images: fakes.FakeImages = field(default_factory=fakes.FakeImages)
    speech: fakes.FakeSpeech = field(default_factory=fakes.FakeSpeech)
    transcripts: fakes.FakeTranscripts = field(default_factory=fakes.FakeTranscripts)
    search: fakes.FakeSearch = field(default_factory=fakes.FakeSearch)
    fetcher: fakes.FakeFetcher = field(default_factory=fakes.FakeFetcher)
    sandbox: fakes.FakeSandbox = field(default_factory=fakes.FakeSandbox)
    embeddings: FakeEmbeddings = field(default_factory=FakeEmbeddings)
    router: fakes.FakeRouter = field(
        default_factory=lambda: fakes.FakeRouter(Decision("text", 0.9, "Talk.", "test"))
    )
    catalogue: fakes.FakeCatalogue = field(default_factory=lambda: fakes.FakeCatalogue(MODELS))
    caller: Caller | None = KEY
    spent: list[Spent] = field(default_factory=list)
    port: int = 0

    def app(self, handlers: Sequence[Any] = HANDLERS, limiter: Limiter | None = None) -> App:
        services = fakes.services(
            models=self.models,
            catalogue=self.catalogue,
            images=self.images,
            speech=self.speech,
            transcripts=self.transcripts,
            search=self.search,
            fetcher=self.fetcher,
            sandbox=self.sandbox,
        )
        chat: Any = Chat([self.router], handlers, services)
        if limiter is not None:
            chat = LimitedChat(chat, limiter, self.catalogue)
        return App(
            loaded=Loaded(Settings(max_upload_mb=1), self.folder, self.folder, {}),
            keys=None,  # type: ignore[arg-type]
            catalogue=None,  # type: ignore[arg-type]
            services=services,
            chat=MeasuredChat(chat, Metrics(), self.spent.append),
            metrics=None,  # type: ignore[arg-type]
            preferences=Preferences(),
            embeddings=self.embeddings,
        )

    def server(self, app: App | None = None) -> ASGIApp:
        """The interface behind a door that knows who calls."""
        from starlette.applications import Starlette
        from starlette.routing import Mount

        from vtai.api import compat

        inner = Starlette(routes=[Mount("/v1", routes=compat.routes(app or self.app()))])

        async def door(scope: Scope, receive: Receive, send: Send) -> None:
            if self.caller is not None:
                scope.setdefault("state", {})["caller"] = self.caller
            await inner(scope, receive, send)

        return door

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def until_closed(self, count: int = 1) -> None:
        """Waits until so many streams of models have ended."""
        async with asyncio.timeout(30):
            while self.models.closed < count:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def client_of(rig: Rig, app: App | None = None) -> AsyncIterator[AsyncOpenAI]:
    """OpenAI's client, unchanged, at the server."""
    from openai import AsyncOpenAI

    async with (
        listening(rig.server(app), lifespan="off") as rig.port,
        AsyncOpenAI(api_key="sk-test", base_url=rig.url, max_retries=0) as client,
    ):
        yield client


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[AsyncOpenAI]:
    async with client_of(rig) as client:
        yield client


def hello(text: str = "Hello?") -> list[Any]:
    return [{"role": "user", "content": text}]
