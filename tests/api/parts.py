"""The REST interface over fakes and a real store, and callers of every kind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette

from tests import fakes
from tests.cli.conftest import FakeHandler
from vtai import api
from vtai.chat import Chat
from vtai.core.events import ApprovalAsked, TextDelta
from vtai.core.people import Caller, Person, Scope
from vtai.core.ports import Correction, Services, Stream
from vtai.core.routes import Alternative, Decision, Route
from vtai.core.turn import Turn
from vtai.metrics import Incidents, MeasuredChat, Metrics
from vtai.providers import model_file
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.keys import KeyRing
from vtai.settings import Loaded, Settings
from vtai.wiring import App, preferences_from
from vtai.wiring.storing import Store, Storing

if TYPE_CHECKING:
    import httpx
    from starlette.types import ASGIApp, Receive, Send
    from starlette.types import Scope as Connection

DECISION = Decision("text", 0.875, "It is plain text.", "rules", (Alternative("vision", 0.1),))
KEPT = Correction("0123456789ab", "ann", "say it «again»", "", "", "text", "speech", 1.0)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)

# Somebody of every kind. Each is known by "Bearer NAME".
ANN, BOB, GUS = Person("ann", "ann", group="choir"), Person("bob", "bob"), Person("gus", "gus", "guest")
SUE, ROOT = Person("sue", "sue", is_suspended=True), Person("root", "root", "admin")


def key(person: Person, *scopes: Scope) -> Caller:
    return Caller(person, key_id=f"key-of-{person.id}", key_scopes=frozenset(scopes))


CALLERS: Mapping[str, Caller] = {
    "ann": Caller(ANN),
    "bob": Caller(BOB),
    "gus": Caller(GUS),
    "sue": Caller(SUE),
    "root": Caller(ROOT),
    "ann-reads": key(ANN, "read"),
    "ann-writes": key(ANN, "write"),
    "ann-chats": key(ANN, "chat"),
    "ann-wants": key(ANN, "admin"),
    "root-reads": key(ROOT, "read"),
    "root-rules": key(ROOT, "read", "write", "chat", "admin"),
}


@dataclass
class FakeLearning:
    kept: list[Correction] = field(default_factory=lambda: [KEPT])
    fails: Exception | None = None
    promoted: list[str] = field(default_factory=list)

    async def learn(self, turn: Turn, decision: Decision, right: str) -> Correction:
        raise NotImplementedError

    async def corrections(self, person: str) -> list[Correction]:
        if self.fails:
            raise self.fails
        return [one for one in self.kept if one.person == person]

    async def undo(self, person: str, correction_id: str) -> bool:
        before = len(self.kept)
        self.kept = [one for one in self.kept if (one.person, one.id) != (person, correction_id)]
        return len(self.kept) < before

    async def promote(self, correction_id: str) -> bool:
        self.promoted.append(correction_id)
        return any(one.id == correction_id for one in self.kept)


@dataclass
class SlowHandler:
    """Says a piece and waits until it is told to go on; a tool asks first where `asks`."""

    name: str = "text"
    asks: bool = False
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    is_ended: bool = False
    answered: str | None = None

    @property
    def route(self) -> Route:
        return Route(self.name, "Text", "Answers.")

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> Stream:
        try:
            yield TextDelta("One ")
            self.begun.set()
            if self.asks:
                answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
                yield ApprovalAsked("call-1", "python", "print(1)", answer.set_result, "python")
                self.answered = await answer
            await self.go_on.wait()
            yield TextDelta("two.")
        finally:
            self.is_ended = True


def make_app(folder: Path, *handlers: Any, **settings: Any) -> App:
    """An application with a real store and real models' names, and fakes for all else."""
    loaded = Loaded(Settings(**settings), folder / "config", folder / "data", {})
    loaded.data_dir.mkdir(parents=True, exist_ok=True)
    file = model_file.read(loaded.config_dir)
    keys = KeyRing({}, {}, file.vendors)
    models = TomlCatalogue(file, keys, lambda: True, lambda: date(2026, 11, 1))
    services = fakes.services()
    every = handlers or (FakeHandler("text"), FakeHandler("vision"))
    chat, metrics, storing = Chat([fakes.FakeRouter(DECISION)], every, services), Metrics(), Storing(loaded)
    incidents = Incidents()
    app = App(
        loaded=loaded,
        keys=keys,
        catalogue=models,
        services=services,
        chat=MeasuredChat(chat, metrics, storing.spend, incidents),
        metrics=metrics,
        preferences=preferences_from(loaded.settings),
        learning=FakeLearning(),
        storing=storing,
        incidents=incidents,
    )
    for part in app.readiness.states:
        app.readiness.mark_ready(part)
    return app


class Named:
    """Lets in who names themselves, as the door of the server does by keys and cookies."""

    def __init__(self, app: ASGIApp, callers: Mapping[str, Caller] = CALLERS) -> None:
        self._app = app
        self._callers = callers

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        given = dict(scope.get("headers", ())).get(b"authorization", b"").decode().removeprefix("Bearer ")
        if given in self._callers:
            scope.setdefault("state", {})["caller"] = self._callers[given]
        await self._app(scope, receive, send)


@dataclass
class Desk:
    """Asks the interface as somebody."""

    app: App
    http: httpx.AsyncClient

    async def ask(self, who: str | None, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        return await self.http.request(method, path, headers=headers | more.pop("headers", {}), **more)

    async def told(self, who: str, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer that went well."""
        response = await self.ask(who, method, path, **more)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    async def store(self) -> Store:
        assert self.app.storing is not None
        return await self.app.storing.ready()


@asynccontextmanager
async def desk(app: App, wrap: Callable[[ASGIApp], ASGIApp] = Named) -> AsyncIterator[Desk]:
    import httpx

    mounted = Starlette(routes=[api.mount(app)])
    transport = httpx.ASGITransport(wrap(mounted))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as http:
            yield Desk(app, http)
    finally:
        assert app.storing is not None
        await app.storing.aclose()


def is_told(response: httpx.Response, status: int, *words: str) -> bool:
    """Whether it is an error in words with this status that holds all of these."""
    body = response.json()
    told = f"{body['message']} {body['hint']}"
    return (
        response.status_code == status
        and body.keys() == {"message", "hint"}
        and all(w in told for w in words)
    )


def events_in(text: str) -> list[dict[str, Any]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    found = [json.loads(data.removeprefix("data: ")) for _, data in blocks]
    assert [block[0].removeprefix("event: ") for block in blocks] == [event["type"] for event in found]
    return found
