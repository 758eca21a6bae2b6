"""The limits that are in force, for admins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.reading import Result
from vtai.limiting.rules import Per, What

if TYPE_CHECKING:
    from vtai.wiring import App


class LimitShown(Result):
    whom: str
    """As `limits.toml` has it: "each person", "group students"."""
    most: float
    what: What
    per: Per
    route: str | None
    model: str | None
    warn_at: float
    then: str
    """Stop or downgrade."""
    to: str | None
    """The model that answers instead."""


class Limits(Result):
    items: list[LimitShown]


class Limited:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        return (Endpoint("GET", "/limits", "admin", "The limits in force.", self.limits, Limits),)

    async def limits(self, _: Call[None, None]) -> Answer:
        return Limits(
            items=[
                LimitShown(
                    whom=rule.for_,
                    most=rule.most,
                    what=rule.what,
                    per=rule.per,
                    route=rule.route,
                    model=rule.model,
                    warn_at=rule.warn_at,
                    then=rule.then,
                    to=rule.to,
                )
                for rule in self._app.limits
            ]
        )
