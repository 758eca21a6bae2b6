"""How the server is, who asks, and what failed lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

import vtai
from vtai.api import answers
from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.reading import WHOLE_TEXT, Query, Result
from vtai.core.people import Role, Scope

if TYPE_CHECKING:
    from vtai.wiring import App


class Health(Result):
    status: Literal["live"]
    version: str


class Ready(Result):
    status: Literal["ready", "not ready", "stopping"]
    parts: dict[str, Literal["loading", "ready", "failed"]]
    """The state of each part that takes time to load."""


class Me(Result):
    """Who asks, and what they may."""

    id: str
    name: str
    role: Role
    group: str
    scopes: list[Scope]
    key: str | None
    """The id of the key that the request came with."""
    session: str | None
    """The id of the login that the request came with."""


class Incident(Result):
    at: float
    """Seconds since the epoch."""
    reference: str
    """What the person was given to name it by; empty for errors that explain themselves."""
    message: str
    route: str
    person: str
    door: str


class Incidents(Result):
    items: list[Incident]


class WhichError(Query):
    reference: Annotated[str, Field(max_length=64), WHOLE_TEXT] = ""
    """Only what carries this reference; absent lists all."""


class Server:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        return (
            Endpoint("GET", "/health", "read", "Whether the server answers.", self.health, Health),
            Endpoint(
                "GET",
                "/ready",
                "read",
                "Whether messages can be answered, part by part.",
                self.ready,
                Ready,
                says={503: "Something is not ready; the answer has the same form."},
            ),
            Endpoint("GET", "/me", "read", "Who asks, and what they may.", self.me, Me),
            Endpoint(
                "GET",
                "/errors",
                "admin",
                "The newest errors, or those with a reference.",
                self.errors,
                Incidents,
                query=WhichError,
            ),
        )

    async def health(self, _: Call[None, None]) -> Answer:
        return Health(status="live", version=vtai.__version__)

    async def ready(self, _: Call[None, None]) -> Answer:
        readiness, is_stopping = self._app.readiness, self._app.chat.is_draining
        is_ready = readiness.is_ready and not is_stopping
        status: Literal["ready", "not ready", "stopping"] = "ready" if is_ready else "not ready"
        told = Ready(status="stopping" if is_stopping else status, parts=dict(readiness.states))
        return answers.shown(told, 200 if is_ready else 503)

    async def me(self, call: Call[None, None]) -> Answer:
        caller = call.caller
        return Me(
            id=caller.person.id,
            name=caller.person.name,
            role=caller.person.role,
            group=caller.person.group,
            scopes=sorted(caller.scopes),
            key=caller.key_id,
            session=caller.login_id,
        )

    async def errors(self, call: Call[None, WhichError]) -> Answer:
        kept = self._app.incidents.newest(call.query.reference) if self._app.incidents else ()
        return Incidents(
            items=[
                Incident(
                    at=each.at,
                    reference=each.reference,
                    message=each.message,
                    route=each.route,
                    person=each.person,
                    door=each.door,
                )
                for each in kept
            ]
        )
