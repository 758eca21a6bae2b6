"""All figures of one file, as plain values: what `--json` prints and what the tables are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.routing_bench import measures
from bench.routing_bench.contenders import Run
from bench.routing_bench.costs import Memory


@dataclass(frozen=True, slots=True)
class Costs:
    """`messages_a_second` is of `vtai route --jsonl`; None where it could not be measured."""

    memory: Memory
    messages_a_second: float | None
    is_one_core: bool


def of(file: str, runs: Sequence[Run], costs: Costs) -> dict[str, Any]:
    """The first run is VT.ai's and told in full; the others are lines of a table."""
    chosen = runs[0]
    judged = chosen.judged
    sure_share, sure_precision = measures.when_sure(judged)
    return {
        "file": file,
        "router": chosen.contender.name,
        "messages": len(judged),
        "accuracy": measures.accuracy(judged),
        "macro_f1": measures.macro_f1(judged),
        "calibration_error": measures.calibration_error(judged),
        "reliability": [asdict(one) for one in measures.reliability(judged)],
        "sure": {"least": measures.SURE, "share": sure_share, "precision": sure_precision},
        "paid": asdict(measures.paid(judged)),
        "routes": {name: asdict(score) for name, score in measures.route_scores(judged).items()},
        "confusion": _nested(judged),
        "slices": _groups(judged, "slice"),
        "languages": _groups(judged, "language"),
        "noise": {name: asdict(flips) for name, flips in chosen.flips.items()},
        "milliseconds": {
            name: measures.percentile(chosen.milliseconds, percent)
            for name, percent in (("p50", 50), ("p95", 95), ("p99", 99))
        },
        "costs": asdict(costs),
        "contenders": [_contender(run) for run in runs],
    }


def _nested(judged: Sequence[measures.Judged]) -> dict[str, dict[str, int]]:
    table = measures.confusion(judged)
    names = sorted({route for pair in table for route in pair})
    return {wanted: {chosen: table[wanted, chosen] for chosen in names} for wanted in names}


def _groups(judged: Sequence[measures.Judged], field: str) -> dict[str, dict[str, float]]:
    groups = measures.grouped(judged, lambda one: str(getattr(one, field)))
    return {name: {"messages": count, "accuracy": right} for name, (count, right) in groups.items()}


def _contender(run: Run) -> dict[str, Any]:
    has_confidence = run.contender.states_confidence
    sure_share, sure_precision = measures.when_sure(run.judged)
    altered = sum(flips.altered for flips in run.flips.values())
    flipped = sum(flips.altered * flips.flipped for flips in run.flips.values())
    return {
        "name": run.contender.name,
        "accuracy": measures.accuracy(run.judged),
        "macro_f1": measures.macro_f1(run.judged),
        "calibration_error": measures.calibration_error(run.judged) if has_confidence else None,
        "sure_share": sure_share if has_confidence else None,
        "sure_precision": sure_precision if has_confidence else None,
        "wrong_paid": measures.paid(run.judged).wrong,
        "flips": flipped / max(1, altered),
        "p50_ms": measures.percentile(run.milliseconds, 50),
        "p95_ms": measures.percentile(run.milliseconds, 95),
    }
