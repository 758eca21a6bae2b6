"""A tool that asks first runs when the person said so, and never otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.fakes import FakeModels
from tests.tools.helpers import GO, Echo, call, finished, running
from vtai.core.events import Approval, ApprovalAsked, Event, TextDelta, ToolFinished, ToolStarted
from vtai.core.ports import ToolCallReady
from vtai.core.turn import AssistantOptions, Turn
from vtai.tools.budget import Budget

DONE = [TextDelta("Done.")]


def asking(name: str = "echo", **more: object) -> Echo:
    return Echo(name, needs_approval=True, **more)  # type: ignore[arg-type]


async def answered(
    steps: Sequence[Sequence[ToolCallReady]],
    answers: Sequence[Approval],
    *tools: Echo,
    turn: Turn = GO,
) -> tuple[list[Event], FakeModels]:
    """The events of a reply in which the person answers one question after the other."""
    models = FakeModels([*steps, DONE])
    waiting, events = list(answers), []
    async for event in running(models, *tools, turn=turn):
        events.append(event)
        if isinstance(event, ApprovalAsked):
            event.answer(waiting.pop(0))
    assert not waiting, "the person was asked less often than expected"
    return events, models


async def test_the_person_is_asked_with_the_arguments_before_the_tool_begins() -> None:
    echo = asking()
    models = FakeModels([[call("a", "rm")], DONE])
    events = running(models, echo)
    asked = await anext(events)
    assert isinstance(asked, ApprovalAsked)
    assert (asked.id, asked.name, asked.arguments) == ("a", "echo", "rm")
    await asyncio.sleep(0)
    assert echo.calls == []
    asked.answer("once")
    assert await anext(events) == ToolStarted("a", "echo", "rm")
    rest = [event async for event in events]
    assert finished(rest) == {"a": ("echo of rm", False)}
    assert echo.calls == ["rm"]


async def test_no_is_shown_and_told_to_the_model() -> None:
    echo = asking()
    events, models = await answered([[call("a")]], ["no"], echo)
    assert echo.calls == []
    assert finished(events) == {"a": ("You refused this call.", True)}
    assert models.requests[1].messages[-1].text.startswith("Error: The person did not allow this call.")
    refused = next(event for event in events if isinstance(event, ToolFinished))
    assert refused.seconds is None


async def test_once_is_for_one_call() -> None:
    echo = asking()
    events, _ = await answered([[call("a", "1")], [call("b", "2")]], ["once", "no"], echo)
    assert echo.calls == ["1"]
    assert [is_error for _, is_error in finished(events).values()] == [False, True]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([[call("a", "1"), call("b", "2")]], id="the next call of the same step"),
        pytest.param([[call("a", "1")], [call("b", "2")]], id="a later step"),
    ],
)
async def test_always_is_for_the_calls_that_follow(steps: Sequence[Sequence[ToolCallReady]]) -> None:
    echo = asking()
    await answered(steps, ["always"], echo)
    assert echo.calls == ["1", "2"]


async def test_always_is_for_that_tool_alone() -> None:
    one, other = asking("one"), asking("other")
    await answered([[call("a", name="one")], [call("b", name="other")]], ["always", "no"], one, other)
    assert (len(one.calls), len(other.calls)) == (1, 0)


async def test_what_was_allowed_in_this_chat_is_not_asked_again() -> None:
    echo = asking()
    await answered([[call("a")]], [], echo, turn=Turn("go", allowed_tools=frozenset({"echo"})))
    assert echo.calls == ["{}"]


async def test_questions_come_one_at_a_time_and_hold_up_nothing_else() -> None:
    asking_one, free = asking(together=2), Echo("free")
    models = FakeModels([[call("a", "1"), call("b", "2"), call("c", "3", "free")], DONE])
    seen: list[str] = []
    pending: list[ApprovalAsked] = []
    async for event in running(models, asking_one, free):
        if isinstance(event, ApprovalAsked):
            assert not pending, "two questions at once"
            pending.append(event)
            seen.append(f"asked {event.id}")
        elif isinstance(event, ToolFinished):
            seen.append(f"finished {event.id}")
        if pending and "finished c" in seen:
            pending.pop().answer("once")
    assert seen[:3] == ["asked a", "finished c", "asked b"]
    assert asking_one.calls == ["1", "2"]


async def test_where_nobody_answers_the_tool_does_not_run() -> None:
    echo = asking()
    models = FakeModels([[call("a")], DONE])
    budget = Budget(AssistantOptions(), patience_s=0.01)
    late: list[ApprovalAsked] = []
    events = []
    async for event in running(models, echo, budget=budget):
        events.append(event)
        late += [event] if isinstance(event, ApprovalAsked) else []
    late[0].answer("always")
    assert echo.calls == []
    assert finished(events) == {"a": ("Nobody answered; it did not run.", True)}


async def test_the_first_answer_counts() -> None:
    echo = asking()
    models = FakeModels([[call("a")], DONE])
    async for event in running(models, echo):
        if isinstance(event, ApprovalAsked):
            event.answer("no")
            event.answer("always")
    assert echo.calls == []


async def test_stopping_while_the_person_is_asked_ends_it() -> None:
    echo = asking()
    events = running(FakeModels([[call("a")]]), echo)
    asked = await anext(events)
    waiting = asyncio.create_task(anext(events))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert isinstance(asked, ApprovalAsked)
    asked.answer("always")
    await asyncio.sleep(0)
    assert echo.calls == []


async def test_a_bad_call_of_an_unknown_tool_asks_nobody() -> None:
    events, _ = await answered([[call("a", name="nope")]], [], asking())
    assert finished(events)["a"][1]
