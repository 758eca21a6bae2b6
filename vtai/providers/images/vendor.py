"""Models that make pictures, behind the `ImageModel` port: over an OpenAI-shaped URL, or LiteLLM."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from vtai.core.errors import VTError
from vtai.core.events import FileReady, Notice, PicturePreview, Usage
from vtai.providers.error_sentences import explained
from vtai.providers.http_client import HttpClient
from vtai.providers.images import inputs, planning
from vtai.providers.images.answers import Made, Partial, nothing_came, preview, read_picture
from vtai.providers.images.cost import Cost
from vtai.providers.images.finish import finished
from vtai.providers.images.litellm_pictures import LiteLLMPictures
from vtai.providers.images.rejections import Rejected
from vtai.providers.images.side_by_side import side_by_side
from vtai.providers.images.wire import Waits, WirePictures
from vtai.providers.litellm_library import LiteLLMLibrary

if TYPE_CHECKING:
    from vtai.core.ports import Fetcher, ImageRequest, Model, Pictures
    from vtai.providers.endpoint import Endpoint, Timeouts
    from vtai.providers.images.abilities import Abilities
    from vtai.providers.images.planning import Plan

# How often a model that refused an option is asked again without it.
_MAX_REJECTIONS = 2

Making = AsyncGenerator[PicturePreview | FileReady | Notice | Usage, None]


class ImageVendors(inputs.Known, Protocol):
    """What is asked of the catalogue."""

    def endpoint(self, model: Model) -> Endpoint: ...


class PictureWire(Protocol):
    """A wire that makes pictures."""

    def make(
        self, request: ImageRequest, endpoint: Endpoint, plan: Plan
    ) -> AsyncGenerator[Partial | Made, None]:
        """Previews, then one answer. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class _Order:
    """A request on its way to one vendor."""

    request: ImageRequest
    endpoint: Endpoint
    abilities: Abilities
    wire: PictureWire

    @property
    def plan(self) -> Plan:
        plan = planning.planned(self.request, self.abilities)
        if not isinstance(self.wire, WirePictures):
            return replace(plan, partial_images=0)
        # Servers of which nothing is known often answer with an address that leads nowhere from here.
        return replace(plan, asks_for_data=self.abilities.options is None)


class VendorImages:
    """Makes and changes pictures at the vendor of the model.

    Options that the model does not take are met by `converter` where that can be done, and else left out
    with a notice. `fetcher` brings pictures that a vendor only gives the address of.
    """

    def __init__(
        self,
        catalogue: ImageVendors,
        converter: Pictures,
        fetcher: Fetcher,
        timeouts: Timeouts | None = None,
        http: HttpClient | None = None,
        library: LiteLLMLibrary | None = None,
        waits: Waits | None = None,
    ) -> None:
        waits = waits or Waits()
        self._catalogue = catalogue
        self._converter = converter
        self._fetcher = fetcher
        self._http = http or (HttpClient(timeouts.connect_s) if timeouts else HttpClient())
        self._wire = WirePictures(self._http, waits)
        self._litellm = LiteLLMPictures(library or LiteLLMLibrary(), waits.making_s)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def generate(self, request: ImageRequest) -> Making:
        """Previews and pictures as they come, then what they cost.

        Raises ProviderError, NotConfigured or BadAttachment where the model cannot do what is asked.
        """
        order = await self._order(request)
        inputs.check(request, order.abilities, self._catalogue)
        order = replace(order, request=await inputs.still(request, self._converter))
        plan = order.plan
        for notice in self._notices(request, plan):
            yield notice
        for rejections_left in range(_MAX_REJECTIONS, -1, -1):
            try:
                async with aclosing(self._made(order, plan)) as events:
                    async for event in events:
                        yield event
            except Rejected as error:
                if rejections_left == 0:
                    raise
                names = error.names
            else:
                return
            was, plan = plan, plan.without(names)
            for notice in self._notices(request, plan, was):
                yield notice

    def _notices(self, request: ImageRequest, plan: Plan, was: Plan | None = None) -> Iterator[Notice]:
        """What people should know of the plan, as far as it is not what it `was` before."""
        if request.images and request.mask and not plan.has_mask and (was is None or was.has_mask):
            yield inputs.mask_left_out(request, self._catalogue)
        if was is None or was.left_out != plan.left_out:
            yield from planning.notices(plan, request)

    async def _order(self, request: ImageRequest) -> _Order:
        vendor = self._catalogue.vendors[request.model.vendor]
        endpoint = self._catalogue.endpoint(request.model)
        if vendor.asks_for_key and endpoint.key is None:
            raise explained("missing key", endpoint, request.model)
        abilities = self._catalogue.image_abilities(request.model)
        if vendor.wire == "openai":
            return _Order(request, endpoint, abilities, self._wire)
        abilities = await self._litellm.abilities(abilities, request, endpoint)
        return _Order(request, endpoint, abilities, self._litellm)

    async def _made(self, order: _Order, plan: Plan) -> Making:
        """All pictures of one plan. One that fails does not take the others with it."""
        cost, made, failures = Cost(order.request, order.abilities), 0, list[VTError]()
        streams = [self._asked(order, plan, slot) for slot in range(plan.requests)]
        async with aclosing(side_by_side(streams)) as events:
            async for _, event in events:
                match event:
                    case VTError():
                        failures.append(event)
                    case Made():
                        cost.add(event)
                    case _:
                        made += isinstance(event, FileReady)
                        yield event
        if (usage := cost.usage(made)) is not None:
            yield usage
        if failures and not made:
            raise failures[0]
        if made < plan.count:
            reason = f" {failures[0].message}" if failures else ""
            yield Notice("image-count", f"{made} of {plan.count} pictures were made.{reason}")

    async def _asked(
        self, order: _Order, plan: Plan, slot: int
    ) -> AsyncGenerator[PicturePreview | FileReady | Notice | Made, None]:
        """What one request gives; the vendor's answer, which counts what it cost, before its pictures."""
        request, endpoint = order.request, order.endpoint
        async with aclosing(order.wire.make(request, endpoint, plan)) as answers:
            async for answer in answers:
                if isinstance(answer, Partial):
                    if (shown := await preview(answer, slot)) is not None:
                        yield shown
                    continue
                yield answer
                if not answer.pictures:
                    raise nothing_came(endpoint)
                for picture in answer.pictures:
                    raw = await read_picture(picture, request, endpoint, self._http, self._fetcher)
                    for event in await finished(raw, answer, request, plan, self._converter):
                        yield event
