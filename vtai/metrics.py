"""Counts what happens to turns, for Prometheus. Knows events only.

`MeasuredChat` has the shape of `Chat`, so a door cannot tell them apart.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from vtai.core.events import (
    Event,
    Failed,
    FileReady,
    PicturePreview,
    RouteChosen,
    TextDelta,
    ThinkingDelta,
    Usage,
)

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    from vtai.chat import Chat
    from vtai.core.readiness import Readiness
    from vtai.core.routes import Decision, Route
    from vtai.core.turn import Turn

Outcome = Literal["answered", "failed", "unexpected", "stopped"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# A route that failed before it was chosen.
_NO_ROUTE = "none"
# A local model on two cores needs seconds for its first piece, a vendor a few hundred milliseconds.
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)

_PIECES = (TextDelta, ThinkingDelta, PicturePreview, FileReady)


@dataclass(frozen=True, slots=True)
class _Families:
    """The metrics, each named as Prometheus sees it."""

    registry: CollectorRegistry
    turns: Counter
    failures: Counter
    first_piece: Histogram
    duration: Histogram
    tokens: Counter
    cost: Counter
    running: Gauge
    ready: Gauge
    decisions: Gauge


class Metrics:
    """The counters of one server. prometheus_client loads with the first number, not before."""

    def __init__(self) -> None:
        self._running = 0
        self._readiness: Readiness | None = None
        self._cached: Callable[[], tuple[int, int]] | None = None

    @property
    def running(self) -> int:
        """Turns that are being answered now."""
        return self._running

    def watch(self, readiness: Readiness) -> None:
        """Reports the state of these parts from now on."""
        self._readiness = readiness

    def watch_cache(self, hits_and_misses: Callable[[], tuple[int, int]]) -> None:
        """Reports how often a decision was remembered, and how often it had to be found."""
        self._cached = hits_and_misses

    def started(self) -> None:
        self._running += 1

    def first_piece(self, route: str, seconds: float) -> None:
        self._families.first_piece.labels(route).observe(seconds)

    def spent(self, usage: Usage) -> None:
        families = self._families
        families.tokens.labels(usage.model, "input").inc(usage.input_tokens)
        families.tokens.labels(usage.model, "output").inc(usage.output_tokens)
        if usage.cost_usd is not None:
            families.cost.labels(usage.model).inc(usage.cost_usd)

    def ended(self, route: str | None, outcome: Outcome, seconds: float) -> None:
        self._running -= 1
        families, name = self._families, route or _NO_ROUTE
        families.turns.labels(name, outcome).inc()
        families.duration.labels(name).observe(seconds)
        if outcome in {"failed", "unexpected"}:
            families.failures.labels(name, outcome).inc()

    def render(self) -> bytes:
        """All of it in Prometheus' text format. The first call loads prometheus_client."""
        from prometheus_client import generate_latest

        families = self._families
        families.running.set(self._running)
        if self._readiness is not None:
            for part, state in self._readiness.states.items():
                families.ready.labels(part).set(state == "ready")
        if self._cached is not None:
            for result, count in zip(("hit", "miss"), self._cached(), strict=True):
                families.decisions.labels(result).set(count)
        return generate_latest(families.registry)

    @cached_property
    def _families(self) -> _Families:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        registry = CollectorRegistry()
        return _Families(
            registry=registry,
            turns=Counter(
                "vtai_turns",
                "Turns by route and outcome.",
                ("route", "outcome"),
                registry=registry,
            ),
            failures=Counter(
                "vtai_failures",
                "Turns that ended in an error.",
                ("route", "kind"),
                registry=registry,
            ),
            first_piece=Histogram(
                "vtai_first_piece_seconds",
                "Seconds from the message to the first piece of the answer.",
                ("route",),
                buckets=_SECONDS,
                registry=registry,
            ),
            duration=Histogram(
                "vtai_turn_seconds", "Seconds a turn took.", ("route",), buckets=_SECONDS, registry=registry
            ),
            tokens=Counter("vtai_tokens", "Tokens by model.", ("model", "direction"), registry=registry),
            cost=Counter("vtai_cost_usd", "US dollars by model, where known.", ("model",), registry=registry),
            running=Gauge("vtai_turns_running", "Turns being answered now.", registry=registry),
            ready=Gauge("vtai_part_ready", "1 when the part can answer.", ("part",), registry=registry),
            decisions=Gauge(
                "vtai_routing_cache",
                "Decisions that were remembered (hit) or had to be found (miss) since the start.",
                ("result",),
                registry=registry,
            ),
        )


@dataclass(slots=True)
class _Watch:
    """What is known of one turn so far."""

    start: float
    route: str | None = None
    has_piece: bool = False
    outcome: Outcome = "stopped"


class MeasuredChat:
    """A `Chat` whose turns are counted, and which a server can wind down.

    `drain` refuses new turns; `cut` also ends the running ones at their next piece, and says so.
    """

    def __init__(self, chat: Chat, metrics: Metrics) -> None:
        self._chat = chat
        self._metrics = metrics
        self._is_draining = False
        self._is_cut = False

    @property
    def routes(self) -> tuple[Route, ...]:
        return self._chat.routes

    @property
    def is_draining(self) -> bool:
        return self._is_draining

    def drain(self) -> None:
        """From now on a new turn is answered with the news that the server stops."""
        self._is_draining = True

    def cut(self) -> None:
        """Running answers end at their next piece, marked as incomplete."""
        self._is_draining = self._is_cut = True

    async def decide(self, turn: Turn) -> Decision:
        return await self._chat.decide(turn)

    async def reply(self, turn: Turn) -> AsyncGenerator[Event, None]:
        """As `Chat.reply`. A turn that its reader leaves before the end counts as stopped."""
        if self._is_draining:
            yield Failed("VT.ai is stopping.", "Send the message again when it is back.")
            return
        watch = _Watch(time.perf_counter())
        self._metrics.started()
        try:
            async with aclosing(self._chat.reply(turn)) as events:
                async for event in events:
                    self._note(watch, event)
                    yield event
                    if self._is_cut and not isinstance(event, Failed):
                        watch.outcome = "stopped"
                        yield Failed(
                            "VT.ai was stopped while it answered.", "Send the message again when it is back."
                        )
                        return
            if watch.outcome == "stopped":
                watch.outcome = "answered"
        finally:
            self._metrics.ended(watch.route, watch.outcome, time.perf_counter() - watch.start)

    def _note(self, watch: _Watch, event: Event) -> None:
        if isinstance(event, _PIECES):
            if not watch.has_piece:
                watch.has_piece = True
                self._metrics.first_piece(watch.route or _NO_ROUTE, time.perf_counter() - watch.start)
        elif isinstance(event, RouteChosen):
            watch.route = event.decision.route
        elif isinstance(event, Usage):
            self._metrics.spent(event)
        elif isinstance(event, Failed):
            watch.outcome = "failed" if event.kind == "known" else "unexpected"
