"""What was spent: one's own, and everybody's for admins."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from vtai.api.endpoints import Answer, Call, Endpoint
from vtai.api.reading import Result
from vtai.api.stored import Whose, store_of
from vtai.core.spending import Column

if TYPE_CHECKING:
    from vtai.wiring import App

_MONTH_S = 30 * 86_400.0

Moment = Annotated[float, Field(ge=0, le=1e11)]


class Span(Whose):
    since: Moment | None = None
    """Seconds since the epoch; absent takes the last thirty days."""
    until: Moment | None = None
    """Seconds since the epoch; absent is now."""
    by: Annotated[tuple[Column, ...], Field(max_length=5)] = ()
    """What to tell apart; repeat it for several."""


class TotalShown(Result):
    of: dict[Column, str]
    """The values of the columns that were asked for."""
    turns: int
    failed: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float


class Totals(Result):
    items: list[TotalShown]
    """The most expensive first."""


class Using:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        return (Endpoint("GET", "/usage", "read", "What was spent.", self.usage, Totals, query=Span),)

    async def usage(self, call: Call[None, Span]) -> Answer:
        asked = call.query
        whose = call.whose(everybody=asked.all, person=asked.person)
        store = await store_of(self._app)
        await store.ledger.flush()
        since = time.time() - _MONTH_S if asked.since is None else asked.since
        columns = tuple(dict.fromkeys(asked.by))
        totals = await store.ledger.totals(since, asked.until, columns, whose)
        return Totals(
            items=[
                TotalShown(
                    of=dict(zip(columns, each.of, strict=True)),
                    turns=each.turns,
                    failed=each.failed,
                    input_tokens=each.input_tokens,
                    output_tokens=each.output_tokens,
                    cost_usd=each.cost_usd,
                    seconds=each.seconds,
                )
                for each in totals
            ]
        )
