"""A server at an address: streamable HTTP. No redirects to other hosts, certificates are checked."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, Final

from vtai import __version__
from vtai.providers.mcp.inlet import MAX_MESSAGE_BYTES, Inlet, Pace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import httpx
    from anyio.streams.memory import MemoryObjectSendStream
    from mcp.shared.message import SessionMessage

    from vtai.providers.mcp.declared import McpServer
    from vtai.providers.mcp.inlet import Incoming, Outgoing

_CONNECT_S: Final = 10.0
_WRITE_S: Final = 30.0
_GOODBYE_S: Final = 2.0
# All that one response may bring, the stream for notices included, which stays open for hours.
_MAX_RESPONSE_BYTES: Final = 4 * MAX_MESSAGE_BYTES


class HttpTransport:
    """`async with` it as (incoming, outgoing), entered and left in one task.

    `on_end` gets the reason when the server is lost, `on_doubt` is called when a response broke off.
    """

    def __init__(
        self, server: McpServer, on_end: Callable[[str], None], on_doubt: Callable[[], None]
    ) -> None:
        self._server = server
        self._on_end = on_end
        self._on_doubt = on_doubt
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> tuple[Incoming, Outgoing]:
        import anyio
        from mcp.client.streamable_http import streamable_http_client

        url = self._server.url or ""
        client = await asyncio.to_thread(self._client)
        await self._stack.enter_async_context(client)
        opened = streamable_http_client(url, http_client=client)
        received, outgoing, _ = await self._stack.enter_async_context(opened)
        to_session, incoming = anyio.create_memory_object_stream["SessionMessage | Exception"](0)
        self._relay = asyncio.create_task(self._pass_on(received, to_session, outgoing.clone()))
        return incoming, outgoing

    async def __aexit__(self, *raised: Any) -> None:
        self._relay.cancel()
        try:
            # The SDK says goodbye to the server, which may be past hearing it.
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    await self._stack.__aexit__(*raised)
        finally:
            await asyncio.gather(self._relay, return_exceptions=True)

    async def _pass_on(
        self,
        received: Incoming,
        to_session: MemoryObjectSendStream[SessionMessage | Exception],
        outgoing: Outgoing,
    ) -> None:
        import anyio

        pace, inlet = Pace(), Inlet(to_session, outgoing)
        with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
            async with received, to_session, outgoing:
                async for item in received:
                    await pace.step()
                    if isinstance(item, Exception):
                        self._on_end("it answered with something that is not MCP")
                        return
                    await inlet.put(item.message)
                self._on_end("the connection was closed")

    def _client(self) -> httpx.AsyncClient:
        """Reading the certificates takes a tenth of a second: made in a thread."""
        import httpx

        headers = {name: value.get_secret_value() for name, value in self._server.headers.items()}
        return httpx.AsyncClient(
            headers={"User-Agent": f"vtai/{__version__}", **headers},
            # Whoever calls waits for answers with a time-out of its own.
            timeout=httpx.Timeout(None, connect=_CONNECT_S, write=_WRITE_S, pool=_CONNECT_S),
            mounts={"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None},
            follow_redirects=False,
            event_hooks={"response": [_watching(self._on_end, self._on_doubt)]},
        )


def _watching(
    on_end: Callable[[str], None], on_doubt: Callable[[], None]
) -> Callable[[httpx.Response], Awaitable[None]]:
    """A hook that counts what a response brings, and notices when it breaks off."""
    import httpx

    class Watched(httpx.AsyncByteStream):
        def __init__(self, stream: httpx.AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            rest = _MAX_RESPONSE_BYTES
            try:
                async for chunk in self._stream:
                    rest -= len(chunk)
                    if rest < 0:
                        on_end(f"it sent more than {_MAX_RESPONSE_BYTES >> 20} MB in one response")
                        raise httpx.ReadError("The response is too long.")
                    yield chunk
            except httpx.TransportError:
                on_doubt()
                raise

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def watch(response: httpx.Response) -> None:
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = Watched(response.stream)

    return watch
