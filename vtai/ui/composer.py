"""What stands in and around the message box: starters, commands, and the pickers for model and route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vtai.core import routes
from vtai.core.ports import Catalogue, Model
from vtai.core.routes import Route
from vtai.ui.receive import AUTOMATIC, MODEL_PICKER, ROUTE_PICKER

# Label, message, icon, command.
STARTERS: tuple[tuple[str, str, str, str | None], ...] = (
    (
        "Think it through",
        "Which is heavier, a litre of ice or a litre of water? Explain why.",
        "think",
        "Think",
    ),
    ("Write something", "Write a short poem about the first day of autumn.", "write", None),
    ("Paint a picture", "A lighthouse on a cliff at dusk, watercolour.", "image", "Image"),
    ("Search the web", "What has been announced about space telescopes this month?", "search", "Search"),
    ("Write code", "Write a Python function that finds the longest palindrome in a text.", "code", None),
)

_COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("Think", "Reason before answering", "lightbulb"),
    ("Image", "Make or change a picture", "image"),
    ("Search", "Search the web and name the sources", "globe"),
    ("Research", "Search in several rounds and write a report", "telescope"),
    ("Speak", "Read the answer aloud", "volume-2"),
    ("Code", "Let the assistant use its tools", "square-terminal"),
    ("Vision", "Look at a picture", "eye"),
)

_ROUTE_ICONS = {
    routes.TEXT: "message-square",
    routes.VISION: "eye",
    routes.IMAGE_GENERATION: "image",
    routes.SPEECH: "volume-2",
    routes.WEB_SEARCH: "globe",
    routes.ASSISTANT: "bot",
}


def commands() -> list[dict[str, Any]]:
    return [
        {"id": name, "description": description, "icon": icon, "button": False, "persistent": False}
        for name, description, icon in _COMMANDS
    ]


def pickers(
    catalogue: Catalogue, known: Sequence[Route], picked: Mapping[str, str] = MappingProxyType({})
) -> list[dict[str, Any]]:
    """The pickers; their choice is the browser tab's, so they are sent at each start. `picked` was chosen."""
    models = catalogue.available("chat")
    return [
        _picker(MODEL_PICKER, "Model", [_automatic_model(models), *map(_model, models)], picked),
        _picker(ROUTE_PICKER, "Route", [_automatic_route(), *map(_route, known)], picked),
    ]


def _picker(
    key: str, name: str, options: Sequence[dict[str, Any]], picked: Mapping[str, str]
) -> dict[str, Any]:
    chosen = picked.get(key)
    if any(option["id"] == chosen for option in options):
        options = [option | {"default": option["id"] == chosen} for option in options]
    return {"id": key, "name": name, "options": list(options)}


def _automatic_model(models: Sequence[Model]) -> dict[str, Any]:
    name = "Any model"
    if not models:
        description = "No model is set up yet: see vtai doctor."
    elif models[0].is_embedded:
        name = "Small local model"
        description = "Answers on this machine. Add a key for better ones: vtai --api-key openai=..."
    else:
        description = f"{models[0].name}, unless the settings say otherwise."
    return _option(AUTOMATIC, name, description, "sparkles", is_default=True)


def _model(model: Model) -> dict[str, Any]:
    where = "Small, on this machine" if model.is_embedded else model.vendor
    can = ", ".join(sorted(model.capabilities - {"chat"}))
    return _option(model.name, model.name, f"{where}: {can}" if can else where, "cpu")


def _automatic_route() -> dict[str, Any]:
    return _option(AUTOMATIC, "Any route", "Each message finds its own way.", "route", is_default=True)


def _route(route: Route) -> dict[str, Any]:
    return _option(route.name, route.label, route.description, _ROUTE_ICONS.get(route.name, "puzzle"))


def _option(key: str, name: str, description: str, icon: str, *, is_default: bool = False) -> dict[str, Any]:
    return {"id": key, "name": name, "description": description, "icon": icon, "default": is_default}
