"""Files on their way in: counted, weighed and looked at before the page's library sees a byte.

The request is read once, to a temporary file where it is large, and handed on as a new one that holds exactly
the checked file under the media type its content proves.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections import OrderedDict
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from vtai.core import sniff
from vtai.core.accepting import HINT, clean, proven
from vtai.core.errors import BadAttachment, Busy, VTError
from vtai.server import answers
from vtai.server.bodies import TooLarge, chunks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from starlette.datastructures import UploadFile
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from vtai.settings import Settings

logger = logging.getLogger(__name__)

_MEGABYTE = 1_000_000
# The names and lines around the file inside the request.
_ENVELOPE_BYTES = 16_384
_CHUNK_BYTES = 65_536
_MIN_FREE_BYTES = 500 * _MEGABYTE
# People send the files of one message within moments, and wait for the answer before the next.
_WINDOW_S = 20.0
_MAX_SESSIONS = 10_000


class Counts:
    """How many files each session sent lately."""

    def __init__(self, max_files: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_files = max_files
        self._clock = clock
        self._sent: OrderedDict[str, list[float]] = OrderedDict()

    def add(self, session: str) -> None:
        """Counts one more file. Raises Busy when the session sent its share of this moment."""
        now = self._clock()
        sent = [moment for moment in self._sent.pop(session, []) if now - moment < _WINDOW_S]
        self._sent[session] = sent
        if len(self._sent) > _MAX_SESSIONS:
            self._sent.popitem(last=False)
        if len(sent) >= self._max_files:
            raise Busy(
                f"At most {self._max_files} files can be sent at once.",
                "Send the rest in a moment.",
            )
        sent.append(now)


class Uploads:
    """Checks what is posted to /project/file; everything else passes."""

    def __init__(self, app: ASGIApp, settings: Settings, folder: Path) -> None:
        self._app = app
        self._max_bytes = settings.max_upload_mb * _MEGABYTE
        self._counts = Counts(settings.max_upload_files)
        self._folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != "/project/file":
            await self._app(scope, receive, send)
            return
        try:
            file = await self._accept(scope, receive)
        except TooLarge:
            message = f"A file may have at most {self._max_bytes // _MEGABYTE} MB."
            error: VTError = BadAttachment(message, "Send a smaller one.")
            await answers.refuse(scope, receive, send, 413, _in_full(error), {"Connection": "close"})
        except Busy as error:
            await answers.refuse(scope, receive, send, 429, _in_full(error), {"Connection": "close"})
        except BadAttachment as error:
            await answers.refuse(scope, receive, send, 415, _in_full(error))
        else:
            try:
                resent = _Resent(file, receive)
                await self._app(resent.scope(scope), resent.receive, send)
            finally:
                await file.close()

    async def _accept(self, scope: Scope, receive: Receive) -> UploadFile:
        """The one file of the request. Raises BadAttachment, TooLarge or Busy."""
        self._counts.add(parse_qs(scope["query_string"].decode("latin-1"))["session_id"][0])
        if shutil.disk_usage(self._folder).free < _MIN_FREE_BYTES:
            logger.warning("less than %d MB are free: files are refused", _MIN_FREE_BYTES // _MEGABYTE)
            raise Busy("The server has no room for files.", "Tell the operator; try again later.")
        headers = Headers(scope=scope)
        if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise BadAttachment("The request holds no file.", "Send the file as multipart/form-data.")
        async with aclosing(chunks(scope, receive, self._max_bytes + _ENVELOPE_BYTES)) as body:
            file = await _parse(headers, body)
        try:
            if (file.size or 0) > self._max_bytes:
                raise TooLarge("The file is too large.", "Send a smaller one.")
            await _check(file)
        except VTError:
            await file.close()
            raise
        return file


def _in_full(error: VTError) -> VTError:
    """The error with the hint in its message, which is all that the page shows of it."""
    return VTError(f"{error.message} {error.hint}", error.hint)


async def _parse(headers: Headers, body: AsyncGenerator[bytes, None]) -> UploadFile:
    parser = MultiPartParser(headers, _for_parser(body), max_files=1, max_fields=0)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        if isinstance(error.__cause__, TooLarge):
            raise error.__cause__ from None
        raise BadAttachment("The request is not one file.", "Send one file a request.") from error
    file = form.get("file")
    if file is None or isinstance(file, str):
        await form.close()
        raise BadAttachment("The request holds no file.", "Send the file in the field `file`.")
    return file


async def _for_parser(body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The body; what goes wrong with it in the one form on which the parser closes its files."""
    try:
        async for chunk in body:
            yield chunk
    except (TooLarge, ClientDisconnect) as error:
        raise MultiPartException(type(error).__name__) from error


async def _check(file: UploadFile) -> None:
    """Sets the media type that the content proves. Raises BadAttachment when it contradicts the name."""
    head = await file.read(sniff.HEAD_BYTES)
    await file.seek(0)
    name = clean(file.filename or "")
    if not head:
        raise BadAttachment(f"{name} is empty.", "Choose another file.")
    media_type = proven(name, file.content_type or "", head)
    if media_type is None:
        raise BadAttachment(f"{name} is not a kind of file that can be read here.", HINT)
    file.filename = name
    file.headers = Headers({"content-type": media_type})


class _Resent:
    """The checked file as a new request."""

    def __init__(self, file: UploadFile, receive: Receive) -> None:
        boundary = secrets.token_hex(16)
        name = (file.filename or "file").replace('"', "%22")
        self._lead = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: {file.content_type}\r\n\r\n"
        ).encode()
        self._end = f"\r\n--{boundary}--\r\n".encode()
        self._type = f"multipart/form-data; boundary={boundary}".encode()
        self._file = file
        self._after = receive
        self._pieces = self._read()

    def scope(self, scope: Scope) -> Scope:
        length = len(self._lead) + (self._file.size or 0) + len(self._end)
        replaced = {b"content-type": self._type, b"content-length": str(length).encode()}
        kept = [
            (name, value)
            for name, value in scope["headers"]
            if name not in replaced and name != b"transfer-encoding"
        ]
        return {**scope, "headers": [*kept, *replaced.items()]}

    async def receive(self) -> Message:
        async for piece in self._pieces:
            return {"type": "http.request", "body": piece, "more_body": piece is not self._end}
        return await self._after()

    async def _read(self) -> AsyncGenerator[bytes, None]:
        yield self._lead
        while piece := await self._file.read(_CHUNK_BYTES):
            yield piece
        yield self._end
