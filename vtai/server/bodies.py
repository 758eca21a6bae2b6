"""Reading a request's body up to a limit, and handing it on to an app that wants to read it again."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import cached_property
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

from vtai.core.errors import BadAttachment

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope


class TooLarge(BadAttachment):
    """The body is longer than the limit."""


async def chunks(scope: Scope, receive: Receive, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body in pieces.

    Raises TooLarge by the announced length before a byte is read, else by the real one, and ClientDisconnect
    when the sender goes away.
    """
    too_large = TooLarge(
        f"The request is larger than {max_bytes / 1_000_000:g} MB.", "Send something smaller."
    )
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise too_large
    seen = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        seen += len(chunk := message.get("body", b""))
        if seen > max_bytes:
            raise too_large
        yield chunk
        if not message.get("more_body", False):
            return


class Body:
    """A whole body in memory: for small ones."""

    def __init__(self, content: bytes, receive: Receive) -> None:
        self.content = content
        self._receive = receive
        self._is_sent = False

    @classmethod
    async def read(cls, scope: Scope, receive: Receive, max_bytes: int) -> Body:
        """Raises TooLarge or ClientDisconnect."""
        async with aclosing(chunks(scope, receive, max_bytes)) as pieces:
            return cls(b"".join([piece async for piece in pieces]), receive)

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None

    async def replay(self) -> Message:
        """Stands in for `receive`: the body once, then whatever comes after it."""
        if self._is_sent:
            return await self._receive()
        self._is_sent = True
        return {"type": "http.request", "body": self.content, "more_body": False}
