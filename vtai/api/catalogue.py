"""Which models there are and which routes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, get_args

from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.reading import Query, Result
from vtai.core.turn import Capability

if TYPE_CHECKING:
    from vtai.core.ports import Model
    from vtai.wiring import App

_CAPABILITIES: tuple[Capability, ...] = get_args(Capability)


class ModelShown(Result):
    name: str
    id: str
    """What its vendor calls it."""
    vendor: str
    capabilities: list[Capability]
    context_tokens: int
    max_output_tokens: int | None
    input_price: float | None
    """US dollars a million tokens."""
    output_price: float | None
    is_embedded: bool
    """Packaged: answers without a key."""
    is_available: bool
    """Could answer now: the vendor's key is set."""
    default_for: list[Capability]
    """What it does where no model is named."""
    aliases: list[str]
    notice: str | None = None
    """What became of the name that was asked for."""


class Models(Result):
    items: list[ModelShown]


class WhichModels(Query):
    available: bool = False
    """Only those that could answer now."""
    capability: Capability | None = None
    """Only those that can do this."""


class RouteShown(Result):
    name: str
    label: str
    description: str
    examples: list[str]


class Routes(Result):
    items: list[RouteShown]


class Listed:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        return (
            Endpoint("GET", "/models", "read", "The models.", self.models, Models, query=WhichModels),
            Endpoint("GET", "/models/{name:path}", "read", "One model.", self.model, ModelShown),
            Endpoint("GET", "/routes", "read", "Where messages can go.", self.routes, Routes),
        )

    async def models(self, call: Call[None, WhichModels]) -> Answer:
        wanted = call.query.capability
        shown = [
            self._shown(model) for model in self._app.catalogue.models if wanted is None or model.can(wanted)
        ]
        return Models(items=[each for each in shown if each.is_available or not call.query.available])

    async def model(self, call: Call[None, None]) -> Answer:
        name = call.part("name")
        notice = self._app.catalogue.notice(name)
        return self._shown(self._app.catalogue.resolve(name)).model_copy(update={"notice": notice})

    async def routes(self, _: Call[None, None]) -> Answer:
        return Routes(
            items=[
                RouteShown(
                    name=route.name,
                    label=route.label,
                    description=route.description,
                    examples=list(route.examples),
                )
                for route in self._app.chat.routes
            ]
        )

    def _shown(self, model: Model) -> ModelShown:
        catalogue, wanted = self._app.catalogue, self._app.preferences.models
        chosen = {each: catalogue.available(each) for each in _CAPABILITIES}
        return ModelShown(
            name=model.name,
            id=model.id,
            vendor=model.vendor,
            capabilities=sorted(model.capabilities),
            context_tokens=model.context_tokens,
            max_output_tokens=model.max_output_tokens,
            input_price=model.input_price,
            output_price=model.output_price,
            is_embedded=model.is_embedded,
            is_available=any(model in able for able in chosen.values()),
            default_for=[
                each
                for each, able in chosen.items()
                if (wanted[each] in {model.name, model.id} if each in wanted else able[:1] == [model])
            ],
            aliases=list(catalogue.aliases(model)),
        )
