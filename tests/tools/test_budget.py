"""How far one reply may go: each limit ends it in words, and the model is told to answer before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.fakes import FakeModels, events_of, text_of
from tests.tools.helpers import Clock, Echo, call, finished, running
from vtai.core.events import ApprovalAsked, Event, Notice, TextDelta, Usage
from vtai.core.ports import ToolContext, ToolEvent, ToolResult
from vtai.core.turn import AssistantOptions, Turn
from vtai.tools.budget import Budget


class Ticking(Echo):
    """Each call takes some seconds of the clock."""

    clock: Clock
    takes_s: float = 0.0

    async def run(self, arguments: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
        self.calls.append(arguments)
        self.clock.now += self.takes_s
        yield ToolResult("tick")


def ticking(takes_s: float, *, needs_approval: bool = False) -> tuple[Ticking, Clock]:
    tool, clock = Ticking(needs_approval=needs_approval), Clock()
    tool.clock, tool.takes_s = clock, takes_s
    return tool, clock


def endless(usage: Usage | None = None) -> FakeModels:
    """A model that never answers."""
    return FakeModels([[call("a", str(n)), *([usage] if usage else [])] for n in range(50)])


def told(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice) and event.key == "steps"]


@pytest.mark.parametrize(
    ("limits", "takes_s", "usage", "steps", "words"),
    [
        pytest.param(AssistantOptions(max_steps=3), 0.0, None, 3, "3 steps", id="steps"),
        pytest.param(AssistantOptions(max_s=100), 30.0, None, 4, "100 seconds", id="time"),
        pytest.param(
            AssistantOptions(max_tokens=10_000), 0.0, Usage("m", 2_000, 500), 5, "10,000 tokens", id="tokens"
        ),
        pytest.param(
            AssistantOptions(max_usd=0.5), 0.0, Usage("m", 1, 1, 0.2), 4, "0.5 US dollars", id="money"
        ),
        pytest.param(
            AssistantOptions(max_usd=0.0, max_steps=2), 0.0, Usage("m", 1, 1), 1, "0 US dollars", id="nothing"
        ),
    ],
)
async def test_a_limit_ends_the_work_and_is_named(
    limits: AssistantOptions, takes_s: float, usage: Usage | None, steps: int, words: str
) -> None:
    tool, clock = ticking(takes_s)
    models = endless(usage)
    events = await events_of(running(models, tool, budget=Budget(limits, clock)))
    assert len(models.requests) == steps
    assert len(tool.calls) == steps - 1, "the calls of the last step have nobody to read them"
    assert told(events) == [f"The assistant was stopped after {words}; its answer may be incomplete."]


async def test_the_last_step_and_no_other_tells_the_model_to_answer() -> None:
    models = FakeModels([[call("a")], [call("b")], [TextDelta("So far.")]])
    events = await events_of(running(models, Echo(), budget=Budget(AssistantOptions(max_steps=3))))
    last = [request.messages[-1].text for request in models.requests]
    assert ["Answer now" in text for text in last] == [False, False, True]
    assert text_of(events) == "So far."
    assert told(events) == ["The assistant had to answer after 3 steps; its answer may be incomplete."]


async def test_a_single_step_is_an_answer_without_tools() -> None:
    models = FakeModels([[TextDelta("Hi.")]])
    await events_of(running(models, Echo(), budget=Budget(AssistantOptions(max_steps=1))))
    assert models.requests[0].tools == ()


async def test_the_limits_are_those_of_the_turn() -> None:
    from vtai.core.turn import Preferences

    models = endless()
    turn = Turn("go", preferences=Preferences(assistant=AssistantOptions(max_steps=2)))
    await events_of(running(models, Echo(), turn=turn))
    assert len(models.requests) == 2


async def test_a_tool_is_stopped_when_the_time_is_over() -> None:
    models = FakeModels([[call("a")], [TextDelta("Sorry.")]])
    echo = Echo(together=2)
    events = await events_of(running(models, echo, budget=Budget(AssistantOptions(max_s=0.05))))
    assert echo.stopped == 1
    assert finished(events)["a"] == ("It was stopped: the 0 seconds left were over.", True)
    assert "Answer now" in models.requests[1].messages[-1].text


async def test_a_tool_is_not_begun_when_the_time_is_over() -> None:
    clock = Clock()

    class Late(FakeModels):
        async def stream(self, request):  # type: ignore[no-untyped-def,override]
            async for event in super().stream(request):
                clock.now += 50
                yield event

    echo = Echo()
    models = Late([[call("a")], [TextDelta("Sorry.")]])
    events = await events_of(running(models, echo, budget=Budget(AssistantOptions(max_s=40), clock)))
    assert echo.calls == []
    assert finished(events)["a"] == ("It was not begun: the time for this reply is over.", True)


async def test_waiting_for_the_person_does_not_count() -> None:
    tool, clock = ticking(1.0, needs_approval=True)
    models = FakeModels([[call("a")], [call("b")], [TextDelta("Done.")]])
    events: list[Event] = []
    async for event in running(models, tool, budget=Budget(AssistantOptions(max_s=100), clock)):
        events.append(event)
        if isinstance(event, ApprovalAsked):
            await asyncio.sleep(0)
            clock.now += 1_000
            event.answer("once")
    assert len(tool.calls) == 2
    assert told(events) == []
    assert text_of(events) == "Done."
