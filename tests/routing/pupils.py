"""A learning router over corrections in memory, and messages to teach it with."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vtai.core.conversation import Conversation
from vtai.core.errors import VTError
from vtai.core.messages import Attachment, Message
from vtai.core.ports import Correction
from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.routing.corrections import LearningRouter
from vtai.routing.encoder import Head

TEXT = Decision("text", 0.9, "It reads like text.", "semantic")
PICTURE = Attachment("cat.png", "image/png", Path("cat.png"), 1)


@dataclass
class FakeCorrections:
    """The corrections port in memory."""

    kept: list[Correction] = field(default_factory=list)
    fails: VTError | None = None

    async def add(self, correction: Correction) -> None:
        self.kept.append(correction)

    async def of(self, person: str) -> Sequence[Correction]:
        if self.fails is not None:
            raise self.fails
        own = (one for one in self.kept if one.person == person)
        shared = (replace(one, person="") for one in self.kept if one.is_shared and one.person != person)
        return sorted([*own, *shared], key=lambda one: one.at)

    async def remove(self, person: str, correction_id: str) -> bool:
        before = len(self.kept)
        self.kept = [one for one in self.kept if (one.person, one.id) != (person, correction_id)]
        return len(self.kept) < before

    async def promote(self, correction_id: str) -> bool:
        known = any(one.id == correction_id for one in self.kept)
        self.kept = [replace(one, is_shared=one.is_shared or one.id == correction_id) for one in self.kept]
        return known


def learner(store: FakeCorrections, head: Head) -> LearningRouter:
    moments = itertools.count(1)

    async def shared() -> Head:
        return head

    return LearningRouter(store, shared, clock=lambda: float(next(moments)))


def said(text: str, before: str = "", previous_route: str | None = None, **more: Any) -> Turn:
    history = Conversation((Message("user", before),)) if before else Conversation()
    return Turn(text, history=history, previous_route=previous_route, **more)


async def route_of(learning: LearningRouter, turn: Turn) -> str | None:
    decision = await learning.choose(turn)
    return decision.route if decision else None
