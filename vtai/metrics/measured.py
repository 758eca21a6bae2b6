"""A chat whose turns are counted, traced and written down. Knows events only."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from vtai.core.errors import NotReady
from vtai.core.events import (
    Event,
    Failed,
    FileReady,
    PicturePreview,
    RouteChosen,
    SpeechPiece,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from vtai.core.spending import Outcome, Spent
from vtai.metrics.incidents import Incident, Incidents
from vtai.metrics.numbers import NO_ROUTE, Metrics

if TYPE_CHECKING:
    from vtai.core.ports import Handler
    from vtai.core.routes import Decision, Route
    from vtai.core.turn import Turn
    from vtai.metrics.tracing import Span, Tracing

_PIECES = (TextDelta, ThinkingDelta, PicturePreview, FileReady, SpeechPiece)


@dataclass(slots=True)
class _Watch:
    """What is known of one turn so far."""

    turn: Turn
    span: Span | None = None
    start: float = field(default_factory=time.perf_counter)
    route: str | None = None
    usages: list[Usage] = field(default_factory=list)
    first_s: float | None = None
    outcome: Outcome = "stopped"

    def spent(self, seconds: float) -> Spent:
        """All of the turn. Without a single known price its cost is unknown."""
        turn, costs = self.turn, [usage.cost_usd for usage in self.usages if usage.cost_usd is not None]
        return Spent(
            at=time.time(),
            person=turn.person,
            door=turn.door,
            key=turn.key,
            group=turn.group,
            route=self.route or "",
            model=self.usages[-1].model if self.usages else "",
            input_tokens=sum(usage.input_tokens for usage in self.usages),
            output_tokens=sum(usage.output_tokens for usage in self.usages),
            cost_usd=sum(costs) if costs else None,
            seconds=seconds,
            first_s=self.first_s,
            outcome=self.outcome,
        )


@dataclass(slots=True)
class _Winding:
    """How far a server has wound down."""

    is_draining: bool = False
    is_cut: bool = False


class Answering(Protocol):
    """What has the shape of `Chat`."""

    @property
    def routes(self) -> tuple[Route, ...]: ...

    def only(self, handler: Handler) -> Answering: ...

    async def decide(self, turn: Turn) -> Decision: ...

    def reply(self, turn: Turn) -> AsyncGenerator[Event, None]: ...


class MeasuredChat:
    """A `Chat` whose turns are counted, and which a server can wind down.

    It has the shape of `Chat`, so a door cannot tell them apart. `spend` is told of each turn that is over,
    `incidents` keeps what failed, `tracing` makes spans of turns. `drain` refuses new turns; `cut` also ends
    the running ones at their next piece, and says so.
    """

    def __init__(
        self,
        chat: Answering,
        metrics: Metrics,
        spend: Callable[[Spent], None] = lambda _: None,
        incidents: Incidents | None = None,
        tracing: Tracing | None = None,
        winding: _Winding | None = None,
    ) -> None:
        self._chat = chat
        self._metrics = metrics
        self._spend = spend
        self._incidents = incidents
        self._tracing = tracing
        self._winding = winding or _Winding()

    @property
    def routes(self) -> tuple[Route, ...]:
        return self._chat.routes

    @property
    def is_draining(self) -> bool:
        return self._winding.is_draining

    def only(self, handler: Handler) -> MeasuredChat:
        """The same measures, around this handler alone; it winds down together with this one."""
        chat = self._chat.only(handler)
        return MeasuredChat(chat, self._metrics, self._spend, self._incidents, self._tracing, self._winding)

    def drain(self) -> None:
        """From now on a new turn is answered with the news that the server stops."""
        self._winding.is_draining = True

    def cut(self) -> None:
        """Running answers end at their next piece, marked as incomplete."""
        self._winding.is_draining = self._winding.is_cut = True

    async def decide(self, turn: Turn) -> Decision:
        return await self._chat.decide(turn)

    async def reply(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """As `Chat.reply`. A turn that its reader leaves before the end counts as stopped."""
        if self._winding.is_draining:
            stopping = NotReady("VT.ai is stopping.", "Send the message again when it is back.")
            yield Failed(stopping.message, stopping.hint, error=stopping)
            return
        watch = _Watch(turn, self._tracing.begin(turn) if self._tracing is not None else None)
        self._metrics.started()
        try:
            async with aclosing(self._chat.reply(turn)) as events:
                async for event in events:
                    self._note(watch, event)
                    yield event
                    if self._winding.is_cut and not isinstance(event, Failed):
                        watch.outcome = "stopped"
                        yield Failed(
                            "VT.ai was stopped while it answered.", "Send the message again when it is back."
                        )
                        return
            if watch.outcome == "stopped":
                watch.outcome = "answered"
        finally:
            self._end(watch)

    def _note(self, watch: _Watch, event: Event) -> None:
        if watch.span is not None:
            watch.span.note(event)
        if isinstance(event, _PIECES):
            if watch.first_s is None:
                watch.first_s = time.perf_counter() - watch.start
                self._metrics.first_piece(watch.route or NO_ROUTE, watch.first_s)
        elif isinstance(event, RouteChosen):
            watch.route = event.decision.route
        elif isinstance(event, Usage):
            watch.usages.append(event)
            self._metrics.spent(event)
        elif isinstance(event, Failed):
            watch.outcome = "failed" if event.kind == "known" else "unexpected"
            if self._incidents is not None:
                self._incidents.add(Incident.of(event, watch.turn, watch.route))

    def _end(self, watch: _Watch) -> None:
        seconds = time.perf_counter() - watch.start
        self._metrics.ended(watch.route, watch.outcome, seconds)
        spent = watch.spent(seconds)
        self._metrics.answered_by(spent)
        self._spend(spent)
        if watch.span is not None:
            watch.span.end(spent)
