"""What is reserved and given back: at failures, at Stop, when somebody leaves in the middle, many at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress

import pytest

from tests import fakes
from vtai.chat import Chat
from vtai.core.errors import LimitReached, VendorDown
from vtai.core.events import Event, Failed, TextDelta, Usage
from vtai.core.messages import Message
from vtai.core.ports import ModelEvent, ModelRequest, Services
from vtai.core.routes import Decision, Route
from vtai.core.turn import Asker, Turn
from vtai.limiting.limited import LimitedChat
from vtai.limiting.limiter import Limiter
from vtai.limiting.models import LimitedModels
from vtai.limiting.rules import Rule

# A dollar for each token, so that sums are easy to read.
CATALOGUE = fakes.FakeCatalogue(
    (
        fakes.model("large", input_price=1_000_000.0, output_price=1_000_000.0),
        fakes.model("small", input_price=0.0, output_price=0.0),
    )
)


class Kept:
    """Counters in memory. `door` closed: whoever adds waits before it is counted; `gate`: after that."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.door, self.gate = asyncio.Event(), asyncio.Event()
        self.door.set()
        self.gate.set()

    async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
        await self.door.wait()
        self.totals.update(amounts)
        now = {key: self.totals[key] for key in amounts}
        await self.gate.wait()
        return now

    async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
        return {key: self.totals[key] for key in keys}

    @property
    def total(self) -> int:
        return self.totals.total()


class Handler:
    """Does one thing after the other, as the turn's text has it."""

    route = Route("text", "text", "")

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncIterator[Event]:
        for step in turn.text.split():
            match step:
                case "fail":
                    raise VendorDown("The vendor is down.", "Try again.")
                case "tell":
                    yield Usage("large", 50, 50, 100.0)
                case "wait":
                    await asyncio.Event().wait()
                case _:
                    yield TextDelta(step)


