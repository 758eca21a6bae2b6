"""Decisions are remembered for the turn they were made for, and for no other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.fakes import FakeRouter
from vtai.core.conversation import Conversation
from vtai.core.errors import NotReady
from vtai.core.messages import Attachment, Message
from vtai.core.routes import Decision
from vtai.core.turn import Preferences, Turn
from vtai.routing.cached import CachedRouter, Caching

DECISION = Decision("web-search", 0.8, "It reads like web-search.", "semantic")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class SlowRouter:
    """Decides when it is let go, or fails; remembers who was asked and who was cancelled."""

    decision: Decision | None = DECISION
    error: NotReady | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    cancelled: int = 0

    async def choose(self, turn: Turn) -> Decision | None:
        self.asked += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return self.decision


def said(text: str) -> Conversation:
    return Conversation((Message("user", text), Message("assistant", "Well.")))


TURN = Turn(
    "and in euros?",
    (Attachment("a.csv", "text/csv", Path("1"), 5),),
    said("price of gold"),
    previous_route="web-search",
)


@pytest.mark.parametrize("decision", [DECISION, None], ids=["decision", "no opinion"])
async def test_the_same_turn_is_asked_once(decision: Decision | None) -> None:
    inner = FakeRouter(decision)
    router = CachedRouter(inner, 10, 60.0)
    assert [await router.choose(TURN) for _ in range(3)] == [decision] * 3
    assert len(inner.turns) == 1
    assert (router.counts.hits, router.counts.misses) == (2, 1)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(TURN, text="and in yen?"), id="text"),
        pytest.param(replace(TURN, command="think"), id="command"),
        pytest.param(replace(TURN, history=said("price of silver")), id="context"),
        pytest.param(replace(TURN, history=Conversation()), id="no context"),
        pytest.param(replace(TURN, previous_route="text"), id="previous route"),
        pytest.param(replace(TURN, previous_route=None), id="no previous route"),
        pytest.param(replace(TURN, attachments=()), id="no files"),
        pytest.param(
            replace(TURN, attachments=(Attachment("b.csv", "text/csv", Path("1"), 5),)), id="file name"
        ),
        pytest.param(replace(TURN, person="somebody else"), id="person"),
        pytest.param(replace(TURN, preferences=Preferences(routes_by_itself=False)), id="not by itself"),
        pytest.param(replace(TURN, preferences=Preferences(asks_when_unsure=False)), id="never asks"),
    ],
)
async def test_what_a_router_looks_at_makes_it_another_turn(other: Turn) -> None:
    inner = FakeRouter(DECISION)
    router = CachedRouter(inner, 10, 60.0)
    await router.choose(TURN)
    await router.choose(other)
    assert inner.turns == [TURN, other]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(TURN, preferences=Preferences(temperature=0.3)), id="temperature"),
        pytest.param(
            replace(TURN, attachments=(Attachment("a.csv", "text/csv", Path("2"), 9),)), id="file content"
        ),
    ],
)
async def test_what_no_router_looks_at_makes_no_difference(other: Turn) -> None:
    inner = FakeRouter(DECISION)
    router = CachedRouter(inner, 10, 60.0)
    await router.choose(TURN)
    await router.choose(other)
    assert len(inner.turns) == 1


async def test_files_of_one_name_and_two_kinds_make_two_turns() -> None:
    inner = FakeRouter(DECISION)
    router = CachedRouter(inner, 10, 60.0)
    for media_type in ("image/png", "audio/wav"):
        await router.choose(Turn("this", (Attachment("scan", media_type, Path("1"), 5),)))
    assert len(inner.turns) == 2


async def test_parts_that_run_together_stay_apart() -> None:
    inner = FakeRouter(DECISION)
    router = CachedRouter(inner, 10, 60.0)
    await router.choose(Turn("a", history=said("bc")))
    await router.choose(Turn("ab", history=said("c")))
    assert len(inner.turns) == 2


async def test_a_new_version_counts_at_once() -> None:
    versions = ["1"]
    inner = FakeRouter(DECISION)
    router = CachedRouter(inner, 10, 60.0, lambda: versions[-1])
    await router.choose(TURN)
    versions.append("2")
    await router.choose(TURN)
    assert len(inner.turns) == 2


async def test_a_decision_is_forgotten_after_its_time() -> None:
    clock, inner = Clock(), FakeRouter(DECISION)
    router = CachedRouter(inner, 10, 60.0, clock=clock)
    await router.choose(TURN)
    clock.now = 59.9
    await router.choose(TURN)
    assert len(inner.turns) == 1
    clock.now = 60.0
    await router.choose(TURN)
    assert len(inner.turns) == 2


async def test_the_one_that_was_not_wanted_for_longest_makes_room() -> None:
    inner = FakeRouter(DECISION)
    router = CachedRouter(inner, 2, 60.0)
    for text in ("a", "b", "a", "c", "a", "b"):
        await router.choose(Turn(text))
    assert [turn.text for turn in inner.turns] == ["a", "b", "c", "b"]


async def test_size_zero_turns_it_off() -> None:
    inner = FakeRouter(DECISION)
    router = CachedRouter(inner, 0, 60.0)
    await router.choose(TURN)
    await router.choose(TURN)
    assert len(inner.turns) == 2
    assert (router.counts.hits, router.counts.misses) == (0, 0)


async def test_equal_questions_at_once_are_asked_once() -> None:
    inner = SlowRouter()
    router = CachedRouter(inner, 10, 60.0)
    askers = [asyncio.create_task(router.choose(TURN)) for _ in range(5)]
    await asyncio.sleep(0)
    inner.go.set()
    assert await asyncio.gather(*askers) == [DECISION] * 5
    assert inner.asked == 1
    assert (router.counts.hits, router.counts.misses) == (4, 1)


async def test_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    inner = SlowRouter()
    router = CachedRouter(inner, 10, 60.0)
    first, second = (asyncio.create_task(router.choose(TURN)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    inner.go.set()
    assert await second == DECISION
    assert (inner.asked, inner.cancelled) == (1, 0)


async def test_when_all_give_up_the_question_is_given_up_and_can_be_asked_again() -> None:
    inner = SlowRouter()
    router = CachedRouter(inner, 10, 60.0)
    first = asyncio.create_task(router.choose(TURN))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    again = asyncio.create_task(router.choose(TURN))
    await asyncio.sleep(0)
    inner.go.set()
    assert await again == DECISION
    assert (inner.asked, inner.cancelled) == (2, 1)


async def test_an_error_reaches_everybody_and_is_not_remembered() -> None:
    inner = SlowRouter(error=NotReady("The index is broken.", "Make it anew."))
    router = CachedRouter(inner, 10, 60.0)
    askers = [asyncio.create_task(router.choose(TURN)) for _ in range(2)]
    await asyncio.sleep(0)
    inner.go.set()
    found = await asyncio.gather(*askers, return_exceptions=True)
    assert [type(one) for one in found] == [NotReady, NotReady]
    inner.error = None
    assert await router.choose(TURN) == DECISION


async def test_having_no_opinion_may_be_left_out() -> None:
    caching = Caching(10, 60.0)
    inner = FakeRouter(None)
    router = caching.around(inner, keeps_none=False)
    await router.choose(TURN)
    inner.decision = DECISION
    assert await router.choose(TURN) == DECISION
    assert await router.choose(TURN) == DECISION
    assert len(inner.turns) == 2
    assert (caching.counts.hits, caching.counts.misses) == (1, 2)
