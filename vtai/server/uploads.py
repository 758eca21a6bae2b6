"""Files on their way in: counted, weighed and looked at before the page's library sees a byte.

The request is read once, to a temporary file where it is large, and handed on as a new one that holds exactly
the checked file under the media type its content proves.
"""

from __future__ import annotations

import logging
import re
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
from vtai.core.errors import BadAttachment, Busy, VTError
from vtai.core.messages import kind_of
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

# What the content of a file must prove, where its kind does not say it all.
_PROOFS: dict[str, frozenset[str]] = {
    ".pdf": frozenset({"application/pdf"}),
    **dict.fromkeys(
        (".docx", ".pptx", ".epub", ".odt", ".xlsx", ".ods", ".zip"), frozenset({"application/zip"})
    ),
    ".xls": frozenset({"application/x-ole-storage", "application/zip"}),
    ".rtf": frozenset({"application/rtf"}),
    ".parquet": frozenset({"application/vnd.apache.parquet"}),
    **dict.fromkeys((".sqlite", ".db"), frozenset({"application/vnd.sqlite3"})),
    ".svg": frozenset({"text/plain"}),
}
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
_RUN_BY_BROWSERS = ("script", "html", "xml")
_HINT = (
    "Pictures, sound, video, text, source code, tables, PDF, office files, e-books, e-mails and ZIP archives "
    "can be sent."
)


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
    name = _clean(file.filename or "")
    if not head:
        raise BadAttachment(f"{name} is empty.", "Choose another file.")
    media_type = proven(name, file.content_type or "", head)
    if media_type is None:
        raise BadAttachment(f"{name} is not a kind of file that can be read here.", _HINT)
    file.filename = name
    file.headers = Headers({"content-type": media_type})


def proven(name: str, claimed: str, head: bytes) -> str | None:
    """The media type by name, claim and first bytes of a file; None to refuse it."""
    found = sniff.kind(head)
    suffix, claimed = Path(name).suffix.lower(), claimed.partition(";")[0].strip().lower()
    if found is None:
        return None
    if (proofs := _PROOFS.get(suffix)) is not None:
        if found not in proofs:
            return None
        return "image/svg+xml" if suffix == ".svg" else _named(suffix, found)
    family = found.partition("/")[0]
    match kind_of(name, claimed):
        case "image":
            return found if family == "image" else None
        case "audio" | "video" as kind:
            if family not in {"audio", "video"}:
                return None
            # One container holds both; the recorder of a browser says which.
            is_claimed = _is_type(claimed, "audio", "video")
            return claimed if is_claimed else f"{kind}/{found.partition('/')[2]}"
        case "text" | "data" | "document" | "other":
            return _text_type(claimed) if sniff.is_text(head) else None


def _text_type(claimed: str) -> str:
    """Text keeps what it is called, but for what a browser would run."""
    is_text = _is_type(claimed, "text") and not any(word in claimed for word in _RUN_BY_BROWSERS)
    return claimed if is_text or claimed == "application/json" else "text/plain"


def _is_type(claimed: str, *families: str) -> bool:
    """Whether a claim is a well-formed media type of one of the families."""
    return _TYPE.fullmatch(claimed) is not None and claimed.partition("/")[0] in families


def _named(suffix: str, found: str) -> str:
    import mimetypes

    return mimetypes.guess_type(f"file{suffix}")[0] or found


def _clean(name: str) -> str:
    """A file name without folders and control characters, no longer than file systems allow."""
    # Browsers write a quotation mark in a name so.
    last = name.replace("%22", '"').replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isprintable() and c not in '"<>|').strip(". ")
    return kept[-120:] or "file"


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
