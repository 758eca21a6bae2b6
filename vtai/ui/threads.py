"""What the page asks over HTTP about stored chats, and whose sessions it may name in other requests.

Stands before the page's library, which never answers any of this itself. Whatever belongs to somebody else is
answered as if there were no such thing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from vtai.core.errors import UnknownName
from vtai.core.history import Feedback, Record
from vtai.core.people import Caller
from vtai.ui import history
from vtai.ui.doors import Endpoint, Owned, door, nothing, parsed

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from vtai.core.people import Scope as Need
    from vtai.ui.chats import Chats

_Id = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$", to_lower=True)
]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class _Parsed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Pagination(_Parsed):
    first: Annotated[int, Field(ge=1, le=100)] = 35
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None


class _Filter(_Parsed):
    search: Annotated[str, StringConstraints(max_length=1_000)] | None = None


class _List(_Parsed):
    pagination: _Pagination = _Pagination()
    filter: _Filter = _Filter()


class _One(_Parsed):
    threadId: _Id  # noqa: N815 Chainlit's name


class _Renamed(_One):
    name: _Name


class _Shared(_One):
    isShared: bool  # noqa: N815 Chainlit's name


class _Token(_Parsed):
    token: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class _Thumb(_Parsed):
    forId: _Id  # noqa: N815 Chainlit's name
    threadId: _Id  # noqa: N815 Chainlit's name
    value: Annotated[int, Field(ge=0, le=1)]
    comment: Annotated[str, StringConstraints(max_length=10_000)] | None = None


class _Rated(_Parsed):
    feedback: _Thumb


class _Unrated(_Parsed):
    feedbackId: Annotated[str, StringConstraints(max_length=100)]  # noqa: N815 Chainlit's name


def before(library: ASGIApp, chats: Chats, settings: Callable[[Request], Awaitable[Response]]) -> ASGIApp:
    """The page's library with our own answers before it. `settings` gives its answer to what it can do."""
    threads = _Threads(chats)

    async def own_settings(request: Request, caller: Caller) -> Any:
        answer = json.loads(bytes((await settings(request)).body))
        return answer | {"dataPersistence": chats.are_kept, "threadSharing": False}

    owned = Owned(library)
    routes = [
        Route("/project/settings", door(own_settings, "read"), methods=["GET"]),
        Route("/project/action", owned, methods=["POST"]),
        Route("/project/file", owned, methods=["POST"]),
        Route("/project/file/{key}", owned, methods=["GET"]),
        *(threads.routes() if chats.are_kept else ()),
    ]
    return Router(routes, redirect_slashes=False, default=library)


