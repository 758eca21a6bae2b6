"""How many paraphrases follow a correction, and how much else does.

`corrected.jsonl` holds corrected messages with `paraphrases` (the same words in another order or form),
`loose` ones (other words) and `others` that look alike and ask for something else. The numbers of
`vtai.routing.paraphrases` were chosen on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.routing.pupils import TEXT, FakeCorrections, learner, route_of, said
from vtai.core.ports import Router
from vtai.core.turn import Turn
from vtai.routing import lines, registry
from vtai.routing.classifier import SemanticClassifier
from vtai.routing.corrections import LearningRouter
from vtai.routing.encoder import Head

ROOT = Path(__file__).parents[2]
GROUPS = [json.loads(line) for line in (Path(__file__).parent / "corrected.jsonl").read_text().splitlines()]


def turns_of(group: dict[str, Any], kind: str) -> list[Turn]:
    before, previous = group.get("context", ""), group.get("prev_route")
    return [said(text, before, previous) for text in group[kind]]


@pytest.fixture
async def taught() -> LearningRouter:
    """Knows every group; each goes to a route that nothing but the correction speaks for."""
    learning = learner(FakeCorrections(), Head.load())
    for group in GROUPS:
        [turn] = turns_of({**group, "message": [group["text"]]}, "message")
        await learning.learn(turn, TEXT, group["text"])
    return learning


async def share(learning: LearningRouter, kind: str) -> float:
    moved = [
        await route_of(learning, turn) == group["text"] for group in GROUPS for turn in turns_of(group, kind)
    ]
    return sum(moved) / len(moved)


async def test_paraphrases_move_and_messages_that_only_look_alike_mostly_stay(taught: LearningRouter) -> None:
    assert await share(taught, "paraphrases") >= 0.95
    assert await share(taught, "loose") >= 0.75
    assert await share(taught, "others") <= 0.25


async def first_opinion(routers: Iterable[Router], turn: Turn) -> str:
    for router in routers:
        if decision := await router.choose(turn):
            return decision.route
    return "text"


@pytest.mark.slow
async def test_unrelated_messages_stay_where_they_were(taught: LearningRouter) -> None:
    classifier = SemanticClassifier()
    await classifier.warm()
    rules, semantic = registry.build("rules+semantic", classifier)
    messages = (ROOT / "bench" / "data" / "routing.jsonl").read_text("utf-8").splitlines()
    lost = 0
    for line in messages:
        turn, labels = lines.turn_of(line), set(json.loads(line)["labels"])
        before = await first_opinion((rules, semantic), turn)
        after = await first_opinion((rules, taught, semantic), turn)
        lost += (before in labels) - (after in labels)
    assert lost <= 0.003 * len(messages)
