"""The model calls tools, reads what they said, and answers."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes import FakeModels, events_of, model, services, text_of
from tests.tools.helpers import Clock, Echo, call, finished, running
from vtai.core.errors import BadArguments, RateLimited, VTError
from vtai.core.events import (
    FileReady,
    Notice,
    Source,
    SourcesFound,
    TableReady,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.messages import Message, ToolCall
from vtai.core.ports import Cited, ModelRequest, ToolCallReady, ToolContext, ToolResult
from vtai.core.turn import AssistantOptions, Turn
from vtai.tools import loop
from vtai.tools.budget import Budget

DONE = [TextDelta("Done.")]


async def test_an_answer_without_calls_goes_through_once() -> None:
    models = FakeModels([[ThinkingDelta("hm"), TextDelta("<think>x</think>Hi"), Usage("fake", 1, 2)]])
    assert await events_of(running(models, Echo())) == [
        ThinkingDelta("hm"),
        ThinkingDelta("x"),
        TextDelta("Hi"),
        Usage("fake", 1, 2),
    ]
    assert [spec.name for spec in models.requests[0].tools] == ["echo"]


async def test_parallel_calls_run_in_parallel_and_their_results_go_back_in_order() -> None:
    models = FakeModels(
        [
            [TextDelta("Let me see."), call("a", "1"), call("b", "2"), Usage("fake", 10, 1, 0.5)],
            [TextDelta("Done."), Usage("fake", 20, 2, 0.25)],
        ]
    )
    echo = Echo(together=2)
    events = await events_of(running(models, echo, budget=Budget(AssistantOptions(), Clock())))
    assert echo.calls == ["1", "2"]
    assert events[1:3] == [ToolStarted("a", "echo", "1"), ToolStarted("b", "echo", "2")]
    assert {event for event in events if isinstance(event, ToolFinished)} == {
        ToolFinished("a", "echo of 1", seconds=0.0),
        ToolFinished("b", "echo of 2", seconds=0.0),
    }
    assert text_of(events) == "Let me see.\n\nDone."
    assert events[-1] == Usage("fake", 30, 3, 0.75)
    calls = (ToolCall("a", "echo", "1"), ToolCall("b", "echo", "2"))
    assert models.requests[1].messages == (
        Message("user", "go"),
        Message("assistant", "Let me see.", tool_calls=calls),
        Message("tool", "echo of 1", tool_call_id="a"),
        Message("tool", "echo of 2", tool_call_id="b"),
    )


async def test_the_order_of_the_results_is_that_of_the_calls_whoever_is_first() -> None:
    slow = Echo("slow", together=2)
    models = FakeModels([[call("a", "1", "slow"), call("b", "2"), call("c", "3", "slow")], DONE])
    events = await events_of(running(models, slow, Echo()))
    assert next(iter(finished(events))) == "b"
    assert [message.tool_call_id for message in models.requests[1].messages[2:]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("asked", "error", "told"),
    [
        pytest.param(call("a"), BadArguments("No x.", "Give x."), "Error: No x. Give x.", id="arguments"),
        pytest.param(call("a"), RateLimited("Busy.", "Wait."), "Error: Busy. Wait.", id="a vendor"),
        pytest.param(
            call("a", name="nope"), None, "Error: There is no tool 'nope'. There are: echo.", id="unknown"
        ),
    ],
)
async def test_a_failed_call_is_shown_and_goes_back_to_the_model_with_the_reason(
    asked: ToolCallReady, error: VTError | None, told: str
) -> None:
    models = FakeModels([[asked], [TextDelta("I see.")]])
    events = await events_of(running(models, Echo(error=error)))
    assert models.requests[1].messages[-1].text == told
    assert finished(events) == {"a": (told.removeprefix("Error: "), True)}
    assert text_of(events) == "I see."


async def test_what_a_tool_shows_passes_on_as_it_comes() -> None:
    table = TableReady("t", ("a",), (("1",),), 1)
    source = SourcesFound((Source(1, "T", "https://example.org", ""),))
    shown = (FileReady("f.png", "image/png", b"x"), table, source, Notice("n", "text"))
    echo = Echo(first=("wor", "king", Usage("painter", 5, 5, 0.1), *shown))
    events = await events_of(running(FakeModels([[call("a")], [*DONE, Usage("fake", 1, 1, 0.2)]]), echo))
    assert events[:7] == [
        ToolStarted("a", "echo", "{}"),
        ToolProgress("a", "wor"),
        ToolProgress("a", "king"),
        *shown,
    ]
    assert events[-1] == Usage("fake", 6, 6, pytest.approx(0.3)), "what tools cost counts"


async def test_people_see_what_is_for_people_and_the_model_what_is_for_it() -> None:
    clock = Clock()

    class Slow(Echo):
        async def run(self, arguments: str, context: ToolContext):  # type: ignore[no-untyped-def,override]
            clock.now += 2.5
            yield ToolResult("for the model", "for people")

    models = FakeModels([[call("a")], DONE])
    events = await events_of(running(models, Slow(), budget=Budget(AssistantOptions(), clock)))
    assert ToolFinished("a", "for people", seconds=2.5) in events
    assert models.requests[1].messages[-1].text == "for the model"


async def test_pages_of_models_and_tools_are_numbered_on() -> None:
    first, second = (Source(0, name, f"https://example.org/{name}", "") for name in "ab")
    context = ToolContext(Turn("go"), services())
    context.numbering.add((first,))
    models = FakeModels([[Cited((second, first)), *DONE]])
    request = ModelRequest(model(), (Message("user", "go"),))
    events = await events_of(loop.run(models, request, (), context))
    assert SourcesFound((Source(2, "b", "https://example.org/b", ""),)) in events


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


async def test_of_very_many_calls_at_once_the_first_are_run_and_the_model_is_told() -> None:
    models = FakeModels([[call(f"c{n}", str(n)) for n in range(40)], DONE])
    echo = Echo()
    await events_of(running(models, echo))
    assert echo.calls == [str(n) for n in range(16)]
    assert "Only the first 16 calls were run" in models.requests[1].messages[-1].text


async def test_a_long_result_is_cut_and_says_so() -> None:
    models = FakeModels([[call("a", "y" * 30_000)], DONE])
    await events_of(running(models, Echo()))
    assert len(models.requests[1].messages[-1].text) < 21_000
    assert "left out" in models.requests[1].messages[-1].text


async def test_an_answer_without_a_word_is_explained() -> None:
    events = await events_of(running(FakeModels([[call("a")], []]), Echo()))
    assert [event.key for event in events if isinstance(event, Notice)] == ["empty"]


async def test_what_the_vendor_reports_ends_the_loop() -> None:
    models = FakeModels([[call("a")], [RateLimited("Too many.", "Wait.")]])
    with pytest.raises(RateLimited):
        await events_of(running(models, Echo()))
    assert models.closed == 2


@pytest.mark.parametrize("error", [RuntimeError("bug"), TimeoutError()], ids=["any", "a time-out of its own"])
async def test_a_fault_in_a_tool_ends_its_call_with_a_reference_and_no_other(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    models = FakeModels([[call("a", name="bad"), call("b")], [TextDelta("Half of it.")]])
    events = await events_of(running(models, Echo("bad", error), Echo()))
    said, is_error = finished(events)["a"]
    assert is_error
    assert said.split(" under ")[1][:8] in caplog.text
    assert "bug" not in said
    assert not finished(events)["b"][1]
    assert text_of(events).endswith("Half of it.")


async def test_stopping_while_tools_run_stops_them() -> None:
    models = FakeModels([[call("a"), call("b")]])
    echo = Echo(together=3)
    events = running(models, echo)
    assert await anext(events) == ToolStarted("a", "echo", "{}")
    assert await anext(events) == ToolStarted("b", "echo", "{}")
    waiting = asyncio.create_task(anext(events))
    while len(echo.calls) < 2:
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert echo.stopped == 2


async def test_closing_the_answer_while_a_tool_reports_stops_the_tool() -> None:
    echo = Echo(together=2, first=("working",))
    events = running(FakeModels([[call("a")]]), echo)
    async for event in events:
        if event == ToolProgress("a", "working"):
            break
    await events.aclose()
    assert echo.stopped == 1


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
