"""Texts as vectors: `/embeddings` of any OpenAI-shaped URL over httpx, LiteLLM for the other vendors."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from vtai.core.conversation import estimated_tokens
from vtai.core.errors import NotConfigured
from vtai.core.events import Usage
from vtai.core.messages import Message
from vtai.core.ports import Embedded, EmbeddingRequest
from vtai.providers.endpoint import Timeouts
from vtai.providers.error_answers import from_answer, read
from vtai.providers.error_sentences import explained
from vtai.providers.litellm_errors import foreign_errors, translated

if TYPE_CHECKING:
    import httpx

    from vtai.core.ports import Model
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.http_client import HttpClient
    from vtai.providers.litellm_library import LiteLLMLibrary
    from vtai.providers.vendor_models import Vendors

# 2,048 vectors of 3,072 numbers, written out.
_MAX_BYTES: Final = 192 * 1024 * 1024
_SPARE_S: Final = 5.0


class VendorEmbeddings:
    """The `EmbeddingModel` port over the vendors of the catalogue."""

    def __init__(
        self, catalogue: Vendors, timeouts: Timeouts, http: HttpClient, library: LiteLLMLibrary
    ) -> None:
        self._catalogue = catalogue
        self._timeouts = timeouts
        self._http = http
        self._library = library

    async def embed(self, request: EmbeddingRequest) -> Embedded:
        """The vectors, in the order of the texts. Raises ProviderError, or NotConfigured."""
        model = request.model
        vendor, endpoint = self._catalogue.vendors[model.vendor], self._catalogue.endpoint(model)
        if vendor.asks_for_key and endpoint.key is None:
            raise explained("missing key", endpoint, model)
        match vendor.wire:
            case "openai":
                told = await self._posted(request, endpoint)
            case "litellm":
                told = await self._called(request, endpoint)
            case _:
                raise NotConfigured(
                    f"{model.name} cannot turn texts into vectors.", "Choose another model: `vtai models`."
                )
        vectors = await asyncio.to_thread(_vectors, told, len(request.texts))
        if vectors is None:
            raise explained("down", endpoint, model)
        return Embedded(vectors, _usage(told, request))

    async def _posted(self, request: EmbeddingRequest, endpoint: Endpoint) -> object:
        """What an OpenAI-shaped URL answers."""
        import httpx

        model = request.model
        url = f"{(endpoint.base_url or '').rstrip('/')}/embeddings"
        headers = {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"} if endpoint.key else {}
        body = {"model": model.id, "input": list(request.texts), **_fields(request, endpoint)}
        client = await self._http.get()
        try:
            async with (
                asyncio.timeout(self._timeouts.first_token_s),
                client.stream("POST", url, headers=headers, json=body) as response,
            ):
                data = await _read(response)
        except TimeoutError as error:
            raise explained("timed out", endpoint, model) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise explained("unreachable", endpoint, model) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise explained("cut", endpoint, model) from error
        if not response.is_success:
            raise from_answer(read(response.status_code, data, response.headers), endpoint, model)
        try:
            return await asyncio.to_thread(json.loads, data)
        except ValueError as error:
            raise explained("down", endpoint, model) from error

    async def _called(self, request: EmbeddingRequest, endpoint: Endpoint) -> object:
        """What LiteLLM gives."""
        litellm = await self._library.get()
        call = litellm.aembedding(
            model=endpoint.litellm_model,
            input=list(request.texts),
            api_key=endpoint.key.get_secret_value() if endpoint.key else None,
            api_base=endpoint.base_url,
            timeout=self._timeouts.first_token_s,
            max_retries=0,
            # Otherwise it would be left out in silence where LiteLLM does not know the model.
            allowed_openai_params=["dimensions"],
            **_fields(request, endpoint),
        )
        try:
            async with asyncio.timeout(self._timeouts.first_token_s + _SPARE_S):
                answer = await call
        except TimeoutError as error:
            raise explained("timed out", endpoint, request.model) from error
        except foreign_errors() as error:
            raise translated(error, endpoint, request.model, has_output=False) from error
        return answer.model_dump()


def _fields(request: EmbeddingRequest, endpoint: Endpoint) -> dict[str, Any]:
    """What is asked beside the texts, without what the model refuses."""
    wanted = {"dimensions": request.dimensions} if request.dimensions is not None else {}
    fields = wanted | dict(endpoint.extra_body)
    return {name: value for name, value in fields.items() if name not in request.model.rejects}


async def _read(response: httpx.Response) -> bytes:
    """The body, as far as it has a length that makes sense; what is cut is no JSON any more."""
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > _MAX_BYTES:
            break
    return bytes(data)


def _vectors(told: object, count: int) -> tuple[tuple[float, ...], ...] | None:
    """The vectors in the order of their texts; None where the answer makes no sense."""
    data = told.get("data") if isinstance(told, Mapping) else None
    found: dict[object, tuple[float, ...]] = {}
    for place, item in enumerate(data if isinstance(data, list) else ()):
        if not isinstance(item, Mapping) or (vector := _vector(item.get("embedding"))) is None:
            return None
        found[item.get("index", place)] = vector
    return tuple(found[place] for place in range(count)) if found.keys() == set(range(count)) else None


def _vector(told: object) -> tuple[float, ...] | None:
    if not isinstance(told, list) or not told:
        return None
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in told):
        return None
    return tuple(map(float, told))


def _usage(told: object, request: EmbeddingRequest) -> Usage:
    """The vendor's count, or an estimate of ours."""
    usage = told.get("usage") if isinstance(told, Mapping) else None
    tokens = usage.get("prompt_tokens") if isinstance(usage, Mapping) else None
    if isinstance(tokens, int) and tokens > 0:
        return Usage(request.model.id, tokens, 0, _cost_usd(request.model, tokens))
    estimated = sum(estimated_tokens(Message("user", text)) for text in request.texts)
    return Usage(request.model.id, estimated, 0, _cost_usd(request.model, estimated), is_estimated=True)


def _cost_usd(model: Model, tokens: int) -> float | None:
    return None if model.input_price is None else tokens * model.input_price / 1_000_000
