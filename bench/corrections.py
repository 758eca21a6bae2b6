"""Whether routing learns from a correction: paraphrases follow, look-alikes stay, the rest stays right.

    python -m bench.corrections

Each message of bench/data/paraphrases.jsonl is corrected to its right route by a person of its own; then one
person makes all corrections and the messages of bench/data/routing.jsonl are routed again. The first four
paraphrases of a message keep its main words, the last two are worded anew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.routing_bench import measures
from bench.routing_bench.contenders import Choice, Routers
from bench.routing_bench.items import Item, read
from bench.routing_bench.printing import percent, table
from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.providers.corrections import FileCorrections
from vtai.routing.classifier import SemanticClassifier
from vtai.routing.corrections import LearningRouter
from vtai.routing.encoder import Head

DATA = Path(__file__).with_name("data")
KEPT_WORDS = 4
LEAST_FOLLOWING = 0.9
MOST_LOST = 0.003


@dataclass(frozen=True, slots=True)
class Case:
    """A message, where the person wants it, and what is to follow or to stay."""

    text: str
    right: str
    paraphrases: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one correction. `was_right`: the message went there without it."""

    case: Case
    was_right: bool
    before: tuple[bool, ...]
    after: tuple[bool, ...]
    moved: tuple[str, ...]


def cases(path: Path) -> tuple[Case, ...]:
    lines = path.read_text("utf-8").split("\n")
    return tuple(
        Case(one["text"], one["right"], tuple(one["paraphrases"]), tuple(one["others"]))
        for one in (json.loads(line) for line in lines if line.strip())
    )


class Learned:
    """The routers of the chat with what people corrected asked first."""

    def __init__(self, learning: LearningRouter, routers: Routers) -> None:
        self.learning = learning
        self._routers = routers

    async def choose(self, turn: Turn) -> Choice:
        if decision := await self.learning.choose(turn):
            return Choice(decision.route, decision.confidence, decision.options)
        return await self._routers.choose(turn)

    async def correct(self, text: str, right: str, person: str) -> None:
        turn = Turn(text, person=person)
        chosen = await self.choose(turn)
        await self.learning.learn(turn, Decision(chosen.route, chosen.confidence, "", "bench"), right)


async def one_by_one(learned: Learned, all_cases: Sequence[Case]) -> list[Outcome]:
    """Every correction by a person who made no other."""
    outcomes = []
    for number, case in enumerate(all_cases):
        person = f"person {number}"
        was_right = (await _route(learned, case.text, person)) == case.right
        before = [await _route(learned, text, person) for text in case.paraphrases]
        stayed = [await _route(learned, text, person) for text in case.others]
        await learned.correct(case.text, case.right, person)
        after = [await _route(learned, text, person) for text in case.paraphrases]
        now = [await _route(learned, text, person) for text in case.others]
        moved = [text for text, one, two in zip(case.others, stayed, now, strict=True) if one != two]
        outcomes.append(
            Outcome(
                case,
                was_right,
                tuple(route == case.right for route in before),
                tuple(route == case.right for route in after),
                tuple(moved),
            )
        )
    return outcomes


async def _route(learned: Learned, text: str, person: str) -> str:
    return (await learned.choose(Turn(text, person=person))).route


async def accuracy(learned: Learned, items: Sequence[Item], person: str) -> float:
    """On the messages of a file, written by this person."""
    hits = [(await learned.choose(replace(item.turn, person=person))).route in item.labels for item in items]
    return measures.share(hits) or 0.0


def summary(outcomes: Sequence[Outcome], before: float, after: float, strangers: float) -> str:
    """The figures beside what they should be at least or at most."""
    lost = before - after
    following = _following(outcomes)
    moved, others = sum(len(one.moved) for one in outcomes), sum(len(one.case.others) for one in outcomes)
    wrong = [one for one in outcomes if not one.was_right]
    return table(
        ("figure", "value", "limit"),
        [
            ("messages corrected (wrong before)", f"{len(outcomes)} ({len(wrong)})", ""),
            ("paraphrases that go where they should, before", percent(_following(outcomes, "before")), ""),
            ("the same, after the correction", percent(following), f">= {LEAST_FOLLOWING:.0%}"),
            ("of them that keep the main words", percent(_following(outcomes, end=KEPT_WORDS)), ""),
            ("of them that are worded anew", percent(_following(outcomes, start=KEPT_WORDS)), ""),
            ("where the message was wrong before", percent(_following(wrong)), ""),
            ("others that moved", f"{moved} of {others} ({percent(moved / max(1, others))})", ""),
            ("accuracy without corrections", before, ""),
            ("with all of them by one person", after, ""),
            ("points lost", f"{lost * 100:.2f}", f"<= {MOST_LOST * 100:.1f}"),
            ("points lost by somebody else", f"{(before - strangers) * 100:.2f}", "0"),
        ],
    )


def _following(
    outcomes: Sequence[Outcome], when: str = "after", start: int = 0, end: int | None = None
) -> float | None:
    return measures.share(flag for one in outcomes for flag in getattr(one, when)[start:end])


def misses(outcomes: Sequence[Outcome]) -> str:
    """Each message with the paraphrases that did not follow it and the others that did."""
    lines = []
    for one in outcomes:
        left = [text for text, ok in zip(one.case.paraphrases, one.after, strict=True) if not ok]
        lines += [f"- {one.case.right}: {one.case.text}"] if left or one.moved else []
        lines += [f"  - did not follow: {text}" for text in left]
        lines += [f"  - moved: {text}" for text in one.moved]
    return "\n".join(lines)


async def measured(all_cases: Sequence[Case], items: Sequence[Item], folder: Path) -> tuple[str, str]:
    """The table of figures, and the misses. `folder` takes the file of corrections."""
    classifier = SemanticClassifier()
    await classifier.warm()
    head = await asyncio.to_thread(Head.load)

    async def loaded() -> Head:
        return head

    store = FileCorrections(folder)
    try:
        learned = Learned(LearningRouter(store, loaded), Routers("rules+semantic", classifier))
        outcomes = await one_by_one(learned, all_cases)
        before = await accuracy(learned, items, "everything")
        for case in all_cases:
            await learned.correct(case.text, case.right, "everything")
        after = await accuracy(learned, items, "everything")
        strangers = await accuracy(learned, items, "somebody else")
    finally:
        await store.close()
    return summary(outcomes, before, after, strangers), misses(outcomes)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--misses", action="store_true", help="list what did not follow and what moved")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        figures, missed = asyncio.run(
            measured(cases(DATA / "paraphrases.jsonl"), read(DATA / "routing.jsonl"), Path(folder))
        )
    print(figures)
    if options.misses:
        print(f"\n{missed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