class _Threads:
    """The answers."""

    def __init__(self, chats: Chats) -> None:
        self._chats = chats

    def routes(self) -> list[Route]:
        known: tuple[tuple[str, str, Endpoint, Need], ...] = (
            ("POST", "/project/threads", self.list, "read"),
            ("GET", "/project/thread/{id:uuid}", self.get, "read"),
            ("GET", "/project/thread/{id:uuid}/element/{element}", self.element, "read"),
            ("PUT", "/project/thread", self.rename, "write"),
            ("DELETE", "/project/thread", self.delete, "write"),
            ("PUT", "/project/thread/share", self.share, "write"),
            ("GET", "/project/shares", self.shares, "read"),
            ("DELETE", "/project/share", self.unshare, "write"),
            ("GET", "/project/share/{token}", self.shared, "read"),
            ("PUT", "/feedback", self.rate, "write"),
            ("DELETE", "/feedback", self.unrate, "write"),
        )
        return [Route(path, door(answer, need), methods=[method]) for method, path, answer, need in known]

    async def list(self, request: Request, caller: Caller) -> Any:
        """The person's chats, or those in which something was said."""
        wanted, person = await parsed(request, _List), caller.person.id
        histories, first = (await self._chats.store()).histories, wanted.pagination.first
        if words := (wanted.filter.search or "").strip():
            hits = await histories.search(person, words, wanted.pagination.cursor, first)
            return _page([history.found(hit) for hit in hits.items], hits.cursor)
        page = await histories.page(person, wanted.pagination.cursor, first)
        shared = {share.conversation for share in await histories.shares(person)}
        return _page([history.listed(each, is_shared=each.id in shared) for each in page.items], page.cursor)

    async def get(self, request: Request, caller: Caller) -> Any:
        histories = (await self._chats.store()).histories
        record = await self._record(caller, str(request.path_params["id"]))
        feedback = await histories.feedback(caller.person.id, record.conversation.id)
        return history.thread(record, _own_url, feedback)

    async def element(self, request: Request, caller: Caller) -> Any:
        record = await self._record(caller, str(request.path_params["id"]))
        wanted = request.path_params["element"]
        found = next((each for each in history.elements(record, _own_url) if each["id"] == wanted), None)
        if found is None:
            raise nothing()
        return found

    async def rename(self, request: Request, caller: Caller) -> Any:
        wanted = await parsed(request, _Renamed)
        histories = (await self._chats.store()).histories
        if not await histories.rename(caller.person.id, wanted.threadId, wanted.name):
            raise nothing()
        return {"success": True}

    async def delete(self, request: Request, caller: Caller) -> Any:
        """Deletes the chat with its files; tabs that still show it are told."""
        wanted, person = await parsed(request, _One), caller.person.id
        await self._chats.settle(person, wanted.threadId)
        if not await self._chats.delete(person, wanted.threadId):
            raise nothing()
        return {"success": True}

    async def share(self, request: Request, caller: Caller) -> Any:
        """Makes a link to the chat as it is now, or takes back all links to it."""
        wanted, person = await parsed(request, _Shared), caller.person.id
        histories = (await self._chats.store()).histories
        if not wanted.isShared:
            await self._record(caller, wanted.threadId)
            for share in await histories.shares(person):
                if share.conversation == wanted.threadId:
                    await histories.unshare(person, share.token)
            return {"success": True}
        await self._chats.settle(person, wanted.threadId)
        if (made := await histories.share(person, wanted.threadId)) is None:
            raise nothing()
        return {"success": True, "token": made.token}

    async def shares(self, request: Request, caller: Caller) -> Any:
        """The person's links that work, the newest first."""
        histories = (await self._chats.store()).histories
        found = []
        for share in await histories.shares(caller.person.id):
            conversation = await histories.find(caller.person.id, share.conversation)
            name = (conversation.name if conversation else "") or history.UNTITLED
            found.append(
                {
                    "token": share.token,
                    "threadId": share.conversation,
                    "name": name,
                    "at": history.moment(share.at),
                }
            )
        return {"data": sorted(found, key=lambda share: share["at"], reverse=True)}

    async def unshare(self, request: Request, caller: Caller) -> Any:
        wanted = await parsed(request, _Token)
        histories = (await self._chats.store()).histories
        if not await histories.unshare(caller.person.id, wanted.token):
            raise nothing()
        return {"success": True}

    async def shared(self, request: Request, caller: Caller) -> Any:
        """What a link shows, whoever was let in and has it. Whose it is is not told."""
        token = request.path_params["token"]
        record = await (await self._chats.store()).histories.shared(token)
        if record is None:
            raise UnknownName("This link does not lead anywhere (any more).", "Ask who gave it to you.")
        thread = history.thread(record, lambda key: f"/share/{token}/files/{key}", is_read_only=True)
        return thread | {"userId": "", "userIdentifier": ""}

    async def rate(self, request: Request, caller: Caller) -> Any:
        """A thumb, one a person and reply, with the route and model that made the reply."""
        thumb, person = (await parsed(request, _Rated)).feedback, caller.person.id
        record = await self._record(caller, thumb.threadId)
        step = next((each for each in record.steps if each.id == thumb.forId), None)
        if step is None:
            raise nothing()
        facts = step.extra.get("metadata") or {}
        key = str(uuid.uuid5(uuid.UUID(thumb.forId), person))
        feedback = Feedback(
            key,
            thumb.forId,
            thumb.value,
            thumb.comment or "",
            route=facts.get("route"),
            model=facts.get("model"),
        )
        histories = (await self._chats.store()).histories
        if not await histories.rate(person, thumb.threadId, feedback):
            raise nothing()
        return {"success": True, "feedbackId": key}

    async def unrate(self, request: Request, caller: Caller) -> Any:
        wanted = await parsed(request, _Unrated)
        histories = (await self._chats.store()).histories
        if not await histories.unrate(caller.person.id, wanted.feedbackId):
            raise nothing()
        return {"success": True}

    async def _record(self, caller: Caller, conversation: str) -> Record:
        """The person's own chat. Raises UnknownName."""
        histories = (await self._chats.store()).histories
        if (record := await histories.open(caller.person.id, conversation)) is None:
            raise nothing()
        return record


def _page(data: list[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
    return {
        "pageInfo": {"hasNextPage": cursor is not None, "startCursor": None, "endCursor": cursor},
        "data": data,
    }


def _own_url(key: str) -> str:
    return f"/files/{key}"
