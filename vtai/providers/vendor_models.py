"""Every language model behind one `ModelClient`: picks the wire, checks the key, counts the cost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol, assert_never

from vtai.core.conversation import estimated_tokens
from vtai.core.errors import NotConfigured, ProviderError
from vtai.core.events import (
    FileReady,
    Notice,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.ports import Cited, Model, ModelClient, ModelEvent, ModelRequest, ToolCallReady
from vtai.providers import hosted_tools
from vtai.providers.endpoint import Endpoint, Wire
from vtai.providers.error_sentences import explained
from vtai.providers.model_file import VendorEntry

logger = logging.getLogger(__name__)

_CHARACTERS_PER_TOKEN = 4


class Vendors(Protocol):
    """What is asked of the catalogue."""

    @property
    def vendors(self) -> Mapping[str, VendorEntry]: ...

    def endpoint(self, model: Model) -> Endpoint: ...


class VendorModels:
    """Sends each request over the wire of its model's vendor.

    `on_left` takes the estimated usage of an answer left in the middle, when nobody reads its events.
    """

    def __init__(
        self,
        wires: Mapping[Wire, ModelClient],
        catalogue: Vendors,
        on_left: Callable[[Usage], None] | None = None,
    ) -> None:
        self._wires = wires
        self._catalogue = catalogue
        self._on_left = on_left or _log_left

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer in pieces; usage last, counted by us where the vendor sends none.

        Raises MissingKey before anything is sent, and ProviderError as the wires do.
        """
        model = request.model
        vendor, endpoint = self._catalogue.vendors[model.vendor], self._catalogue.endpoint(model)
        if vendor.asks_for_key and endpoint.key is None:
            raise explained("missing key", endpoint, model)
        if request.searches and (unable := _no_search(model, endpoint)):
            yield Notice("search", unable)
            request = replace(request, searches=False)
        request, unable = hosted_tools.usable(request, endpoint)
        if unable:
            yield Notice("hosted", unable)
        request, wire = self._fitted(request, vendor, endpoint)
        count = Count(request)
        async with aclosing(wire.stream(request)) as pieces:
            try:
                async for piece in pieces:
                    if isinstance(piece, Usage):
                        count.told = piece
                    else:
                        count.add(piece)
                        yield piece
            except ProviderError:
                if count.has_output:
                    yield count.usage()
                raise
            except (GeneratorExit, asyncio.CancelledError):
                self._on_left(count.usage())
                raise
        yield count.usage()

    def _fitted(
        self, request: ModelRequest, vendor: VendorEntry, endpoint: Endpoint
    ) -> tuple[ModelRequest, ModelClient]:
        wire = vendor.wire
        # What searches, or runs tools at the vendor, goes to an end point that takes our tools as well.
        is_chat = not request.hosted and (not request.searches or endpoint.searches_at == "chat")
        if request.tools and vendor.tools_wire is not None and is_chat:
            if endpoint.has_own_url:
                # A gateway speaks plain chat only, where tools and reasoning do not go together.
                request = replace(request, effort=None)
            else:
                wire = vendor.tools_wire
        if wire not in self._wires:
            raise NotConfigured(
                f"{request.model.name} is not available here.", "Choose another model: `vtai models`."
            )
        return request, self._wires[wire]


def _no_search(model: Model, endpoint: Endpoint) -> str | None:
    """Why a model is not asked to search the web by itself; None where it is."""
    if not model.has_search or not endpoint.search_body:
        return f"{model.name} does not search by itself; this answer has no web pages."
    if endpoint.has_own_url and endpoint.searches_at == "responses":
        # A gateway speaks plain chat only.
        return f"{model.name} does not search by itself at {endpoint.host}; this answer has no web pages."
    return None


def _log_left(usage: Usage) -> None:
    logger.info("answer left model=%s tokens=%s/%s", usage.model, usage.input_tokens, usage.output_tokens)


class Count:
    """What one answer takes, as far as it has come."""

    def __init__(self, request: ModelRequest) -> None:
        self.told: Usage | None = None
        self._model = request.model
        self._messages = request.messages
        self._characters = 0

    @property
    def has_output(self) -> bool:
        return self._characters > 0

    def add(self, piece: ModelEvent) -> None:
        match piece:
            case TextDelta(text) | ThinkingDelta(text):
                self._characters += len(text)
            case ToolCallReady(call):
                self._characters += len(call.name) + len(call.arguments)
            case ToolStarted(arguments=code):
                self._characters += len(code)
            case Cited() | Notice() | Usage() | ToolProgress() | ToolFinished() | FileReady():
                pass
            case _:
                assert_never(piece)

    def usage(self) -> Usage:
        """The vendor's count, or an estimate of ours; with the cost where a price is known."""
        usage = self.told or Usage(
            self._model.id,
            sum(estimated_tokens(message) for message in self._messages),
            -(-self._characters // _CHARACTERS_PER_TOKEN),
            is_estimated=True,
        )
        return replace(usage, cost_usd=cost_usd(self._model, usage)) if usage.cost_usd is None else usage


def cost_usd(model: Model, usage: Usage) -> float | None:
    """What the tokens cost by the catalogue's prices; None where one is missing."""
    if model.input_price is None or model.output_price is None:
        return None
    return (usage.input_tokens * model.input_price + usage.output_tokens * model.output_price) / 1_000_000
