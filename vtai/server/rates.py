"""How often one person may send messages and files, and ask for other work, over HTTP.

The socket's doorman counts there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vtai.core.errors import LimitReached
from vtai.core.people import Caller
from vtai.server import answers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from vtai.wiring.entering import Entering

_FILES: Final = re.compile(
    r"/project/file|/api/v1/files|/api/v1/conversations/import|/v1/audio/transcriptions"
)
# A button of a reply may ask for another one.
_MESSAGES: Final = re.compile(
    r"/project/action|/api/v1/chat|/v1/chat/completions|/v1/images/generations|/v1/audio/speech"
)
# What programs ask for in quick succession: it is work all the same.
_WORK: Final = re.compile(r"/api/v1/route|/v1/embeddings|/api/v1/conversations/[^/]+/(export|shares)")


class Paced:
    """Turns away what one person sends too fast, with 429 and when to come back."""

    def __init__(self, app: ASGIApp, entering: Entering) -> None:
        self._app = app
        self._counted = (
            (_FILES, entering.uploads, "files"),
            (_MESSAGES, entering.messages, "messages"),
            (_WORK, entering.work, "requests"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = scope.get("state", {}).get("caller")
        if _counts(scope) and isinstance(caller, Caller):
            for pattern, rate, name in self._counted:
                if pattern.fullmatch(scope["path"]) and (seconds := rate.take(caller.person.id)):
                    headers = {"Retry-After": str(seconds)}
                    await answers.refuse(scope, receive, send, 429, too_many(name, seconds), headers)
                    return
        await self._app(scope, receive, send)


def _counts(scope: Scope) -> bool:
    """What only reads is not counted, but for exports: each reads a whole conversation."""
    if scope["type"] != "http":
        return False
    return scope["method"] == "POST" or str(scope["path"]).endswith("/export")


def too_many(name: str, seconds: int) -> LimitReached:
    return LimitReached(
        f"You sent too many {name} in a minute.", f"Wait {seconds} seconds and try again.", seconds
    )
