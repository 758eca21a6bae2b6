"""Endpoints as values: what each asks for and answers. Who may, reading, refusing and rendering is here.

The document for programs (`openapi`) and the page for people (`docs_page`) are made of the same values.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route

from vtai.api import answers, reading
from vtai.core.errors import Forbidden, NotSignedIn, UnknownName, VTError
from vtai.core.people import Caller, Scope

if TYPE_CHECKING:
    from starlette.types import Receive, Send
    from starlette.types import Scope as Connection

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Answer = BaseModel | Response | None
Given = TypeVar("Given")
Asked = TypeVar("Asked")

_NEEDS: Mapping[Scope, str] = {
    "read": "read",
    "write": "change anything",
    "chat": "ask models",
    "admin": "do what is for admins",
}


@dataclass(frozen=True, slots=True)
class Call(Generic[Given, Asked]):
    """One request that may be made: who makes it, and what they sent, parsed."""

    request: Request
    caller: Caller
    body: Given
    query: Asked

    @property
    def person(self) -> str:
        """The id of who asks: nothing of anybody else's is ever theirs."""
        return self.caller.person.id

    def part(self, name: str = "id") -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def need(self, scope: Scope) -> None:
        """Raises Forbidden where the caller may not do this as well."""
        check(self.caller, scope)

    def whose(self, *, everybody: bool, person: str | None) -> str | None:
        """Whose things are asked for; None for everybody's. Raises Forbidden but for one's own."""
        if not everybody and person in {None, self.person}:
            return self.person
        self.need("admin")
        return None if everybody else person


@dataclass(frozen=True, slots=True)
class Media:
    """An answer or a body that is no JSON, by its media types. Each has a JSON schema."""

    types: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Endpoint(Generic[Given, Asked]):
    """One thing that can be asked for.

    `scope` is what the caller needs; `body`, `query` and `result` are its shapes. `takes` stands for a body
    that `answer` reads by itself, `also` for other media types of what it answers. `says` are refusals of its
    own, by status. `max_bytes` limits the body. `leads` tells which endpoints take parts of the answer: by
    name, the parts of the address with their places in it.
    """

    method: Method
    path: str
    scope: Scope
    summary: str
    answer: Callable[[Call[Given, Asked]], Awaitable[Answer]]
    result: type[BaseModel] | Media | None = None
    body: type[Given] | None = None
    query: type[Asked] | None = None
    takes: Media | None = None
    also: Media | None = None
    status: int = 200
    says: Mapping[int, str] = field(default_factory=dict)
    max_bytes: int = reading.MAX_BODY_BYTES
    leads: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def name(self) -> str:
        """What programs call it."""
        return getattr(self.answer, "__name__", "answer").strip("_")

    @cached_property
    def tag(self) -> str:
        return self.path.split("/")[1]

    async def respond(self, request: Request) -> Response:
        """The answer. Raises VTError."""
        caller = caller_of(request)
        check(caller, self.scope)
        query = reading.query_of(request, cast("type[BaseModel]", self.query or _Nothing))
        body: object = None
        if self.body is not None:
            body = await reading.body_of(request, cast("type[BaseModel]", self.body), self.max_bytes)
        answer = await self.answer(Call(request, caller, cast("Given", body), cast("Asked", query)))
        if isinstance(answer, Response):
            return answer
        if answer is None:
            return Response(status_code=204, headers=answers.UNSTORED)
        return answers.shown(answer, self.status)


class _Nothing(reading.Query):
    """No parameters."""


class Resource:
    """All that can be asked for at one address. A door: nothing but cancellation gets past it."""

    def __init__(self, endpoints: Iterable[Endpoint[Any, Any]]) -> None:
        self._by_method: dict[str, Endpoint[Any, Any]] = {each.method: each for each in endpoints}
        allowed = [*self._by_method, *(["HEAD"] if "GET" in self._by_method else [])]
        self._allowed = ", ".join(allowed)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await self._respond(request)
        except VTError as error:
            response = answers.refused(error)
            if isinstance(error, answers.WrongMethod):
                response.headers["Allow"] = self._allowed
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 a door: `unexpected` logs it and makes it presentable
            response = answers.unexpected(error)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        caller_of(request)
        method = "GET" if request.method == "HEAD" else request.method
        if (endpoint := self._by_method.get(method)) is None:
            raise answers.WrongMethod(
                f"{request.method[:10]} is nothing that can be done here.", f"There are: {self._allowed}."
            )
        return await endpoint.respond(request)


def routes_of(endpoints: Iterable[Endpoint[Any, Any]]) -> list[Route]:
    """The endpoints as Starlette's routes, with one behind them for whatever is none of them."""
    by_path: dict[str, list[Endpoint[Any, Any]]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, []).append(endpoint)
    # What has a name of its own comes before what any name fits.
    ordered = sorted(by_path, key=lambda path: "{" in path)
    return [
        *(Route(path, Resource(by_path[path])) for path in ordered),
        Route("/{rest:path}", _nowhere),
    ]


def mounted(path: str, routes: Sequence[BaseRoute]) -> Mount:
    """The routes under a path. An address with a line break in it reaches them as well."""
    mount = Mount(path, routes=routes)
    for route in (mount, *routes):
        if isinstance(route, Route | Mount):
            route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return mount


def caller_of(request: Request) -> Caller:
    """Who makes the request. Raises NotSignedIn where nobody knows."""
    caller = request.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise NotSignedIn("Nobody knows who you are.", "Send a key as `Authorization: Bearer KEY`.")
    return caller


def check(caller: Caller, scope: Scope) -> None:
    """Raises Forbidden where the caller may not."""
    if caller.may(scope):
        return
    if caller.person.is_suspended:
        raise Forbidden("Your account is suspended.", "Ask an admin.")
    by = "This key" if caller.key_id is not None and scope not in (caller.key_scopes or ()) else "You"
    hint = f"Use a key with the scope {scope}." if by == "This key" else "Ask an admin."
    raise Forbidden(f"{by} may not {_NEEDS[scope]}.", hint)


async def _nowhere(request: Request) -> Response:
    try:
        caller_of(request)
    except NotSignedIn as error:
        return answers.refused(error)
    return answers.refused(
        UnknownName("There is nothing at this address.", "GET /api/v1/docs tells what there is.")
    )
