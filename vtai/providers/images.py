"""Models that make pictures, behind the `ImageModel` port: over an OpenAI-shaped URL, or LiteLLM."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vtai.core.events import FileReady, Notice, Usage
from vtai.core.ports import ImageRequest, Model
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.error_sentences import explained
from vtai.providers.http_client import HttpClient
from vtai.providers.image_answers import Made, pictures
from vtai.providers.images_litellm import LiteLLMPictures
from vtai.providers.images_wire import WirePictures
from vtai.providers.litellm_library import LiteLLMLibrary
from vtai.providers.model_file import VendorEntry
from vtai.providers.vendor_models import cost_usd

_MAKING_S = 240.0
# Our option to the field of the request.
_FIELDS: Mapping[str, str] = {
    "size": "size",
    "quality": "quality",
    "background": "background",
    "format": "output_format",
    "compression": "output_compression",
    "moderation": "moderation",
    "count": "n",
}


class Pictures(Protocol):
    """A wire that makes pictures."""

    async def make(self, request: ImageRequest, endpoint: Endpoint, fields: Mapping[str, Any]) -> Made:
        """Raises ProviderError."""
        ...


class ImageVendors(Protocol):
    """What is asked of the catalogue."""

    @property
    def vendors(self) -> Mapping[str, VendorEntry]: ...

    def endpoint(self, model: Model) -> Endpoint: ...

    def image_options(self, model: Model) -> frozenset[str] | None: ...


class LiteLLMImages:
    """Makes and changes pictures. Options that a model does not take are left out, with a notice."""

    def __init__(
        self,
        catalogue: ImageVendors,
        timeouts: Timeouts | None = None,
        http: HttpClient | None = None,
        library: LiteLLMLibrary | None = None,
    ) -> None:
        timeouts = timeouts or Timeouts()
        self._catalogue = catalogue
        self._http = http or HttpClient(timeouts.connect_s)
        self._wire = WirePictures(self._http, _MAKING_S)
        self._litellm = LiteLLMPictures(library or LiteLLMLibrary(), _MAKING_S, timeouts.connect_s)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def generate(self, request: ImageRequest) -> AsyncGenerator[FileReady | Notice | Usage, None]:
        """The pictures, then what they cost. Raises ProviderError."""
        vendor, endpoint = (
            self._catalogue.vendors[request.model.vendor],
            self._catalogue.endpoint(request.model),
        )
        if vendor.asks_for_key and endpoint.key is None:
            raise explained("missing key", endpoint, request.model)
        options = _chosen(request, self._catalogue.image_options(request.model))
        if options.dropped:
            left_out = ", ".join(options.dropped)
            yield Notice("image-options", f"{request.model.name} does not take {left_out}; left out.")
        wire: Pictures = self._wire if vendor.wire == "openai" else self._litellm
        made = await wire.make(request, endpoint, {**options.fields, **endpoint.extra_body})
        async for picture in pictures(made, request, endpoint, self._http):
            yield picture
        if made.input_tokens or made.output_tokens:
            usage = Usage(request.model.id, made.input_tokens, made.output_tokens)
            cost = cost_usd(request.model, usage)
            yield Usage(usage.model, usage.input_tokens, usage.output_tokens, cost)


@dataclass(frozen=True, slots=True)
class _Options:
    fields: Mapping[str, Any]
    dropped: tuple[str, ...]


def _chosen(request: ImageRequest, taken: frozenset[str] | None) -> _Options:
    """What the person set, as fields of the request, and what of it the model does not take."""
    options = request.options
    wanted = {name: value for name in _FIELDS if (value := getattr(options, name)) is not None}
    if wanted["count"] == 1:
        del wanted["count"]
    dropped = [name for name in wanted if taken is not None and name not in taken]
    if "compression" in wanted and options.format not in {"jpeg", "webp"} and "compression" not in dropped:
        dropped.append("compression")
    fields = {_FIELDS[name]: value for name, value in wanted.items() if name not in dropped}
    return _Options(fields, tuple(dropped))
