"""What it gains that classifications wanted at once share a call.

    python -m bench.routing_batch

prints a table: 64 messages at once, one call each against shared calls, the best and the median of many
rounds. The longest pause is how long the event loop, and with it everybody else, had to wait.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.routing_bench.costs import one_core
from vtai.core.ports import Score
from vtai.routing.batched import BatchedClassifier
from vtai.routing.classifier import SemanticClassifier

MESSAGES = Path(__file__).parent / "data" / "routing.jsonl"

_TICK_S = 0.001

Classify = Callable[[str], Awaitable[Sequence[Score]]]


@dataclass(frozen=True, slots=True)
class Round:
    """Milliseconds for all, those spent computing, and the longest that the loop stood still."""

    total: float
    computing: float
    pause: float


async def together(classify: Classify, texts: Sequence[str]) -> Round:
    """All at once, beside a task that wants a turn every millisecond."""
    pauses = [0.0]

    async def watch() -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(_TICK_S)
            now = time.perf_counter()
            pauses.append(now - before - _TICK_S)
            before = now

    watcher = asyncio.create_task(watch())
    start, spent = time.perf_counter(), time.process_time()
    await asyncio.gather(*(classify(text) for text in texts))
    total, computing = time.perf_counter() - start, time.process_time() - spent
    await asyncio.sleep(0)
    watcher.cancel()
    return Round(total * 1000, computing * 1000, max(pauses) * 1000)


async def in_a_row(classify: Classify, texts: Sequence[str]) -> Round:
    """One after the other: what a lone message costs."""
    start, spent = time.perf_counter(), time.process_time()
    for text in texts:
        await classify(text)
    return Round((time.perf_counter() - start) * 1000, (time.process_time() - spent) * 1000, 0.0)


async def measured(at_once: int, rounds: int) -> list[str]:
    """The table's lines."""
    texts = [json.loads(line)["text"] for line in MESSAGES.read_text("utf-8").splitlines()][:at_once]
    classifier = SemanticClassifier()
    await classifier.warm()
    batched = BatchedClassifier(classifier)
    ways = {
        "at once, a call each": (together, classifier.classify),
        "at once, shared calls": (together, batched.classify),
        "in a row, a call each": (in_a_row, classifier.classify),
        "in a row, through the batcher": (in_a_row, batched.classify),
    }
    found: dict[str, list[Round]] = {name: [] for name in ways}
    # Taken in turns, so that a busy machine slows all of them alike.
    for _ in range(rounds):
        for name, (run, classify) in ways.items():
            found[name].append(await run(classify, texts))
    lines = [
        f"| {len(texts)} messages | best, ms | median, ms | of it computing, ms | longest pause, ms |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, results in found.items():
        best = min(one.total for one in results)
        total = statistics.median(one.total for one in results)
        computing = statistics.median(one.computing for one in results)
        pause = statistics.median(one.pause for one in results)
        shown = f"{pause:.1f}" if pause else "-"
        lines.append(f"| {name} | {best:.1f} | {total:.1f} | {computing:.1f} | {shown} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    is_one_core = one_core()
    print("\n".join(asyncio.run(measured(options.at_once, options.rounds))))
    print(f"\n{'One core' if is_one_core else 'All cores'}.")


if __name__ == "__main__":
    main()
