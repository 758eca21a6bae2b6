"""One's own files: sent for later messages, listed, fetched and deleted."""

from __future__ import annotations

import asyncio
import mimetypes
import shutil
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response, StreamingResponse

from vtai.api.answers import BadRequestBody, BodyTooLarge
from vtai.api.conversations import attached
from vtai.api.endpoints import Answer, Call, Endpoint, Media
from vtai.api.reading import WHOLE_TEXT, Query, Result
from vtai.api.stored import Paging, paged, store_of
from vtai.core import accepting, sniff
from vtai.core.errors import BadAttachment, Busy, UnknownName, VTError

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.core.history import StoredFile
    from vtai.wiring import App
    from vtai.wiring.storing import Store

_MEGABYTE = 1_000_000
# The names and lines around the file inside a form.
_ENVELOPE_BYTES = 16_384
_MIN_FREE_BYTES = 500 * _MEGABYTE
_BATCH_BYTES = 1_000_000
_LONGEST_NAME = 300
_FORM = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    },
    "required": ["file"],
    "additionalProperties": False,
}
_CONTENT = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}


class FileShown(Result):
    key: str
    """What a message refers to it by."""
    name: str
    media_type: str
    size_bytes: int
    at: float
    """Seconds since the epoch."""
    conversation: str | None
    """Where it was sent or made."""


class Files(Result):
    items: list[FileShown]
    """The newest first."""
    cursor: str | None


class Named(Query):
    name: Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME), WHOLE_TEXT] | None = None
    """The name of a file that is the whole body; absent makes one. A form brings its own."""


