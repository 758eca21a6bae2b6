"""The queue before a vendor: so many at once, nobody behind all of another person's, a place that is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import fakes
from vtai.core.errors import Busy
from vtai.core.events import Notice, TextDelta
from vtai.core.messages import Message
from vtai.core.ports import ModelEvent, ModelRequest
from vtai.providers.queued import FairQueue, QueuedModels


class Gated:
    """Answers with the question, once it is let."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        text = request.messages[-1].text
        self.begun.append(text)
        await self.gates.setdefault(text, asyncio.Event()).wait()
        yield TextDelta(text)


def request(text: str, person: str, *, is_embedded: bool = False) -> ModelRequest:
    model = fakes.model(is_embedded=is_embedded)
    return ModelRequest(model, (Message("user", text),), person=person)


def queued(inner: Gated, at_once: int = 1, most_waiting: int = 10) -> QueuedModels:
    return QueuedModels(inner, at_once, lambda vendor: f"the {vendor}", most_waiting)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def asked(models: QueuedModels, text: str, person: str, told: list[str]) -> asyncio.Task[None]:
    def take(event: ModelEvent) -> None:
        assert isinstance(event, Notice | TextDelta)
        told.append(event.text)

    async def ask() -> None:
        async with aclosing(models.stream(request(text, person))) as events:
            async for event in events:
                take(event)

    return asyncio.create_task(ask())


async def test_only_so_many_are_asked_at_once_and_the_others_are_told_their_place() -> None:
    inner, told = Gated(), [[], [], []]
    models = queued(inner)
    tasks = [asked(models, str(n), f"p{n}", told[n]) for n in range(3)]
    await settled()
    assert inner.begun == ["0"]
    assert [each[-1:] for each in told] == [
        [],
        ["You are number 1 for the fake."],
        ["You are number 2 for the fake."],
    ]
    assert models.waiting() == {"fake": 2}
    for n in range(3):
        inner.gates[str(n)].set()
        await settled()
    await asyncio.gather(*tasks)
    assert told[2][-2:] == ["You are number 1 for the fake.", "2"]
    assert models.waiting() == {"fake": 0}


async def test_nobody_waits_behind_all_messages_of_another_person() -> None:
    inner, told = Gated(), []
    models = queued(inner)
    tasks = [asked(models, f"a{n}", "ann", told) for n in range(4)]
    await settled()
    tasks.append(asked(models, "b0", "bob", told))
    await settled()
    for text in ("a0", "a1", "b0", "a2", "a3"):
        inner.gates.setdefault(text, asyncio.Event()).set()
    await asyncio.gather(*tasks)
    assert inner.begun == ["a0", "a1", "b0", "a2", "a3"]


async def test_who_leaves_gives_up_the_place_at_once() -> None:
    inner, told, gone = Gated(), [], []
    models = queued(inner)
    first, second, third = (
        asked(models, text, text, into) for text, into in (("a", []), ("b", gone), ("c", told))
    )
    await settled()
    second.cancel()
    await settled()
    assert told[-1] == "You are number 1 for the fake."
    first.cancel()
    await settled()
    assert inner.begun == ["a", "c"]
    third.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert models.waiting() == {"fake": 0}


async def test_a_full_queue_says_so() -> None:
    inner: Gated = Gated()
    models = queued(inner, most_waiting=1)
    tasks = [asked(models, text, text, []) for text in "ab"]
    await settled()
    with pytest.raises(Busy, match="Too many people"):
        await anext(models.stream(request("c", "c")))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_built_in_model_does_not_queue_here() -> None:
    inner: Gated = Gated()
    models = queued(inner)
    task = asked(models, "a", "a", [])
    await settled()
    inner.gates["b"] = asyncio.Event()
    inner.gates["b"].set()
    async with aclosing(models.stream(request("b", "b", is_embedded=True))) as events:
        assert [event async for event in events] == [TextDelta("b")]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@given(st.lists(st.sampled_from("abcd"), max_size=12))
def test_the_place_that_is_told_is_the_order_of_being_served(people: list[str]) -> None:
    queue = FairQueue(1)
    first = queue.join("first")
    tickets = [queue.join(person) for person in people]
    told = {id(ticket): queue.place(ticket) for ticket in tickets}
    served, last = [], first
    for _ in tickets:
        queue.leave(last)
        last = next(ticket for ticket in tickets if ticket.is_served and ticket not in served)
        served.append(last)
    assert [told[id(ticket)] for ticket in served] == list(range(1, len(tickets) + 1))
