"""All that can be asked for, and its description for programs and for people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from vtai.api import answers, docs_page, openapi
from vtai.api.catalogue import Listed
from vtai.api.chat import Chatting
from vtai.api.configuration import Configuring
from vtai.api.conversations import Talks
from vtai.api.endpoints import Answer, Call, Endpoint, Media, mounted, routes_of
from vtai.api.event_shapes import ChatEvent
from vtai.api.files import Filing
from vtai.api.keys import Entering
from vtai.api.limits import Limited
from vtai.api.people import Accounts
from vtai.api.routing import Routing
from vtai.api.server import Server
from vtai.api.sharing import Shared
from vtai.api.usage import Using

if TYPE_CHECKING:
    from starlette.routing import Mount, Route

    from vtai.wiring import App

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def endpoints(app: App) -> Sequence[Endpoint[Any, Any]]:
    """All endpoints but those that describe them."""
    parts = (
        Server(app),
        Configuring(app),
        Listed(app),
        Routing(app),
        Chatting(app),
        Talks(app),
        Shared(app),
        Filing(app),
        Entering(app),
        Accounts(app),
        Using(app),
        Limited(app),
    )
    return [endpoint for part in parts for endpoint in part.endpoints()]


def routes(app: App) -> list[Route]:
    """The same as routes, without the address they are mounted at, with their description beside them."""
    every = endpoints(app)
    return routes_of([*every, *Described(every).endpoints()])


def mount(app: App) -> Mount:
    """The whole interface at its address."""
    return mounted("/api/v1", routes(app))


class Described:
    """The description of endpoints, made when it is first asked for."""

    def __init__(self, every: Sequence[Endpoint[Any, Any]]) -> None:
        self._every = every

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        described = Media({"application/json": {"type": "object"}})
        page = Media({"text/html": {"type": "string"}})
        return (
            Endpoint(
                "GET", "/openapi.json", "read", "This interface, for programs.", self.openapi, described
            ),
            Endpoint("GET", "/docs", "read", "This interface, for people.", self.docs, page),
        )

    async def openapi(self, _: Call[None, None]) -> Answer:
        return answers.told(self.document)

    async def docs(self, _: Call[None, None]) -> Answer:
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
        return HTMLResponse(docs_page.page(self.document), 200, headers)

    @cached_property
    def document(self) -> dict[str, Any]:
        return openapi.document([*self._every, *self.endpoints()], also=(ChatEvent,))
