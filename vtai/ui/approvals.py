"""Tools that ask first: a card with what would be done, and one answer of the person.

Makes the properties of `site/public/elements/Approval.jsx`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from vtai.core.events import Approval, ApprovalAsked
from vtai.ui.paper import Paper, Step, new_id, now
from vtai.ui.verbatim import block

PATIENCE_S = 300.0
# More than this nobody reads before pressing a button.
_MOST_CHARACTERS = 20_000

State = Literal["waiting", "once", "always", "no", "late", "stopped"]
Sleep = Callable[[float], Awaitable[None]]

# Where nobody answers, the answer is no.
_MEANINGS: dict[State, Approval] = {
    "once": "once",
    "always": "always",
    "no": "no",
    "late": "no",
    "stopped": "no",
}


@dataclass
class Card:
    """One question. Its id is random: it is what the buttons call it by."""

    event: ApprovalAsked
    step: Step
    paper: Paper
    id: str = field(default_factory=new_id)
    state: State = "waiting"
    timer: asyncio.Task[None] | None = None

    async def show(self) -> None:
        await self.paper.place_custom(self.step, "Approval", self.props(), self.id)

    async def decide(self, state: State) -> None:
        """Answers, once. What is decided stays on the page."""
        if self.state != "waiting":
            return
        self.state = state
        # Whoever asked may be gone, as after Stop.
        with suppress(asyncio.InvalidStateError):
            self.event.answer(_MEANINGS[state])
        if self.timer is not None and self.timer is not asyncio.current_task():
            self.timer.cancel()
        await self.show()

    def props(self) -> dict[str, Any]:
        text = self.event.arguments
        cut = len(text) - _MOST_CHARACTERS
        return {
            "id": self.id,
            "tool": self.event.name,
            "arguments": block(text[:_MOST_CHARACTERS], self.event.language or "text"),
            "cut": max(cut, 0),
            "state": self.state,
        }


@dataclass
class Desk:
    """What one chat is asked at the moment, and the tools that need not ask in it any more."""

    allowed: set[str] = field(default_factory=set)
    _cards: dict[str, Card] = field(default_factory=dict)

    def put(self, card: Card) -> None:
        self._cards[card.id] = card

    async def answer(self, card_id: str, approval: Approval) -> bool:
        """The person's answer. False where nothing of that id waits for one in this chat."""
        card = self._cards.get(card_id)
        if card is None or card.state != "waiting":
            return False
        asked = [card]
        if approval == "always":
            self.allowed.add(card.event.name)
            asked = [each for each in self._cards.values() if each.event.name == card.event.name]
        for each in asked:
            await each.decide(approval)
        return True

    def take_away(self, card: Card) -> None:
        self._cards.pop(card.id, None)


class Approvals:
    """The questions of one reply. Call `settle` in any case: what was not answered then is refused.

    `sleep` is there for tests.
    """

    def __init__(self, paper: Paper, parent_id: str, desk: Desk, sleep: Sleep = asyncio.sleep) -> None:
        self._paper = paper
        self._parent_id = parent_id
        self._desk = desk
        self._sleep = sleep
        self._cards: list[Card] = []

    async def ask(self, author: str, event: ApprovalAsked) -> Step | None:
        """Shows the question in a bubble of its own; nothing where the person has allowed it already."""
        if event.name in self._desk.allowed:
            event.answer("always")
            return None
        step = Step("assistant_message", author, self._parent_id, end=now())
        card = Card(event, step, self._paper)
        self._cards.append(card)
        self._desk.put(card)
        await self._paper.show(step)
        await card.show()
        card.timer = asyncio.create_task(self._lose_patience(card), name="wait for an answer")
        return step

    async def settle(self) -> None:
        for card in self._cards:
            await card.decide("stopped")
            self._desk.take_away(card)

    async def _lose_patience(self, card: Card) -> None:
        await self._sleep(PATIENCE_S)
        await card.decide("late")
