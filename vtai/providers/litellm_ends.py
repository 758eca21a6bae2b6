"""Sees in the raw bytes whether a vendor ended its answer, where LiteLLM does not tell.

LiteLLM lets the caller bring the HTTP client. Ours notes on each response whether the vendor's mark of an
end came.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


class StreamEnds:
    """Makes one watch a request. All of them share one HTTP client."""

    def __init__(self) -> None:
        # Which request a response belongs to: LiteLLM's calls run in the context of whoever awaits them.
        self._current: ContextVar[Watch | None] = ContextVar("watch", default=None)
        self._handler: Any = None

    def watch(self, mark: str | None) -> Watch:
        return Watch(self, self._current, mark)

    def handler(self) -> Any:
        """LiteLLM's kind of HTTP client, with our eye on its responses."""
        if self._handler is None:
            from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

            self._handler = AsyncHTTPHandler(event_hooks={"response": [self._see]})
        return self._handler

    async def aclose(self) -> None:
        if self._handler is not None:
            await self._handler.close()

    async def _see(self, response: httpx.Response) -> None:
        watch = self._current.get()
        # What is compressed cannot be read on the way.
        if watch is not None and response.status_code == 200 and "content-encoding" not in response.headers:
            response.stream = _seeing_stream(response.stream, watch)


class Watch:
    """The watch of one request. Enter it around every wait for LiteLLM."""

    def __init__(self, ends: StreamEnds, current: ContextVar[Watch | None], mark: str | None) -> None:
        self._ends = ends
        self._current = current
        self._mark = mark.encode() if mark else b""
        self._tail = b""
        self._token: Token[Watch | None] | None = None
        self._is_seeing = False
        self._has_seen_end = False

    @property
    def saw_no_end(self) -> bool:
        """True where the whole answer was seen and its end was not in it."""
        return self._is_seeing and not self._has_seen_end

    def arguments(self) -> dict[str, Any]:
        """What to add to LiteLLM's arguments."""
        if not self._mark:
            return {}
        return {"client": self._ends.handler(), "extra_headers": {"Accept-Encoding": "identity"}}

    def see(self, data: bytes) -> None:
        self._is_seeing = True
        # The mark may be split between two reads.
        seen = self._tail + data
        self._has_seen_end = self._has_seen_end or self._mark in seen
        self._tail = seen[-len(self._mark) :]

    async def __aenter__(self) -> None:
        self._token = self._current.set(self if self._mark else None)

    async def __aexit__(self, *_: object) -> None:
        if self._token is not None:
            self._current.reset(self._token)


def _seeing_stream(stream: Any, watch: Watch) -> httpx.AsyncByteStream:
    """The same stream, shown to the watch on its way."""
    import httpx

    class Seeing(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for data in stream:
                watch.see(data)
                yield data

        async def aclose(self) -> None:
            await stream.aclose()

    return Seeing()
