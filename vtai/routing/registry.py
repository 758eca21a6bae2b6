"""Routers by name, in the order in which they are asked."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from vtai.core.errors import SettingsError
from vtai.core.ports import Classifier, Router
from vtai.routing import rules, semantic

_MAKERS: Mapping[str, Callable[[Classifier], Router]] = MappingProxyType(
    {
        rules.NAME: lambda _: rules.RulesRouter(),
        semantic.NAME: semantic.SemanticRouter,
    }
)
_JOINT = "+"


def build(
    names: str, classifier: Classifier, extra: Mapping[str, Any] = MappingProxyType({})
) -> tuple[Router, ...]:
    """The routers that `names` ("rules+semantic") asks for.

    `extra` holds those of other packages: a router, or a callable that makes one when it is given the
    classifier. Raises SettingsError for an unknown, doubled or useless name.
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
    return tuple(_made(name, classifier, extra) for name in wanted)


def _made(name: str, classifier: Classifier, extra: Mapping[str, Any]) -> Router:
    if name not in extra:
        return _MAKERS[name](classifier)
    given = extra[name]
    router: Router | None = None
    if isinstance(given, type) or not hasattr(given, "choose"):
        router = given(classifier) if callable(given) else None
    else:
        router = given
    if router is None or not hasattr(router, "choose"):
        raise SettingsError(
            f"The router {name!r} of another package has no method choose(turn).",
            "Take it out of the setting routers, or repair the package.",
        )
    return router
