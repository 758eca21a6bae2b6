"""Who decides: VT.ai's routers, and what the outcome of a decision is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bench.routing_bench.items import Item
from bench.routing_bench.measures import Judged
from bench.routing_bench.noise import NOISES
from vtai.core.ports import Router
from vtai.core.turn import Turn
from vtai.routing import registry
from vtai.routing.classifier import SemanticClassifier


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a contender sends a message. `options`: it asks instead."""

    route: str
    confidence: float = 1.0
    options: tuple[str, ...] = ()


class Contender(Protocol):
    """Somebody who decides. `states_confidence`: its confidence means something."""

    @property
    def name(self) -> str: ...

    @property
    def states_confidence(self) -> bool: ...

    async def choose(self, turn: Turn) -> Choice: ...


class Routers:
    """VT.ai's routers by their name in the settings, as the chat asks them; without an opinion it is text."""

    states_confidence = True

    def __init__(self, names: str, classifier: SemanticClassifier) -> None:
        self.name = names
        self._routers: tuple[Router, ...] = registry.build(names, classifier)

    async def choose(self, turn: Turn) -> Choice:
        for router in self._routers:
            if decision := await router.choose(turn):
                return Choice(decision.route, decision.confidence, decision.options)
        return Choice("text")


@dataclass(frozen=True, slots=True)
class Flips:
    """What a noise did to the messages that it altered: the share sent elsewhere, the share still right."""

    altered: int
    flipped: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Run:
    """All decisions of a contender on a file, the milliseconds each took, and what noise changed."""

    contender: Contender
    judged: tuple[Judged, ...]
    milliseconds: tuple[float, ...]
    flips: dict[str, Flips]


async def run(contender: Contender, items: Sequence[Item]) -> Run:
    """Every message on its own, one after the other; then each noise on all of them."""
    judged, times = [], []
    for item in items:
        start = time.perf_counter()
        choice = await contender.choose(item.turn)
        times.append((time.perf_counter() - start) * 1000)
        judged.append(_judged(item, choice))
    flips = {name: await _flips(contender, items, judged, name) for name in NOISES}
    return Run(contender, tuple(judged), tuple(times), flips)


async def _flips(contender: Contender, items: Sequence[Item], judged: Sequence[Judged], noise: str) -> Flips:
    altered = flipped = right = 0
    for item, before in zip(items, judged, strict=True):
        text = NOISES[noise](item.turn.text, item.language)
        if text == item.turn.text:
            continue
        after = _judged(item, await contender.choose(replace(item.turn, text=text)))
        altered += 1
        flipped += after.taken != before.taken
        right += after.is_right
    return Flips(altered, flipped / max(1, altered), right / max(1, altered))


def _judged(item: Item, choice: Choice) -> Judged:
    return Judged(item.labels, choice.route, choice.confidence, choice.options, item.slice, item.language)
