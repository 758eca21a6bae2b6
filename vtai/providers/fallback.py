"""Lets the next model answer when one cannot: a wrapper with the port of what it wraps."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from vtai.core.errors import BadRequest, ContentRefused, NotConfigured, ProviderError, UnknownName
from vtai.core.events import Notice
from vtai.core.ports import Catalogue, Model, ModelClient, ModelEvent, ModelRequest
from vtai.core.turn import Capability

# Another model would be asked for what this one refused, or would get the same faulty request.
_STAYS = (BadRequest, ContentRefused)


class FallbackModels:
    """Goes through `names` when the chosen model fails before its first piece, and says so."""

    def __init__(self, inner: ModelClient, catalogue: Catalogue, names: Sequence[str]) -> None:
        self._inner = inner
        self._catalogue = catalogue
        self._names = tuple(names)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer of the first model that gives one. Raises what the chosen model failed with."""
        models = [request.model, *self._others(request)]
        first: ProviderError | None = None
        for model, following in zip(models, [*models[1:], None], strict=True):
            has_answer = False
            try:
                async with aclosing(self._inner.stream(replace(request, model=model))) as pieces:
                    async for piece in pieces:
                        has_answer = has_answer or not isinstance(piece, Notice)
                        yield piece
            except ProviderError as error:
                first = first or error
                if has_answer:
                    raise
                if isinstance(error, _STAYS) or following is None:
                    raise first from error
                message = error.message
            else:
                return
            yield Notice("fallback", f"{message} {following.name} answers instead.")

    def _others(self, request: ModelRequest) -> list[Model]:
        """The further models that are able to take this request, in order."""
        others: list[Model] = []
        for name in self._names:
            model = self._able(name, request)
            if model is not None and (model.vendor, model.id) != (request.model.vendor, request.model.id):
                others.append(model)
        return others

    def _able(self, name: str, request: ModelRequest) -> Model | None:
        """The named model, unless it lacks what the request needs."""
        try:
            named = self._catalogue.resolve(name)
            for capability in _needed(request):
                model = self._catalogue.choose(capability, named.name)
                if (model.vendor, model.id) != (named.vendor, named.id):
                    return None
        except (UnknownName, NotConfigured):
            return None
        return named


def _needed(request: ModelRequest) -> set[Capability]:
    """What a model must be able to do to take over."""
    needed: set[Capability] = {"chat"}
    if request.tools:
        needed.add("tools")
    if any(m.image_urls or any(a.kind == "image" for a in m.attachments) for m in request.messages[-1:]):
        needed.add("vision")
    if any(a.kind in {"audio", "video"} for m in request.messages[-1:] for a in m.attachments):
        needed.add("audio")
    return needed