class Filing:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        taken = Media({"multipart/form-data": _FORM, "application/octet-stream": _CONTENT})
        return (
            Endpoint(
                "POST",
                "/files",
                "write",
                "Sends a file, as a form or as the body. Unless a message refers to it, it goes after a day.",
                self.send_file,
                FileShown,
                query=Named,
                takes=taken,
                status=201,
                says={409: "There is no more room for your files.", 429: "The server has no room."},
            ),
            Endpoint(
                "GET",
                "/files",
                "read",
                "The files.",
                self.files,
                Files,
                query=Paging,
                says={404: "The cursor leads nowhere."},
            ),
            Endpoint("GET", "/files/{key}", "read", "What is known of a file.", self.file, FileShown),
            Endpoint(
                "GET",
                "/files/{key}/content",
                "read",
                "What is in it.",
                self.file_content,
                Media({"*/*": _CONTENT}),
            ),
            Endpoint("DELETE", "/files/{key}", "write", "Deletes it.", self.delete_file),
        )

    async def send_file(self, call: Call[None, Named]) -> Answer:
        store = await store_of(self._app)
        max_bytes = self._app.loaded.settings.max_upload_mb * _MEGABYTE
        free = await asyncio.to_thread(shutil.disk_usage, tempfile.gettempdir())
        if free.free < _MIN_FREE_BYTES:
            raise Busy("The server has no room for files.", "Tell the operator; try again later.")
        async with received(call.request, call.query.name, max_bytes) as (name, media_type, path):
            kept = await store.files.put(call.person, "", name, media_type, path)
        return _shown(kept)

    async def files(self, call: Call[None, Paging]) -> Answer:
        store = await store_of(self._app)
        page = await paged(store.files.of(call.person, call.query.cursor, call.query.limit))
        return Files(items=[_shown(each) for each in page.items], cursor=page.cursor)

    async def file(self, call: Call[None, None]) -> Answer:
        return _shown(await own_file(await store_of(self._app), call.person, call.part("key")))

    async def file_content(self, call: Call[None, None]) -> Answer:
        store = await store_of(self._app)
        file = await own_file(store, call.person, call.part("key"))
        pieces = store.files.read(file.key)
        # The first piece is read before the answer begins: what is gone is still answered in words.
        first = await anext(aiter(pieces), b"")
        headers = {
            **attached(file.name),
            "Cache-Control": "private, no-cache",
            "Content-Length": str(file.size_bytes),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        if call.request.method == "HEAD":
            return Response(None, 200, headers, file.media_type)
        return StreamingResponse(_chained(first, pieces), 200, headers, file.media_type)

    async def delete_file(self, call: Call[None, None]) -> Answer:
        store = await store_of(self._app)
        if not await store.files.delete(call.person, call.part("key")):
            raise unknown_file()
        return None


async def own_file(store: Store, person: str, key: str) -> StoredFile:
    """Raises UnknownName for what is not there and for what is somebody else's."""
    file = await store.files.find(key)
    if file is None or file.person != person:
        raise unknown_file()
    return file


def unknown_file() -> UnknownName:
    return UnknownName("There is no such file.", "Send it to POST /api/v1/files first.")


@asynccontextmanager
async def received(
    request: Request, name: str | None, max_bytes: int
) -> AsyncGenerator[tuple[str, str, Path], None]:
    """The name, proven media type and place of the file that a request brings, as long as this lasts.

    Raises BadAttachment, BodyTooLarge, BadRequestBody.
    """
    kind = request.headers.get("content-type", "")
    with tempfile.NamedTemporaryFile(prefix="vtai-") as place:
        file = UploadFile(cast("BinaryIO", place))
        if kind.lower().startswith("multipart/form-data"):
            name, kind = await _from_form(request, file, max_bytes)
        else:
            async with aclosing(_pieces(request, max_bytes)) as pieces:
                await _write(file, pieces)
        await file.seek(0)
        head = await file.read(sniff.HEAD_BYTES)
        await asyncio.to_thread(place.flush)
        name = accepting.clean(name or f"file{mimetypes.guess_extension(sniff.kind(head) or '') or ''}")
        if not head:
            raise BadAttachment(f"{name} is empty.", "Choose another file.")
        if (media_type := accepting.proven(name, kind, head)) is None:
            raise BadAttachment(f"{name} is not a kind of file that can be read here.", accepting.HINT)
        yield name, media_type, Path(place.name)


async def _from_form(request: Request, target: UploadFile, max_bytes: int) -> tuple[str, str]:
    async with aclosing(_pieces(request, max_bytes + _ENVELOPE_BYTES)) as body:
        parser = MultiPartParser(request.headers, _for_parser(body), max_files=1, max_fields=0)
        try:
            form = await parser.parse()
        except (MultiPartException, KeyError) as error:
            if isinstance(error.__cause__, VTError):
                raise error.__cause__ from None
            raise BadRequestBody("The form is not one file.", "Send one file in the field `file`.") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise BadRequestBody("The form holds no file.", "Send it in the field `file`.")
        if (file.size or 0) > max_bytes:
            raise _too_large(max_bytes)
        await file.seek(0)
        await asyncio.to_thread(shutil.copyfileobj, file.file, target.file)
        return file.filename or "file", file.content_type or ""
    finally:
        await form.close()


async def _for_parser(body: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The body; what goes wrong with it in the one form on which the parser closes its files."""
    try:
        async for piece in body:
            yield piece
    except VTError as error:
        raise MultiPartException(type(error).__name__) from error


async def _pieces(request: Request, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body. Raises BodyTooLarge by the announced length or the real one."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    seen = 0
    async for piece in request.stream():
        seen += len(piece)
        if seen > max_bytes:
            raise _too_large(max_bytes)
        yield piece


async def _write(file: UploadFile, pieces: AsyncIterator[bytes]) -> None:
    """Each write is a trip to a thread, so several pieces go at once."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        if len(waiting) >= _BATCH_BYTES:
            await file.write(bytes(waiting))
            waiting.clear()
    await file.write(bytes(waiting))


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    try:
        yield first
        async for piece in rest:
            yield piece
    finally:
        if isinstance(rest, AsyncGenerator):
            await rest.aclose()


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"A file may have at most {max_bytes // _MEGABYTE} MB.", "Send a smaller one.")


def _shown(file: StoredFile) -> FileShown:
    return FileShown(
        key=file.key,
        name=file.name,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        at=file.at,
        conversation=file.conversation or None,
    )
