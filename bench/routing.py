"""How often routing is right, how fast it is, and what it takes in memory.

    python bench/routing.py messages.jsonl

Each line holds what `vtai route --jsonl` reads, plus `labels` (the acceptable routes) and optionally `slice`
and `lang`. "thinking" counts as text. Baselines on the same messages: always text, and rules alone.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.routing import lines, registry
from vtai.routing.classifier import SemanticClassifier

PAID = {"image-generation", "assistant"}


@dataclass(frozen=True, slots=True)
class Item:
    """A message with its acceptable routes and what came out."""

    turn: Turn
    labels: frozenset[str]
    slice: str
    language: str


def read(path: Path) -> list[Item]:
    items = []
    for line in path.read_text("utf-8").splitlines():
        fields = json.loads(line)
        labels = frozenset("text" if label == "thinking" else label for label in fields["labels"])
        items.append(Item(lines.turn_of(line), labels, fields.get("slice", "all"), fields.get("lang", "en")))
    return items


async def decided(names: str, items: Sequence[Item]) -> tuple[list[Decision], list[float]]:
    """The decision and the milliseconds for each message."""
    classifier = SemanticClassifier()
    if "semantic" in names:
        await classifier.warm()
    routers = registry.build(names, classifier)
    decisions, times = [], []
    for item in items:
        start = time.perf_counter()
        found = None
        for router in routers:
            if found := await router.choose(item.turn):
                break
        times.append((time.perf_counter() - start) * 1000)
        decisions.append(found or Decision("text", 0.5, "", "default"))
    return decisions, times


def calibration_error(items: Sequence[Item], decisions: Sequence[Decision], bins: int = 10) -> float:
    """Gap between stated confidence and accuracy, over decisions that a router made."""
    groups: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    made = [(i, d) for i, d in zip(items, decisions, strict=True) if d.router != "default"]
    for item, decision in made:
        spot = min(bins - 1, int(decision.confidence * bins))
        groups[spot].append((decision.confidence, decision.route in item.labels))
    gaps = (abs(sum(c for c, _ in g) - sum(r for _, r in g)) for g in groups.values())
    return sum(gaps) / max(1, len(made))


def accuracy(items: Sequence[Item], decisions: Sequence[Decision]) -> float:
    return sum(d.route in i.labels for i, d in zip(items, decisions, strict=True)) / max(1, len(items))


def print_slices(items: Sequence[Item], decisions: Sequence[Decision]) -> None:
    for title, key in (("slice", "slice"), ("language", "language")):
        groups: dict[str, list[tuple[Item, Decision]]] = defaultdict(list)
        for item, decision in zip(items, decisions, strict=True):
            groups[getattr(item, key)].append((item, decision))
        print(f"\n{title:18} messages  accuracy")
        for name, pairs in sorted(groups.items()):
            print(f"{name:18} {len(pairs):8}  {accuracy(*zip(*pairs, strict=True)):.3f}")


def print_routes(items: Sequence[Item], decisions: Sequence[Decision]) -> None:
    """Precision and recall per route, for messages with one acceptable route, and what went where."""
    single = [
        (next(iter(i.labels)), d.route) for i, d in zip(items, decisions, strict=True) if len(i.labels) == 1
    ]
    names = sorted({name for pair in single for name in pair})
    table = Counter(single)
    print(f"\n{'wanted / chosen':18}" + "".join(f"{name[:10]:>11}" for name in names) + "     recall")
    for wanted in names:
        row = [table[wanted, chosen] for chosen in names]
        print(
            f"{wanted:18}"
            + "".join(f"{n:11}" for n in row)
            + f"{table[wanted, wanted] / max(1, sum(row)):11.3f}"
        )
    precision = [table[n, n] / max(1, sum(table[w, n] for w in names)) for n in names]
    print(f"{'precision':18}" + "".join(f"{p:11.3f}" for p in precision))
    texts = [chosen for wanted, chosen in single if wanted == "text"]
    print(f"wrong paid route: {sum(c in PAID for c in texts) / max(1, len(texts)):.3f} of text messages")


def main() -> None:
    items = read(Path(sys.argv[1]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{len(items)} messages; always text {sum('text' in i.labels for i in items) / len(items):.3f}")
    rules, _ = asyncio.run(decided("rules", items))
    print(f"rules alone        {accuracy(items, rules):.3f}")
    decisions, times = asyncio.run(decided("rules+semantic", items))
    print(f"rules+semantic     {accuracy(items, decisions):.3f}")
    print_slices(items, decisions)
    print_routes(items, decisions)
    print(f"calibration error: {calibration_error(items, decisions):.3f}")
    cuts = statistics.quantiles(times, n=100)
    print(f"ms a message: p50 {cuts[49]:.2f}  p95 {cuts[94]:.2f}  p99 {cuts[98]:.2f}")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"memory grown, libraries included: {grown:.0f} MB")


if __name__ == "__main__":
    main()
