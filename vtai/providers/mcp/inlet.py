"""Lets in what a server sends: at a bearable pace, and nothing that the protocol does not know.

Whoever floods us waits in its own pipe. What the SDK would only complain about in the log stays out.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.shared.message import SessionMessage
    from mcp.types import JSONRPCMessage, JSONRPCRequest

    Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
    Outgoing = MemoryObjectSendStream[SessionMessage]

logger = logging.getLogger(__name__)

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
"""The longest message that is read; a picture in it is a third larger than its file."""
_BURST: Final = 2_000
_PER_S: Final = 500.0
_UNKNOWN_METHOD: Final = -32601


class Pace:
    """Lets a burst of messages through, then so many a second. Others get their turn in between."""

    def __init__(
        self, burst: int = _BURST, per_s: float = _PER_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._per_s = per_s
        self._clock = clock
        self._left = float(burst)
        self._at = clock()

    async def step(self) -> None:
        await asyncio.sleep(self.delay_s())

    def delay_s(self) -> float:
        """How long the next message has to wait; counts it."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s) - 1
        self._at = now
        return max(0.0, -self._left / self._per_s)


class Inlet:
    """Where a transport puts messages for the session. Requests that nobody knows are answered at once."""

    def __init__(
        self, session: MemoryObjectSendStream[SessionMessage | Exception], outgoing: Outgoing
    ) -> None:
        self._session = session
        self._outgoing = outgoing

    async def put(self, message: JSONRPCMessage) -> None:
        from mcp import types
        from mcp.shared.message import SessionMessage

        match message.root:
            case types.JSONRPCNotification() as notification:
                is_known = _fits(types.ServerNotification, notification)
            case types.JSONRPCRequest() as request:
                is_known = _fits(types.ServerRequest, request)
                if not is_known:
                    await self._refuse(request)
            case types.JSONRPCResponse(id=id) | types.JSONRPCError(id=id):
                is_known = str(id).isdecimal()
        if is_known:
            await self._session.send(SessionMessage(message))
        else:
            logger.debug("an MCP server sent a message that is not known; it was dropped")

    async def _refuse(self, request: JSONRPCRequest) -> None:
        from mcp import types
        from mcp.shared.message import SessionMessage

        error = types.ErrorData(code=_UNKNOWN_METHOD, message="This request is not known here.")
        answer = types.JSONRPCError(jsonrpc="2.0", id=request.id, error=error)
        await self._outgoing.send(SessionMessage(types.JSONRPCMessage(answer)))


def _fits(model: Any, message: Any) -> bool:
    from pydantic import ValidationError

    try:
        model.model_validate(message.model_dump(by_alias=True, mode="json", exclude_none=True))
    except ValidationError:
        return False
    return True
