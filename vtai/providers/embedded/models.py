"""The packaged language model behind the `ModelClient` port: a line, a fitted conversation, a stream.

Answering this way loads no vendor's SDK.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from vtai.core.errors import NotReady, ProviderError, StreamCut, Unreachable
from vtai.core.events import Notice, Usage
from vtai.core.ports import Model, ModelEvent, ModelRequest
from vtai.providers.embedded.fitting import fit
from vtai.providers.embedded.line import Line, Place
from vtai.providers.embedded.server import CONTEXT_TOKENS
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.http_client import HttpClient
from vtai.providers.openai_wire import OpenAIWire

NOTICE = (
    "Answered by the small built-in model, which is often wrong. "
    "Add a key for better answers: vtai --api-key openai=..."
)


_COUNT_TIMEOUT_S = 10.0


class Server(Protocol):
    """A process that holds the model."""

    def start(self) -> None: ...

    async def endpoint(self, failed: Endpoint | None = None) -> Endpoint:
        """Where it answers, once it does; not `failed`, which is gone. Raises NotConfigured or NotReady."""
        ...

    async def aclose(self) -> None: ...


class EmbeddedModels:
    """Answers with the packaged model. `slots` answers are written at once, `max_waiting` turns may wait."""

    def __init__(
        self, server: Server, *, slots: int = 2, max_waiting: int = 32, timeouts: Timeouts | None = None
    ) -> None:
        self._server = server
        self._line = Line(slots, max_waiting)
        self._http = HttpClient()
        self._wire = OpenAIWire(self._endpoint_for, timeouts, self._http)
        self._endpoint: Endpoint | None = None

    async def warm(self) -> None:
        """Returns once the model can answer. Raises NotConfigured or NotReady."""
        await self._server.endpoint()
        await self._http.get()

    async def aclose(self) -> None:
        """Ends the model's process; answers under way break off."""
        await self._http.aclose()
        await self._server.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer in pieces, after notices of the place in the line and of what answers.

        Raises Busy, ContextTooLong, NotConfigured, NotReady, or StreamCut when the process dies meanwhile.
        """
        with self._line.join() as place:
            fitted = await self._fitted(request)
            async with aclosing(_waited(place)) as notices:
                async for notice in notices:
                    yield notice
            self._endpoint = await self._server.endpoint()  # it may have been started again meanwhile
            yield Notice("embedded", NOTICE)
            async with aclosing(self._wire.stream(fitted)) as pieces:
                try:
                    async for piece in pieces:
                        yield replace(piece, cost_usd=0.0) if isinstance(piece, Usage) else piece
                except ProviderError as error:
                    raise _explained(error) from error

    def _endpoint_for(self, _model: Model) -> Endpoint:
        return self._known()

    def _known(self) -> Endpoint:
        if self._endpoint is None:
            raise _just_stopped()
        return self._endpoint

    async def _fitted(self, request: ModelRequest) -> ModelRequest:
        self._endpoint = await self._server.endpoint()
        messages, max_tokens = await fit(
            request.messages, CONTEXT_TOKENS, request.max_tokens, self._count_tokens
        )
        return replace(request, messages=messages, max_tokens=max_tokens, tools=(), effort=None)

    async def _count_tokens(self, text: str) -> int:
        """By the model's own tokenizer. A process that has just died is waited for once."""
        import httpx

        endpoint = self._known()
        try:
            return await self._count_at(endpoint, text)
        except httpx.TransportError:
            self._endpoint = await self._server.endpoint(failed=endpoint)
        try:
            return await self._count_at(self._endpoint, text)
        except httpx.TransportError as error:
            raise _just_stopped() from error

    async def _count_at(self, endpoint: Endpoint, text: str) -> int:
        client = await self._http.get()
        url = (endpoint.base_url or "").removesuffix("/v1") + "/tokenize"
        key = endpoint.key.get_secret_value() if endpoint.key else ""
        answer = await client.post(
            url,
            json={"content": text},
            headers={"Authorization": f"Bearer {key}"},
            timeout=_COUNT_TIMEOUT_S,
        )
        return len(answer.json()["tokens"])


async def _waited(place: Place) -> AsyncGenerator[Notice, None]:
    """Ends when it is this turn's time; says the place in the line first, and whenever it changes."""
    told = 0
    while ahead := place.ahead:
        if ahead != told:
            told = ahead
            are = "answer is" if ahead == 1 else "answers are"
            yield Notice("queue", f"{ahead} {are} ahead of yours.")
        await place.next_move()


def _explained(error: ProviderError) -> ProviderError | NotReady:
    """The wire's words about a vendor as words about a part of VT.ai."""
    if isinstance(error, StreamCut):
        return StreamCut(
            "The built-in model stopped in the middle of its answer.",
            "It is being started again; send the message again in a moment.",
        )
    return _just_stopped() if isinstance(error, Unreachable) else error


def _just_stopped() -> NotReady:
    return NotReady(
        "The built-in model has just stopped and is being started again.",
        "Send the message again in a moment.",
    )
