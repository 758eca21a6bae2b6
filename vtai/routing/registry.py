"""Routers by name, in the order in which they are asked."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from vtai.core.errors import SettingsError
from vtai.core.ports import Catalogue, Classifier, ModelClient, Router
from vtai.core.routes import Route
from vtai.routing import rules, second_opinion, semantic
from vtai.routing.cached import Caching
from vtai.routing.second_opinion import ModelRouter, SecondOpinion

_JOINT = "+"


@dataclass(frozen=True, slots=True)
class Means:
    """What routers may use beside the classifier. Without `models` and `catalogue` no model is asked.

    `model` is the name or alias of the one that gives a second opinion, within `timeout_s` seconds; None asks
    nobody, and leaves `llm` to the default model for chat. `routes` are those a model chooses among.
    """

    models: ModelClient | None = None
    catalogue: Catalogue | None = None
    routes: tuple[Route, ...] = ()
    model: str | None = None
    timeout_s: float = 1.5
    caching: Caching | None = None


def build(
    names: str,
    classifier: Classifier,
    extra: Mapping[str, Any] = MappingProxyType({}),
    means: Means = Means(),
) -> tuple[Router, ...]:
    """The routers that `names` ("rules+semantic") asks for.

    `extra` holds those of other packages: a router, or a callable that makes one, with the classifier or
    without anything. Raises SettingsError for an unknown, doubled or useless name.
    """
    wanted = [name.strip() for name in names.split(_JOINT)]
    known = sorted({*_MAKERS, *extra})
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Known routers: {', '.join(known)}."
            raise SettingsError(f"There is no router {name!r} (setting routers = {names!r}).", hint)
    if len(set(wanted)) < len(wanted):
        raise SettingsError(
            f"The setting routers = {names!r} names a router twice.", "Name each router once."
        )
    return tuple(_made(name, classifier, extra, means) for name in wanted)


def _made(name: str, classifier: Classifier, extra: Mapping[str, Any], means: Means) -> Router:
    if name not in extra:
        return _MAKERS[name](classifier, means)
    given = extra[name]
    router: Router | None = None
    if isinstance(given, type) or not hasattr(given, "choose"):
        router = _called(given, classifier) if callable(given) else None
    else:
        router = given
    if router is None or not hasattr(router, "choose"):
        raise SettingsError(
            f"The router {name!r} of another package has no method choose(turn).",
            "Take it out of the setting routers, or repair the package.",
        )
    return router


def _called(maker: Callable[..., Any], classifier: Classifier) -> Any:
    """What the maker makes; it gets the classifier where it takes anything."""
    try:
        inspect.signature(maker).bind(classifier)
    except (TypeError, ValueError):
        return maker()
    return maker(classifier)


def _rules(_: Classifier, __: Means) -> Router:
    # Faster than a look into any memory.
    return rules.RulesRouter()


def _semantic(classifier: Classifier, means: Means) -> Router:
    router = _remembering(semantic.SemanticRouter(classifier), means)
    if means.model is None or means.models is None or means.catalogue is None:
        return router
    return SecondOpinion(router, _llm(classifier, means))


def _llm(_: Classifier, means: Means) -> Router:
    if means.models is None or means.catalogue is None:
        raise SettingsError(
            f"The router {second_opinion.NAME!r} needs language models, and there are none here.",
            f"Leave it out: {rules.NAME}{_JOINT}{semantic.NAME}",
        )
    router = ModelRouter(means.models, means.catalogue, means.routes, means.model, means.timeout_s)
    # A vendor that was late once may be in time with the next message.
    return _remembering(router, means, keeps_none=False)


def _remembering(router: Router, means: Means, *, keeps_none: bool = True) -> Router:
    return means.caching.around(router, keeps_none=keeps_none) if means.caching else router


_MAKERS: Mapping[str, Callable[[Classifier, Means], Router]] = MappingProxyType(
    {rules.NAME: _rules, semantic.NAME: _semantic, second_opinion.NAME: _llm}
)
SHIPPED = frozenset(_MAKERS)
