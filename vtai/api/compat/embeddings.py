"""`/embeddings`: texts as vectors."""

from __future__ import annotations

import asyncio
import base64
import sys
from array import array
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from vtai.api import answers
from vtai.api.compat import bodies, named, routed, whole
from vtai.api.compat.bodies import Sent, Text
from vtai.api.compat.failures import WrongField
from vtai.api.compat.feeding import unless_left
from vtai.core.errors import NotConfigured
from vtai.core.ports import EmbeddingRequest
from vtai.core.routes import Decision, Route

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from vtai.core.people import Caller
    from vtai.core.ports import Embedded, EmbeddingModel, Services, Stream
    from vtai.core.turn import Turn
    from vtai.wiring import App

ROUTE: Final = Route("embedding", "Embedding", "Texts as vectors.")
_MOST_TEXTS: Final = 2_048
_MOST_BODY_BYTES: Final = 16_000_000


class Asked(Sent):
    """What is asked for."""

    model: Text = Field(min_length=1, max_length=300)
    input: Text | list[Text] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1, le=65_536)

    @property
    def texts(self) -> tuple[str, ...]:
        """Raises WrongField for tokens, for nothing, and for too much."""
        given = [self.input] if isinstance(self.input, str) else self.input
        texts = tuple(text for text in given if isinstance(text, str))
        if len(texts) < len(given):
            hint = "Send texts (with LangChain: check_embedding_ctx_length=False)."
            raise WrongField("Texts are taken, and no tokens.", hint, "input")
        if not texts or not all(texts):
            raise WrongField("A text is empty.", "Send at least one character in each.", "input")
        if len(texts) > _MOST_TEXTS:
            raise WrongField(f"{len(texts):,} texts are too many.", f"Send at most {_MOST_TEXTS:,}.", "input")
        return texts


class Embeddings:
    """Gives vectors of the model that is named, or of the first whose key is set."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, request: Request, caller: Caller) -> Response:
        asked = await bodies.read(request, Asked, _MOST_BODY_BYTES)
        texts = asked.texts
        if self._app.embeddings is None:
            raise NotConfigured(
                "No model is set up that can turn texts into vectors.", "Set up a vendor's key."
            )
        wanted = named.wanted(self._app.services.catalogue, asked.model, "embedding")
        work = _Embedding(self._app.embeddings, texts, wanted, asked.dimensions)
        turn = replace(routed.turn_for(caller), text="\n".join(texts), route=ROUTE.name)
        await unless_left(request, whole.events(self._app.chat.only(work).reply(turn)))
        return answers.told(await asyncio.to_thread(_told, asked, work.embedded))


class _Embedding:
    """The work, in the shape of a handler. `embedded` is what came of it."""

    route = ROUTE

    def __init__(
        self, model: EmbeddingModel, texts: tuple[str, ...], wanted: str | None, dimensions: int | None
    ) -> None:
        self._model = model
        self._texts = texts
        self._wanted = wanted
        self._dimensions = dimensions
        self._embedded: Embedded | None = None

    @property
    def embedded(self) -> Embedded:
        if self._embedded is None:
            raise RuntimeError("nothing was embedded")
        return self._embedded

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> Stream:
        model = services.catalogue.choose("embedding", self._wanted)
        request = EmbeddingRequest(model, self._texts, self._dimensions, turn.person)
        self._embedded = await self._model.embed(request)
        yield self._embedded.usage


def _told(asked: Asked, embedded: Embedded) -> dict[str, Any]:
    is_encoded = asked.encoding_format == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _encoded(vector) if is_encoded else vector}
        for index, vector in enumerate(embedded.vectors)
    ]
    tokens = embedded.usage.input_tokens
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": embedded.usage.model, "usage": usage}


def _encoded(vector: tuple[float, ...]) -> str:
    """Little-endian numbers of four bytes."""
    numbers = array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return base64.b64encode(numbers.tobytes()).decode()
