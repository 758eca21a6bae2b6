"""What the name of a model asks for, and the turns of programs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from vtai.core.errors import UnknownName
from vtai.core.turn import Preferences, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from vtai.api.compat.asked import Asked
    from vtai.core.people import Caller
    from vtai.core.routes import Route
    from vtai.wiring import App

AUTO: Final = "auto"
DOOR: Final = "openai"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is to answer: the model of that name, or else a route; None lets the message find its own."""

    model: str | None = None
    route: str | None = None


def wanted(name: str, routes: Sequence[Route]) -> Wanted:
    """What "auto", "auto/ROUTE" or the name of a model asks for. Raises UnknownName for an unknown route."""
    head, slash, route = name.strip().partition("/")
    if head.lower() != AUTO:
        return Wanted(model=name.strip())
    names = [known.name for known in routes]
    if slash and route not in names:
        listed = ", ".join(f"{AUTO}/{each}" for each in names)
        raise UnknownName(f"There is no route {route[:60]!r}.", f"There are: {listed}.")
    return Wanted(route=route or None)


def turn_for(caller: Caller) -> Turn:
    """A turn of this caller, still empty, in a conversation of its own."""
    person = caller.person
    return Turn(
        "",
        person=person.id,
        person_name=person.name,
        group=person.group,
        key=caller.key_id,
        door=DOOR,
        is_guest=person.role == "guest",
        conversation=str(uuid.uuid4()),
    )


def preferred(app: App, asked: Asked) -> Preferences:
    """What a person starts with, with what the program asks for. Nobody is there to be asked or to listen."""
    start = app.preferences
    return replace(
        start,
        temperature=start.temperature if asked.temperature is None else asked.temperature,
        top_p=start.top_p if asked.top_p is None else asked.top_p,
        max_tokens=asked.max_tokens or start.max_tokens,
        effort=asked.reasoning_effort or start.effort,
        asks_when_unsure=False,
        speech=replace(start.speech, is_automatic=False),
    )


def base_url(request: Request) -> str:
    """How the program reached the server, without a path."""
    return f"{request.url.scheme}://{request.url.netloc}"
