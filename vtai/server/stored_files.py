"""Kept files on their way out: to their owner, and to whoever has a link to a conversation that shows them.

For everybody else there is no such file. Contents never change under a key, so a browser that has one asks
only whether it may still have it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from vtai.api.answers import refused
from vtai.core import sniff
from vtai.core.errors import Forbidden, NotConfigured, NotSignedIn, UnknownName, VTError
from vtai.core.people import Caller
from vtai.server.downloads import SANDBOX, may_show, saved_type

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from vtai.core.history import StoredFile
    from vtai.core.ports import Files
    from vtai.wiring import App
    from vtai.wiring.storing import Store

_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*", re.ASCII | re.IGNORECASE)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def routes(app: App) -> list[Route]:
    """GET and HEAD of a file of one's own, and of one that a shared conversation shows."""
    asked = _Asked(app)
    return [
        Route("/files/{key}", asked.own, methods=["GET"]),
        Route("/share/{token}/files/{key}", asked.shared, methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True)
class _Part:
    """Bytes of a file from `start` on."""

    start: int
    length: int


class _Asked:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def own(self, request: Request) -> Response:
        try:
            caller = _caller(request)
            store = await self._store()
            file = await store.files.find(request.path_params["key"])
            if file is None or file.person != caller.person.id:
                raise _unknown()
            return await _answer(request, store.files, file)
        except VTError as error:
            return refused(error)

    async def shared(self, request: Request) -> Response:
        """Whoever may read here and has the link, has the files that it shows; those of its owner alone."""
        key, token = request.path_params["key"], request.path_params["token"]
        try:
            _caller(request)
            store = await self._store()
            record = await store.histories.shared(token)
            if record is None or all(element.file != key for element in record.elements):
                raise _unknown()
            file = await store.files.find(key)
            if file is None or file.person != record.conversation.person:
                raise _unknown()
            return await _answer(request, store.files, file)
        except VTError as error:
            return refused(error)

    async def _store(self) -> Store:
        if self._app.storing is None:
            raise NotConfigured("Nothing is kept here.", "Start the server with its data folder.")
        return await self._app.storing.ready()


class _Streamed(StreamingResponse):
    """Closes the file at once when the browser leaves."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(pieces, status, headers)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._pieces):
            await super().__call__(scope, receive, send)


def _caller(request: Request) -> Caller:
    """Raises NotSignedIn, Forbidden."""
    caller: Any = request.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise NotSignedIn("Nobody knows who asks.", "Sign in first.")
    if not caller.may("read"):
        raise Forbidden("You may not read files here.", "Ask whoever looks after this server.")
    return caller


async def _answer(request: Request, files: Files, file: StoredFile) -> Response:
    # Reading the first bytes shows that the content is there, and what it is.
    async with aclosing(files.read(file.key, 0, sniff.HEAD_BYTES)) as pieces:
        head = b"".join([piece async for piece in pieces])
    headers = _headers(file, head)
    if _has_it(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers={k: v for k, v in headers.items() if k != "Content-Type"})
    asked = request.headers.get("range", "")
    if (known := request.headers.get("if-range")) is not None and known != headers["ETag"]:
        asked = ""
    part = _part(asked, file.size_bytes)
    if part is None:
        nothing = {"Content-Range": f"bytes */{file.size_bytes}", "Cache-Control": "no-store"}
        return Response(status_code=416, headers=nothing)
    headers["Content-Length"] = str(part.length)
    status = 200
    if part.length < file.size_bytes:
        status = 206
        headers["Content-Range"] = f"bytes {part.start}-{part.start + part.length - 1}/{file.size_bytes}"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return _Streamed(files.read(file.key, part.start, part.length), status, headers)


def _headers(file: StoredFile, head: bytes) -> dict[str, str]:
    claimed = file.media_type.partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(claimed):
        claimed = "application/octet-stream"
    is_shown = may_show(claimed, head)
    name = quote(file.name.encode("utf-8", "replace"), safe="")
    return {
        "Content-Type": claimed if is_shown else saved_type(claimed),
        "Content-Disposition": f"{'inline' if is_shown else 'attachment'}; filename*=UTF-8''{name}",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        # Kept by the browser, asked about each time: a link may be taken back, a person may sign out.
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.key}"',
    }


def _has_it(given: str, tag: str) -> bool:
    return any(each.strip().removeprefix("W/") in {tag, "*"} for each in given.split(","))


def _part(asked: str, size: int) -> _Part | None:
    """What a Range header asks for; all of it where it asks for nothing that we know, None past the end."""
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or not any(found.groups()):
        return _Part(0, size)
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return _Part(size - length, length) if length else None
    start = int(first)
    if start >= size:
        return None
    end = min(int(last), size - 1) if last else size - 1
    return _Part(start, end - start + 1) if end >= start else _Part(0, size)


def _unknown() -> UnknownName:
    return UnknownName("There is no such file.", "It may have been deleted, or belong to somebody else.")
