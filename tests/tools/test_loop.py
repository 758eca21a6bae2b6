"""The model calls tools, reads what they said, and answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest

from tests.fakes import FakeModels, events_of, model, text_of
from vtai.core.errors import BadArguments, RateLimited, VTError
from vtai.core.events import (
    Event,
    Notice,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolStarted,
    Usage,
)
from vtai.core.messages import Message, ToolCall
from vtai.core.ports import ModelEvent, ModelRequest, ToolCallReady, ToolSpec
from vtai.tools import loop

Script = Sequence[ModelEvent | VTError | float]


@dataclass
class Echo:
    """A tool that remembers its calls; `together` lets it end only when so many run at once."""

    name: str = "echo"
    error: Exception | None = None
    together: int = 1
    calls: list[str] = field(default_factory=list)
    cancelled: int = 0
    _everybody: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, "Echoes.", {"type": "object"})

    async def run(self, arguments: str) -> str:
        self.calls.append(arguments)
        try:
            if len(self.calls) >= self.together:
                self._everybody.set()
            await self._everybody.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        return f"echo of {arguments}"


def call(id_: str, arguments: str = "{}", name: str = "echo") -> ToolCallReady:
    return ToolCallReady(ToolCall(id_, name, arguments))


def running(models: FakeModels, *tools: Echo, max_steps: int = 8) -> AsyncGenerator[Event, None]:
    request = ModelRequest(model(), (Message("user", "go"),))
    return loop.run(models, request, tools, max_steps)


async def test_an_answer_without_calls_goes_through_once() -> None:
    models = FakeModels([[ThinkingDelta("hm"), TextDelta("<think>x</think>Hi"), Usage("fake", 1, 2)]])
    assert await events_of(running(models, Echo())) == [
        ThinkingDelta("hm"),
        ThinkingDelta("x"),
        TextDelta("Hi"),
        Usage("fake", 1, 2),
    ]
    assert [spec.name for spec in models.requests[0].tools] == ["echo"]


async def test_results_go_back_in_the_order_of_the_calls() -> None:
    models = FakeModels(
        [
            [TextDelta("Let me see."), call("a", "1"), call("b", "2"), Usage("fake", 10, 1, 0.5)],
            [TextDelta("Done."), Usage("fake", 20, 2, 0.25)],
        ]
    )
    echo = Echo(together=2)
    events = await events_of(running(models, echo))
    assert echo.calls == ["1", "2"]
    assert events[1:3] == [ToolStarted("a", "echo", "1"), ToolStarted("b", "echo", "2")]
    assert {event for event in events if isinstance(event, ToolFinished)} == {
        ToolFinished("a", "echo of 1"),
        ToolFinished("b", "echo of 2"),
    }
    assert text_of(events) == "Let me see.\n\nDone."
    assert events[-1] == Usage("fake", 30, 3, 0.75)
    assert models.requests[1].messages == (
        Message("user", "go"),
        Message(
            "assistant", "Let me see.", tool_calls=(ToolCall("a", "echo", "1"), ToolCall("b", "echo", "2"))
        ),
        Message("tool", "echo of 1", tool_call_id="a"),
        Message("tool", "echo of 2", tool_call_id="b"),
    )


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        pytest.param(
            call("a"),
            BadArguments("x is missing.", "Give x."),
            "Error: x is missing. Give x.",
            id="arguments",
        ),
        pytest.param(
            call("a", name="nope"), None, "Error: There is no tool 'nope'. There are: echo.", id="unknown"
        ),
    ],
)
async def test_a_failed_call_goes_back_to_the_model_with_the_reason(
    asked: ToolCallReady, error: VTError | None, told: str
) -> None:
    models = FakeModels([[asked], [TextDelta("I see.")]])
    events = await events_of(running(models, Echo(error=error)))
    assert models.requests[1].messages[-1].text == told
    assert [event.is_error for event in events if isinstance(event, ToolFinished)] == [True]
    assert text_of(events) == "I see."


@pytest.mark.parametrize("ids", [("", ""), ("call_0", "call_0")], ids=["empty", "the same"])
async def test_calls_that_share_an_id_are_told_apart(ids: tuple[str, str]) -> None:
    models = FakeModels([[call(ids[0], "1"), call(ids[1], "2")], [call(ids[0], "3")], []])
    events = await events_of(running(models, Echo()))
    started = [event.id for event in events if isinstance(event, ToolStarted)]
    assert len(set(started)) == 3
    results = [m for m in models.requests[2].messages if m.role == "tool"]
    assert [(m.tool_call_id, m.text) for m in results] == [
        (started[0], "echo of 1"),
        (started[1], "echo of 2"),
        (started[2], "echo of 3"),
    ]


async def test_the_loop_ends_after_its_steps_and_says_so() -> None:
    models = FakeModels([[call("a", str(number))] for number in range(9)])
    echo = Echo()
    events = await events_of(running(models, echo, max_steps=3))
    assert len(models.requests) == 3
    assert echo.calls == ["0", "1"], "the calls of the last step have nobody to read them"
    assert "Answer now" in models.requests[2].messages[-1].text
    assert "Answer now" not in models.requests[1].messages[-1].text
    assert [event.key for event in events if isinstance(event, Notice)] == ["steps"]


async def test_a_long_result_is_cut_and_says_so() -> None:
    models = FakeModels([[call("a", "y" * 30_000)], [TextDelta("ok")]])
    await events_of(running(models, Echo()))
    assert len(models.requests[1].messages[-1].text) < 21_000
    assert "left out" in models.requests[1].messages[-1].text


async def test_what_the_vendor_reports_ends_the_loop() -> None:
    models = FakeModels([[call("a")], [RateLimited("Too many.", "Wait.")]])
    with pytest.raises(RateLimited):
        await events_of(running(models, Echo()))
    assert models.closed == 2


async def test_a_fault_in_a_tool_is_not_hidden_and_stops_the_others() -> None:
    models = FakeModels([[call("a", name="bad"), call("b", name="slow")]])
    slow = Echo("slow", together=99)
    with pytest.raises(RuntimeError):
        await events_of(running(models, Echo("bad", RuntimeError("bug")), slow))
    assert slow.cancelled == 1


async def test_stopping_while_tools_run_stops_them() -> None:
    models = FakeModels([[call("a")]])
    echo = Echo(together=2)
    events = running(models, echo)
    assert await anext(events) == ToolStarted("a", "echo", "{}")
    waiting = asyncio.create_task(anext(events))
    while not echo.calls:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert echo.cancelled == 1


async def test_stopping_while_the_model_writes_closes_its_stream() -> None:
    models = FakeModels([[TextDelta("a"), 60.0]])
    events = running(models, Echo())
    await anext(events)
    await events.aclose()
    assert models.closed == 1


@pytest.mark.parametrize(
    ("usages", "total"),
    [
        pytest.param([Usage("m", 1, 2, 0.5), Usage("m", 3, 4, 0.25)], Usage("m", 4, 6, 0.75), id="priced"),
        pytest.param([Usage("m", 1, 2, 0.5), Usage("m", 3, 4)], Usage("m", 4, 6), id="a price is missing"),
        pytest.param(
            [Usage("m", 1, 2, is_estimated=True), Usage("n", 0, 0)],
            Usage("n", 1, 2, is_estimated=True),
            id="estimated",
        ),
    ],
)
def test_usage_is_summed(usages: list[Usage], total: Usage) -> None:
    assert loop.total(usages) == total
