"""What is counted: pure functions of decisions and their right routes.

A message with several acceptable routes counts, where one of them was chosen, as a message of that route, and
otherwise as one of the first. Everything that speaks of "wanted" means that.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

TEXT = "text"
# Pictures and runs of tools cost money or minutes.
PAID = frozenset({"image-generation", "assistant"})
SURE = 0.8
BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision beside the acceptable routes. With `options` it is a question and nothing runs."""

    labels: tuple[str, ...]
    route: str
    confidence: float = 1.0
    options: tuple[str, ...] = ()
    slice: str = "all"
    language: str = "en"

    @property
    def is_right(self) -> bool:
        return self.taken in self.labels

    @property
    def taken(self) -> str:
        """Where it goes without a click: a question is text."""
        return TEXT if self.options else self.route

    @property
    def wanted(self) -> str:
        return self.taken if self.is_right else self.labels[0]


@dataclass(frozen=True, slots=True)
class RouteScore:
    """`precision` is None for a route that was never chosen, `recall` for one that was never wanted."""

    messages: int
    precision: float | None
    recall: float | None
    f1: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Decisions of about the same confidence."""

    decisions: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Paid:
    """Of the messages that are text alone: the share that ran a paid route, and that was asked about.

    `questions`: the share of all messages that are asked about.
    `answered`: of the questions asked about messages of other routes, the share with a right button.
    """

    texts: int
    wrong: float
    asked: float
    questions: float
    answered: float | None


def share(flags: Iterable[bool]) -> float | None:
    """The share of True; None of nothing."""
    counted = list(flags)
    return sum(counted) / len(counted) if counted else None


def accuracy(judged: Sequence[Judged]) -> float:
    return share(one.is_right for one in judged) or 0.0


def confusion(judged: Sequence[Judged]) -> Counter[tuple[str, str]]:
    """How often (wanted, chosen) came out."""
    return Counter((one.wanted, one.taken) for one in judged)


def route_scores(judged: Sequence[Judged]) -> dict[str, RouteScore]:
    """Each route that was wanted or chosen, by name."""
    table = confusion(judged)
    scores = {}
    for name in sorted({route for pair in table for route in pair}):
        hits = table[name, name]
        wanted = sum(count for (want, _), count in table.items() if want == name)
        chosen = sum(count for (_, choice), count in table.items() if choice == name)
        scores[name] = RouteScore(
            wanted,
            hits / chosen if chosen else None,
            hits / wanted if wanted else None,
            2 * hits / (wanted + chosen),
        )
    return scores


def macro_f1(judged: Sequence[Judged]) -> float:
    """The mean F1 of the routes that were wanted at all."""
    values = [score.f1 for score in route_scores(judged).values() if score.messages]
    return statistics.fmean(values) if values else 0.0


def reliability(judged: Sequence[Judged], bins: int = BINS) -> tuple[Bin, ...]:
    """Decisions sorted by confidence and cut into `bins` groups of equal size, give or take one."""
    ranked = sorted(judged, key=lambda one: one.confidence)
    cuts = [round(number * len(ranked) / bins) for number in range(bins + 1)]
    groups = [ranked[start:end] for start, end in pairwise(cuts) if end > start]
    return tuple(
        Bin(len(group), statistics.fmean(one.confidence for one in group), accuracy(group))
        for group in groups
    )


def calibration_error(judged: Sequence[Judged], bins: int = BINS) -> float:
    """Expected calibration error: the gap between confidence and accuracy, bins of equal mass, weighted."""
    gaps = (one.decisions * abs(one.confidence - one.accuracy) for one in reliability(judged, bins))
    return sum(gaps) / max(1, len(judged))


def when_sure(judged: Sequence[Judged], least: float = SURE) -> tuple[float, float | None]:
    """The share of decisions with at least this confidence, and the share of those that are right."""
    sure = [one for one in judged if one.confidence >= least]
    return len(sure) / max(1, len(judged)), share(one.is_right for one in sure)


def paid(judged: Sequence[Judged]) -> Paid:
    texts = [one for one in judged if set(one.labels) == {TEXT}]
    others = [one for one in judged if one.options and TEXT not in one.labels]
    return Paid(
        len(texts),
        share(one.taken in PAID for one in texts) or 0.0,
        share(bool(one.options) for one in texts) or 0.0,
        share(bool(one.options) for one in judged) or 0.0,
        share(not set(one.options).isdisjoint(one.labels) for one in others),
    )


def grouped(judged: Sequence[Judged], key: Callable[[Judged], str]) -> dict[str, tuple[int, float]]:
    """The number of messages and the accuracy in each group, by its name."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(key(one), []).append(one)
    return {name: (len(group), accuracy(group)) for name, group in sorted(groups.items())}


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of the values do not exceed."""
    ranked = sorted(values)
    if not ranked:
        return 0.0
    place = -(-len(ranked) * percent // 100)
    return ranked[max(0, int(place) - 1)]
