"""Tools that ask first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.ui.recorder import Recorder
from vtai.core.events import Approval, ApprovalAsked
from vtai.ui.approvals import PATIENCE_S, Approvals, Desk
from vtai.ui.paper import Paper


@dataclass
class Asked:
    """Asks on a desk, and remembers what was answered."""

    desk: Desk = field(default_factory=Desk)
    canvas: Recorder = field(default_factory=Recorder)
    answers: list[Approval] = field(default_factory=list)
    patience: asyncio.Event = field(default_factory=asyncio.Event)
    waited_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.approvals = Approvals(Paper(self.canvas), "run", self.desk, self._sleep)

    async def ask(self, tool: str = "send_mail", arguments: str = '{"to": "a"}') -> None:
        await self.approvals.ask("VT.ai", ApprovalAsked("call", tool, arguments, self.answers.append, "json"))

    async def answer(self, approval: Approval, card: int = 0) -> bool:
        return await self.desk.answer(self.cards[card]["id"], approval)

    @property
    def cards(self) -> list[dict[str, Any]]:
        return self.canvas.custom("Approval")

    @property
    def states(self) -> list[str]:
        return [card["state"] for card in self.cards]

    async def _sleep(self, seconds: float) -> None:
        self.waited_s.append(seconds)
        await self.patience.wait()


async def test_a_card_shows_the_tool_and_its_arguments_as_they_are() -> None:
    asked = Asked()
    await asked.ask(arguments="```\n![a](https://outside.example/a.png)")
    (card,) = asked.cards
    assert (card["tool"], card["state"], card["cut"]) == ("send_mail", "waiting", 0)
    assert card["arguments"].startswith("~~~")
    await asked.approvals.settle()


async def test_very_long_arguments_are_cut_and_the_card_says_so() -> None:
    asked = Asked()
    await asked.ask(arguments="x" * 50_000)
    assert asked.cards[0]["cut"] == 30_000
    await asked.approvals.settle()


@pytest.mark.parametrize("approval", ["once", "always", "no"])
async def test_the_answer_goes_to_the_tool_and_stays_on_the_card(approval: Approval) -> None:
    asked = Asked()
    await asked.ask()
    assert await asked.answer(approval)
    assert asked.answers == [approval]
    assert asked.states == [approval]
    await asked.approvals.settle()
    assert asked.states == [approval]


async def test_a_question_takes_one_answer_only() -> None:
    asked = Asked()
    await asked.ask()
    assert await asked.answer("no")
    assert not await asked.answer("always")
    assert asked.answers == ["no"]
    assert asked.desk.allowed == set()


async def test_another_chat_cannot_answer() -> None:
    asked, other = Asked(), Asked()
    await asked.ask()
    assert not await other.desk.answer(asked.cards[0]["id"], "once")
    assert asked.answers == []
    await asked.approvals.settle()


async def test_the_ids_tell_nothing_of_each_other() -> None:
    asked = Asked()
    for _ in range(20):
        await asked.ask()
    assert len({card["id"] for card in asked.cards}) == 20
    await asked.approvals.settle()


async def test_without_an_answer_within_five_minutes_it_is_no() -> None:
    asked = Asked()
    await asked.ask()
    await asyncio.sleep(0)
    assert asked.waited_s == [PATIENCE_S] == [300.0]
    asked.patience.set()
    while asked.states == ["waiting"]:
        await asyncio.sleep(0)
    assert (asked.answers, asked.states) == (["no"], ["late"])
    assert not await asked.answer("once")


async def test_stopped_while_it_waits_it_is_no() -> None:
    asked = Asked()
    await asked.ask()
    await asked.approvals.settle()
    assert (asked.answers, asked.states) == (["no"], ["stopped"])
    assert not await asked.answer("once")


async def test_one_who_asked_and_is_gone_is_no_failure() -> None:
    asked, gone = Asked(), asyncio.get_running_loop().create_future()
    gone.cancel()
    await asked.approvals.ask("VT.ai", ApprovalAsked("call", "send_mail", "", gone.set_result))
    await asked.approvals.settle()
    assert asked.states == ["stopped"]


async def test_always_allows_the_tool_in_this_chat_and_no_other_tool() -> None:
    asked = Asked()
    await asked.ask()
    await asked.answer("always")
    await asked.ask()
    await asked.ask("delete_all")
    assert asked.answers == ["always", "always"]
    assert asked.states == ["always", "waiting"]
    await asked.approvals.settle()


async def test_always_answers_what_waits_for_the_same_tool_already() -> None:
    asked = Asked()
    await asked.ask()
    await asked.ask()
    await asked.ask("delete_all")
    await asked.answer("always", card=1)
    assert asked.states == ["always", "always", "waiting"]
    await asked.approvals.settle()


async def test_a_card_is_shown_again_to_a_browser_that_missed_it_and_can_be_answered() -> None:
    asked = Asked(canvas=Recorder(is_deaf=True))
    paper = Paper(asked.canvas)
    asked.approvals = Approvals(paper, "run", asked.desk, asked._sleep)
    await asked.ask()
    asked.canvas.is_deaf = False
    await paper.repaint()
    assert await asked.answer("once")
    assert asked.states == ["once"]
