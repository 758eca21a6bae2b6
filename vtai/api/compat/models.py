"""`/models`: what can be named as the model of a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, get_args

from vtai.api import answers
from vtai.api.compat.routed import AUTO
from vtai.core.errors import UnknownName
from vtai.core.turn import Capability

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from vtai.core.people import Caller
    from vtai.core.ports import Model
    from vtai.wiring import App

_OURS: Final = "vtai"
# Conversations by voice have a protocol of their own.
_ELSEWHERE: Final[frozenset[Capability]] = frozenset({"realtime"})


class Models:
    """What there is now: each route, and the models whose keys are set."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def listed(self, _: Request, __: Caller) -> Response:
        return answers.told({"object": "list", "data": [*self._routes(), *map(_shown, self._models())]})

    async def one(self, request: Request, _: Caller) -> Response:
        """One of them, by any of its names. Raises UnknownName."""
        name = str(request.path_params["id"])
        if (route := next((one for one in self._routes() if one["id"] == name), None)) is not None:
            return answers.told(route)
        model = self._app.services.catalogue.resolve(name)
        if model not in self._models():
            raise UnknownName(
                f"There is no key for {model.name}.", "GET /v1/models lists what can be used now."
            )
        return answers.told(_shown(model))

    def _routes(self) -> Iterator[dict[str, Any]]:
        yield _entry(AUTO, _OURS, {"description": "Each message finds its route."})
        for route in self._app.chat.routes:
            yield _entry(f"{AUTO}/{route.name}", _OURS, {"description": route.description})

    def _models(self) -> list[Model]:
        catalogue = self._app.services.catalogue
        capabilities: list[Capability] = [each for each in get_args(Capability) if each not in _ELSEWHERE]
        every = [model for each in capabilities for model in catalogue.available(each)]
        return list({model.name: model for model in every}.values())


def _shown(model: Model) -> dict[str, Any]:
    about = {
        "vendor": model.vendor,
        "vendor_id": model.id,
        "capabilities": sorted(model.capabilities),
        "context_tokens": model.context_tokens,
    }
    return _entry(model.name, model.vendor, about)


def _entry(name: str, owner: str, about: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": owner, "vtai": about}