class Model:
    """Answers with its name after a moment; fails or leaves out the count where it is asked to."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        await asyncio.sleep(0)
        if request.messages and request.messages[-1].text == "fail":
            raise VendorDown("The vendor is down.", "Try again.")
        yield TextDelta(request.model.name)
        yield TextDelta("x" * 40)
        yield Usage(request.model.name, 10, 10, 20.0)


def rule(**more: object) -> Rule:
    common = {"for": "each person", "most": 1_000, "what": "tokens", "per": "day"}
    return Rule.model_validate(common | more)


def limited(kept: Kept, *rules: Rule) -> LimitedChat:
    return LimitedChat(Chat([], [Handler()], fakes.services()), Limiter(rules, kept), CATALOGUE)


def models(kept: Kept, *rules: Rule) -> LimitedModels:
    return LimitedModels(Model(), Limiter(rules, kept), CATALOGUE)


async def stopped(chat: LimitedChat, text: str, pieces: int = 1) -> None:
    """Stop, after so many pieces."""
    async with aclosing(chat.reply(Turn(text))) as events:
        async for event in events:
            pieces -= isinstance(event, TextDelta)
            if not pieces:
                return


@pytest.mark.parametrize("what", ["requests", "tokens", "usd"])
async def test_a_turn_that_fails_before_it_answers_counts_nothing(what: str) -> None:
    kept = Kept()
    events = await fakes.events_of(limited(kept, rule(what=what)).reply(Turn("fail")))
    assert isinstance(events[-1], Failed)
    assert kept.total == 0


async def test_a_turn_that_fails_in_its_answer_counts_what_was_said() -> None:
    kept = Kept()
    await fakes.events_of(limited(kept, rule()).reply(Turn("12345678 fail")))
    assert kept.total == 2 + len("12345678 fail") // 4


async def test_a_turn_that_a_second_limit_refuses_counts_for_none() -> None:
    kept = Kept()
    chat = limited(kept, rule(what="requests"), rule(what="requests", most=1, route="text"))
    await fakes.events_of(chat.reply(Turn("one")))
    await fakes.events_of(chat.reply(Turn("two")))
    assert sorted(kept.totals.values()) == [1, 1]


async def test_an_answer_that_is_stopped_costs_money_by_its_length() -> None:
    kept = Kept()
    await stopped(limited(kept, rule(what="usd")), "12345678 wait")
    assert kept.total == (2 + len("12345678 wait") // 4) * 1_000_000


async def test_stop_in_a_second_call_counts_the_first_as_well() -> None:
    kept = Kept()
    await stopped(limited(kept, rule()), "first tell 12345678 wait", pieces=2)
    assert kept.total == 100 + 2 + len("first tell 12345678 wait") // 4


async def test_what_a_reply_adds_after_its_last_count_is_not_counted_again() -> None:
    kept = Kept()
    await fakes.events_of(limited(kept, rule()).reply(Turn("first tell sources")))
    assert kept.total == 100


async def test_who_leaves_while_it_is_looked_up_reserves_nothing() -> None:
    kept = Kept()
    kept.gate.clear()
    task = asyncio.create_task(fakes.events_of(limited(kept, rule()).reply(Turn("12345678"))))
    while not kept.total:
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    kept.gate.set()
    for _ in range(10):
        await asyncio.sleep(0)
    assert kept.total == 0


async def test_who_leaves_while_it_is_counted_is_counted() -> None:
    kept = Kept()
    chat = limited(kept, rule(), rule(route="text"))

    async def read() -> None:
        async for event in chat.reply(Turn("12345678 tell")):
            if isinstance(event, Usage):
                kept.door.clear()

    task = asyncio.create_task(read())
    while kept.door.is_set():
        await asyncio.sleep(0)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    kept.door.set()
    with suppress(asyncio.CancelledError):
        await task
    for _ in range(10):
        await asyncio.sleep(0)
    assert sorted(kept.totals.values()) == [100, 100]


async def test_a_softer_and_a_harder_limit_of_one_kind_share_what_is_counted() -> None:
    kept = Kept()
    chat = limited(
        kept,
        rule(what="requests", most=1, then="downgrade", to="small"),
        rule(what="requests", most=2),
    )
    ends = [(await fakes.events_of(chat.reply(Turn("Hi"))))[-1] for _ in range(3)]
    assert [isinstance(end, Failed) for end in ends] == [False, False, True]
    assert kept.total == 2


async def test_an_answer_longer_than_a_whole_limit_may_begin_where_nothing_was_used() -> None:
    chat = limited(Kept(), rule(most=150))
    ends = [(await fakes.events_of(chat.reply(Turn("Hi tell")))) for _ in range(3)]
    assert [isinstance(end[-1], Failed) for end in ends] == [False, True, True]


async def test_many_calls_of_a_model_at_once_do_not_all_get_past_its_limit() -> None:
    kept = Kept()
    asked = models(kept, rule(most=1_300, model="large"))

    async def call() -> bool:
        try:
            await fakes.events_of(asked.stream(ModelRequest(CATALOGUE.models[0], ())))
        except LimitReached:
            return False
        return True

    assert sum(await asyncio.gather(*(call() for _ in range(20)))) == 2
    assert kept.total == 40


async def test_a_call_that_is_left_counts_by_its_length() -> None:
    kept = Kept()
    asked = models(kept, rule(what="usd", model="large"))
    async with aclosing(asked.stream(ModelRequest(CATALOGUE.models[0], ()))) as events:
        async for _ in events:
            break
    assert kept.total == 1_000_000


@pytest.mark.parametrize("what", ["requests", "tokens", "usd"])
async def test_a_call_of_a_model_that_fails_counts_nothing(what: str) -> None:
    kept = Kept()
    failing = ModelRequest(CATALOGUE.models[0], (Message("user", "fail"),))
    with pytest.raises(VendorDown):
        await fakes.events_of(models(kept, rule(what=what, model="large")).stream(failing))
    assert kept.total == 0


@pytest.mark.parametrize(
    ("whom", "asker"),
    [
        pytest.param("person ann", Asker("x1", name="ann"), id="person"),
        pytest.param("group students", Asker("x1", group="students"), id="group"),
        pytest.param("key k1", Asker("x1", key="k1"), id="key"),
        pytest.param("guests", Asker("x1", is_guest=True), id="guests"),
    ],
)
async def test_a_limit_for_a_model_knows_people_as_others_do(whom: str, asker: Asker) -> None:
    asked = models(Kept(), rule(what="requests", most=1, model="large", **{"for": whom}))
    theirs = ModelRequest(CATALOGUE.models[0], (), person="x1", asker=asker)
    await fakes.events_of(asked.stream(theirs))
    with pytest.raises(LimitReached):
        await fakes.events_of(asked.stream(theirs))
    other = ModelRequest(CATALOGUE.models[0], (), person="eve", asker=Asker("eve"))
    assert await fakes.events_of(asked.stream(other))


async def test_the_model_that_answers_instead_has_limits_too() -> None:
    asked = models(
        Kept(),
        rule(what="requests", most=1, model="large", then="downgrade", to="small"),
        rule(what="requests", most=1, model="small", then="downgrade", to="large"),
    )
    request = ModelRequest(CATALOGUE.models[0], ())
    for _ in range(2):
        await fakes.events_of(asked.stream(request))
    with pytest.raises(LimitReached, match="large and of small"):
        await fakes.events_of(asked.stream(request))
