"""Files of people on their way out: proven pictures, sound and video are shown, the rest is saved.

A file opened in a window of its own can run nothing and reach nothing, whatever it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders

from vtai.core import sniff

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'"
_SHOWN = frozenset({"image", "audio", "video"})
# This picture format can hold scripts. Inside the page, where it cannot run them, it is shown all the same.
_SAVED = frozenset({"image/svg+xml"})


class Downloads:
    """Marks the answers of /project/file/; everything else passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/project/file/"):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def marked(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message  # held back until the first bytes say what it is
                return
            if start is not None:
                _mark(start, message.get("body", b""))
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, marked)


def _mark(start: Message, head: bytes) -> None:
    headers = MutableHeaders(scope=start)
    headers["Content-Security-Policy"] = SANDBOX
    headers["Cache-Control"] = "private, max-age=3600"
    if start["status"] == 206 and not headers.get("content-range", "").startswith("bytes 0-"):
        return  # a later piece of a recording that was judged by its first
    claimed = headers.get("content-type", "").partition(";")[0].lower()
    if start["status"] < 300 and not may_show(claimed, head):
        headers["Content-Disposition"] = "attachment"
        if (kind := saved_type(claimed)) != claimed:
            headers["Content-Type"] = kind


def saved_type(claimed: str) -> str:
    """What a file that is not shown is called: something that is taken for a picture or a sound is none."""
    kind = claimed.partition(";")[0].strip().lower()
    is_false = kind.partition("/")[0] in _SHOWN and kind not in _SAVED
    return "application/octet-stream" if is_false else claimed


def may_show(claimed: str, head: bytes) -> bool:
    """Whether a file is the picture, sound or video that it is called."""
    family = claimed.partition("/")[0]
    found = (sniff.kind(head[: sniff.HEAD_BYTES]) or "").partition("/")[0]
    if family not in _SHOWN or claimed in _SAVED:
        return False
    return found == family if family == "image" else found in {"audio", "video"}
