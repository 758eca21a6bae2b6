"""One connection from start to end: the SDK's session, the calls on their way, the signs it gives."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from vtai import __version__
from vtai.providers.mcp.http import HttpTransport
from vtai.providers.mcp.reasons import SESSION_LOST, Gone
from vtai.providers.mcp.stdio import StdioTransport
from vtai.providers.redaction import quote

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp import ClientSession
    from mcp.shared.exceptions import McpError
    from mcp.types import CallToolResult

    from vtai.providers.mcp.declared import McpServer
    from vtai.providers.mcp.inlet import Incoming, Outgoing

    OnProgress = Callable[[float, float | None, str | None], None]

_SDK: Final = ("mcp.client.session", "mcp.client.streamable_http", "jsonschema.validators")
_CLOSED: Final = "Connection closed"


class Signs:
    """What transport, session and callers notice, left for the keeper of the connection to find.

    `on_end` hears at once why the connection is over.
    """

    def __init__(self, on_end: Callable[[str], None]) -> None:
        self._on_end = on_end
        self.woken = asyncio.Event()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.reason = ""
        self.is_suspect = False
        self.is_stale = False
        self.given_up: list[int] = []

    def end(self, reason: str) -> None:
        """The connection is over; the first reason counts."""
        if not self.over.done():
            self.reason = reason
            self.over.set_result(None)
            self.woken.set()
            self._on_end(reason)

    def doubt(self) -> None:
        """The server may hang or be gone."""
        self.is_suspect = True
        self.woken.set()

    def change(self) -> None:
        """The list of tools is not what it was."""
        self.is_stale = True
        self.woken.set()

    def give_up(self, request_id: int) -> None:
        """Nobody waits for the answer any more."""
        self.given_up.append(request_id)
        self.woken.set()


class Link:
    """A session that is open. `next_id` tells the number that its next request will have."""

    def __init__(
        self, session: ClientSession, next_id: Callable[[], int], signs: Signs, server: McpServer
    ) -> None:
        self.session = session
        self.signs = signs
        self._next_id = next_id
        self._server = server

    async def call(
        self, tool: str, arguments: dict[str, Any], on_progress: OnProgress, timeout_s: float
    ) -> CallToolResult:
        """The server's answer. Raises TimeoutError, or Gone when the connection ends before it."""
        sent: list[int] = []
        request = asyncio.create_task(self._ask(tool, arguments, on_progress, sent))
        either: set[asyncio.Future[Any]] = {request, self.signs.over}
        try:
            await asyncio.wait(either, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
            if not request.done():
                if self.signs.over.done():
                    raise Gone(self.signs.reason)
                self.signs.doubt()
                raise TimeoutError
        finally:
            if not request.done():
                for number in sent:
                    self.signs.give_up(number)
                request.cancel()
                await asyncio.gather(request, return_exceptions=True)
        return self._answer(request)

    async def say_cancelled(self) -> None:
        """Tells the server which calls nobody waits for."""
        from mcp import types

        while self.signs.given_up:
            params = types.CancelledNotificationParams(requestId=self.signs.given_up.pop(0))
            notice = types.CancelledNotification(params=params)
            await self.session.send_notification(types.ClientNotification(notice))

    async def answer_doubt(self) -> None:
        """Asks a server that may hang for a sign of life: any answer is one."""
        from mcp.shared.exceptions import McpError

        if not self.signs.is_suspect:
            return
        self.signs.is_suspect = False
        try:
            await self.session.send_ping()
        except McpError as error:
            self._end_if_lost(error)

    def take_change(self) -> bool:
        """Whether the list of tools has to be asked for again."""
        was_stale, self.signs.is_stale = self.signs.is_stale, False
        return was_stale

    async def _ask(
        self, tool: str, arguments: dict[str, Any], on_progress: OnProgress, sent: list[int]
    ) -> CallToolResult:
        from mcp import types

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            on_progress(progress, total, message)

        params = types.CallToolRequestParams(name=tool, arguments=arguments)
        # Nothing is awaited before the request takes this number.
        sent.append(self._next_id())
        # Not `call_tool`, which checks the result against one more schema of the server's.
        return await self.session.send_request(
            types.ClientRequest(types.CallToolRequest(params=params)),
            types.CallToolResult,
            progress_callback=progressed,
        )

    def _answer(self, request: asyncio.Task[CallToolResult]) -> CallToolResult:
        import anyio
        from mcp import types
        from mcp.shared.exceptions import McpError
        from pydantic import ValidationError

        try:
            return request.result()
        except McpError as error:
            if self._end_if_lost(error):
                raise Gone(self.signs.reason) from error
            said = f"The server refused the call: {quote(error.error.message, *self._server.secrets)}"
        except (anyio.ClosedResourceError, anyio.BrokenResourceError) as error:
            raise Gone(self.signs.reason) from error
        except ValidationError:
            said = "The server's answer does not have the form of one."
        return types.CallToolResult(content=[types.TextContent(type="text", text=said)], isError=True)

    def _end_if_lost(self, error: McpError) -> bool:
        """Ends the connection where the error says that there is none."""
        if error.error.message == SESSION_LOST:
            self.signs.end("it does not know the connection any more")
        elif error.error.message == _CLOSED:
            self.signs.end("the connection was closed")
        return self.signs.over.done()


@asynccontextmanager
async def opened(name: str, server: McpServer, signs: Signs) -> AsyncIterator[Link]:
    """A connection that nothing was said on yet; entered and left in one task."""
    await asyncio.to_thread(_load)
    transport = (
        StdioTransport(name, server, signs.end)
        if server.kind == "stdio"
        else HttpTransport(server, signs.end, signs.doubt)
    )
    async with transport as (incoming, outgoing):
        session, next_id = _session(incoming, outgoing, signs)
        async with session:
            yield Link(session, next_id, signs, server)


def _load() -> None:
    """The SDK takes half a second to import: in a thread, where nobody waits."""
    for module in _SDK:
        importlib.import_module(module)


def _session(incoming: Incoming, outgoing: Outgoing, signs: Signs) -> tuple[ClientSession, Callable[[], int]]:
    """A session that refuses whatever a server asks of us: no sampling, no questions, no folders."""
    from mcp import ClientSession, types

    class Session(ClientSession):
        def next_id(self) -> int:
            return self._request_id

    async def heard(message: object) -> None:
        notice = message.root if isinstance(message, types.ServerNotification) else None
        if isinstance(notice, types.ToolListChangedNotification):
            signs.change()

    us = types.Implementation(name="vtai", version=__version__)
    session = Session(incoming, outgoing, message_handler=heard, client_info=us)
    return session, session.next_id
