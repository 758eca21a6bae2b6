"""One answer as OpenAI's clients read it: whole, or in chunks over server-sent events."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from vtai.api import answers
from vtai.api.compat import failures
from vtai.api.compat.feeding import Feed, Pouring

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from starlette.responses import Response

    from vtai.api.compat.asked import Asked
    from vtai.api.compat.direct import Direct
    from vtai.api.compat.writing import Delta, Writing
    from vtai.core.events import Event

# Headers go out after so long without a piece, and a sign of life each time again.
PATIENCE_S: Final = 15.0
_SIGN_OF_LIFE: Final = b": still working\n\n"


class Answer:
    """The answer to one request. `direct` knows the calls of tools in it, if a model was called by name."""

    def __init__(
        self,
        asked: Asked,
        events: AsyncGenerator[Event, None],
        writing: Writing,
        direct: Direct | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._asked = asked
        self._feed = Feed(events)
        self._writing = writing
        self._direct = direct
        self._patience_s = patience_s
        self._head = {
            "id": f"chatcmpl-{secrets.token_hex(16)}",
            "created": int(time.time()),
            "model": asked.model,
        }

    @property
    def route(self) -> str | None:
        return self._writing.decision.route if self._writing.decision is not None else None

    async def aclose(self) -> None:
        """Ends the answer, and with it the vendor's connection."""
        await self._feed.aclose()

    async def whole(self) -> Response:
        """All of it. Raises what the reply ended in."""
        async with aclosing(self._deltas(None)) as deltas:
            async for _ in deltas:
                pass
        writing = self._writing
        if writing.failed is not None:
            raise failures.of_event(writing.failed)
        message: dict[str, Any] = {"role": "assistant", "content": writing.text, "refusal": None}
        if writing.thinking:
            message["reasoning_content"] = writing.thinking
        if writing.calls:
            message |= {"content": writing.text or None, "tool_calls": writing.calls}
        message["annotations"] = writing.annotations
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": writing.finish_reason}
        body = {**self._head, "object": "chat.completion", "choices": [choice], "usage": writing.usage}
        told = {**body, "vtai": {**writing.routed, **writing.told}}
        return answers.told(told, headers={**answers.UNSTORED, **self._headers()})

    async def streamed(self, close: Callable[[], Awaitable[None]]) -> Response:
        """The answer as it comes, from its first piece on. Raises what ended the reply before that."""
        deltas = self._deltas(self._patience_s)
        first = await anext(deltas, None)
        if self._writing.failed is not None:
            raise failures.of_event(self._writing.failed)
        return Pouring(self._chunks(first, deltas), "text/event-stream", self._headers(), close)

    async def _deltas(self, patience_s: float | None) -> AsyncGenerator[Delta | None, None]:
        """What is added to the message, piece by piece; None where nothing came for a while."""
        writing = self._writing
        while not writing.is_over:
            try:
                event = await self._feed.next(patience_s)
            except TimeoutError:
                yield None
                continue
            if event is None:
                break
            if delta := await writing.take(event):
                yield delta
        await self._feed.aclose()
        if writing.failed is None:
            if delta := writing.finish():
                yield delta
            for delta in writing.called(self._direct.calls if self._direct is not None else ()):
                yield delta

    async def _chunks(
        self, first: Delta | None, deltas: AsyncGenerator[Delta | None, None]
    ) -> AsyncGenerator[bytes, None]:
        writing = self._writing
        yield self._chunk({"role": "assistant", "content": ""}, vtai=writing.routed)
        yield self._chunk(first) if first else _SIGN_OF_LIFE
        async with aclosing(deltas):
            async for delta in deltas:
                yield self._chunk(delta) if delta else _SIGN_OF_LIFE
        if writing.failed is not None:
            yield _event(failures.body(failures.of_event(writing.failed)))
            return
        annotations = {"annotations": found} if (found := writing.annotations) else {}
        yield self._chunk(annotations, writing.finish_reason, {**writing.routed, **writing.told})
        if self._counts:
            yield _event({**self._head, **_KIND, "choices": [], "usage": writing.usage})
        yield b"data: [DONE]\n\n"

    def _chunk(
        self, delta: Delta, finish_reason: str | None = None, vtai: dict[str, Any] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        chunk = {**self._head, **_KIND, "choices": [choice]}
        if self._counts:
            chunk["usage"] = None
        return _event({**chunk, "vtai": vtai} if vtai else chunk)

    @property
    def _counts(self) -> bool:
        options = self._asked.stream_options
        return options is not None and options.include_usage

    def _headers(self) -> dict[str, str]:
        headers = {"x-request-id": str(self._head["id"])}
        if self.route is not None:
            headers["x-vtai-route"] = self.route.encode("ascii", "replace").decode()
        return headers


_KIND: Final = {"object": "chat.completion.chunk"}


def _event(content: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"
