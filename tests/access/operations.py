"""Everything that the server answers, found in its own routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.routing import Mount, Route, Router

from vtai.api.endpoints import Resource
from vtai.server.doorway import Doorway


def operations(server: Any, page: Router) -> set[str]:
    """ "GET /path" of each: the server's own, and those of the page that stand before its library."""
    return {*_found(server.routes), *_found(page.routes)}


def _found(routes: Any, under: str = "") -> Iterator[str]:
    for route in routes:
        if isinstance(route, Mount):
            # What is behind the last door is looked at by itself.
            if not isinstance(route.app, Doorway):
                yield from _found(route.routes, under + route.path)
            continue
        assert isinstance(route, Route), route
        for method in _methods(route):
            yield f"{method} {under}{route.path}"


def _methods(route: Route) -> Iterator[str]:
    if isinstance(route.endpoint, Resource):
        yield from route.endpoint._by_method
    elif route.methods is None:
        yield "ANY"
    else:
        yield from route.methods - {"HEAD"}
