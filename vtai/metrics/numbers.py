"""The counters, as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

    from vtai.core.events import Usage
    from vtai.core.readiness import Readiness
    from vtai.core.spending import Outcome, Spent

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

# A route that failed before it was chosen.
NO_ROUTE: Final = "none"
# All models after the first so many that answered.
OTHER_MODELS: Final = "other"
_MOST_MODELS: Final = 200
# A local model on two cores needs seconds for its first piece, a vendor a few hundred milliseconds.
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A number that is asked for when somebody looks, one for each value of a label."""

    name: str
    meaning: str
    label: str
    read: Callable[[], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class _Families:
    """The metrics, each named as Prometheus sees it."""

    registry: CollectorRegistry
    turns: Counter
    failures: Counter
    first_piece: Histogram
    model_first_piece: Histogram
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
        self._watched: list[_Watched] = []
        self._models: set[str] = set()

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

    def watch_numbers(
        self, name: str, meaning: str, label: str, read: Callable[[], Mapping[str, float]]
    ) -> None:
        """Reports further numbers: `read` gives one for each value of the label. Call it before `render`."""
        self._watched.append(_Watched(name, meaning, label, read))

    def started(self) -> None:
        self._running += 1

    def first_piece(self, route: str, seconds: float) -> None:
        self._families.first_piece.labels(route).observe(seconds)

    def spent(self, usage: Usage) -> None:
        families, model = self._families, self._shown(usage.model)
        families.tokens.labels(model, "input").inc(usage.input_tokens)
        families.tokens.labels(model, "output").inc(usage.output_tokens)
        if usage.cost_usd is not None:
            families.cost.labels(model).inc(usage.cost_usd)

    def answered_by(self, spent: Spent) -> None:
        """A turn is over, and who answered it is known."""
        if spent.model and spent.first_s is not None:
            self._families.model_first_piece.labels(self._shown(spent.model)).observe(spent.first_s)

    def ended(self, route: str | None, outcome: Outcome, seconds: float) -> None:
        self._running -= 1
        families, name = self._families, route or NO_ROUTE
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
        for watched, gauge in zip(self._watched, self._gauges, strict=True):
            for value, number in watched.read().items():
                gauge.labels(value).set(number)
        return generate_latest(families.registry)

    def _shown(self, model: str) -> str:
        """The label for a model. People may name any that a vendor has, so there is an end to them."""
        if len(self._models) < _MOST_MODELS:
            self._models.add(model)
        return model if model in self._models else OTHER_MODELS

    @cached_property
    def _gauges(self) -> tuple[Gauge, ...]:
        from prometheus_client import Gauge

        registry = self._families.registry
        return tuple(
            Gauge(each.name, each.meaning, (each.label,), registry=registry) for each in self._watched
        )

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
            model_first_piece=Histogram(
                "vtai_model_first_piece_seconds",
                "Seconds from the message to the first piece of the answer, by who answered.",
                ("model",),
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
