"""Counting turns, and winding a chat down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

import pytest

from tests import fakes
from vtai.chat import Chat
from vtai.core.errors import NotReady, VTError
from vtai.core.events import Event, Failed, TextDelta, Usage
from vtai.core.ports import Services
from vtai.core.readiness import Readiness
from vtai.core.routes import Decision, Route
from vtai.core.turn import Turn
from vtai.metrics import MeasuredChat, Metrics


class ScriptedHandler:
    route = Route("text", "Text", "Answers.")

    def __init__(self, script: Sequence[Event | Exception]) -> None:
        self._script = script

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> AsyncIterator[Event]:
        for step in self._script:
            if isinstance(step, Exception):
                raise step
            yield step


def measured(*script: Event | Exception) -> tuple[MeasuredChat, Metrics]:
    metrics = Metrics()
    return MeasuredChat(Chat([], [ScriptedHandler(script)], fakes.services()), metrics), metrics


def samples(metrics: Metrics) -> dict[str, float]:
    lines = [line for line in metrics.render().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        pytest.param((TextDelta("Hello."),), "answered", id="answered"),
        pytest.param((VTError("No.", "Try."),), "failed", id="known-error"),
        pytest.param((ValueError("secret"),), "unexpected", id="unexpected-error"),
    ],
)
async def test_a_turn_is_counted_by_route_and_outcome(
    script: Sequence[Event | Exception], outcome: str
) -> None:
    chat, metrics = measured(*script)
    await fakes.events_of(chat.reply(Turn("Hi")))
    numbers = samples(metrics)
    assert numbers[f'vtai_turns_total{{outcome="{outcome}",route="text"}}'] == 1
    assert numbers['vtai_turn_seconds_count{route="text"}'] == 1
    assert metrics.running == numbers["vtai_turns_running"] == 0


async def test_failures_are_counted_by_kind() -> None:
    chat, metrics = measured(VTError("No.", "Try."))
    await fakes.events_of(chat.reply(Turn("Hi")))
    assert samples(metrics)['vtai_failures_total{kind="failed",route="text"}'] == 1


async def test_a_turn_that_its_reader_leaves_counts_as_stopped() -> None:
    chat, metrics = measured(TextDelta("One."), TextDelta("Two."))
    async with aclosing(chat.reply(Turn("Hi"))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                assert samples(metrics)["vtai_turns_running"] == 1
                break
    numbers = samples(metrics)
    assert numbers['vtai_turns_total{outcome="stopped",route="text"}'] == 1
    assert numbers["vtai_turns_running"] == 0


async def test_the_first_piece_is_timed_once_a_turn() -> None:
    chat, metrics = measured(TextDelta("One."), TextDelta("Two."))
    await fakes.events_of(chat.reply(Turn("Hi")))
    assert samples(metrics)['vtai_first_piece_seconds_count{route="text"}'] == 1


async def test_tokens_and_cost_are_added_up_by_model() -> None:
    chat, metrics = measured(Usage("fake", 10, 20, cost_usd=0.5), Usage("local", 1, 2))
    for _ in range(2):
        await fakes.events_of(chat.reply(Turn("Hi")))
    numbers = samples(metrics)
    assert numbers['vtai_tokens_total{direction="input",model="fake"}'] == 20
    assert numbers['vtai_tokens_total{direction="output",model="fake"}'] == 40
    assert numbers['vtai_cost_usd_total{model="fake"}'] == 1.0
    assert not any("cost" in name and "local" in name for name in numbers)


def test_the_state_of_each_watched_part_is_shown() -> None:
    metrics, readiness = Metrics(), Readiness(("routing", "model", "page"))
    metrics.watch(readiness)
    readiness.mark_ready("routing")
    readiness.mark_failed("page", NotReady("No.", "Try."))
    numbers = samples(metrics)
    assert numbers['vtai_part_ready{part="routing"}'] == 1
    assert numbers['vtai_part_ready{part="model"}'] == 0
    assert numbers['vtai_part_ready{part="page"}'] == 0


async def test_decisions_and_routes_are_those_of_the_chat_itself() -> None:
    chat, _ = measured()
    assert [route.name for route in chat.routes] == ["text"]
    assert (await chat.decide(Turn("Hi"))).route == "text"


async def test_a_draining_chat_refuses_new_turns_and_counts_none() -> None:
    chat, metrics = measured(TextDelta("Hello."))
    chat.drain()
    events = await fakes.events_of(chat.reply(Turn("Hi")))
    assert [type(event) for event in events] == [Failed]
    assert not any(name.startswith("vtai_turns_total{") for name in samples(metrics))


async def test_a_running_answer_goes_on_while_the_chat_drains() -> None:
    chat, _ = measured(TextDelta("One. "), TextDelta("Two."))
    seen: list[Event] = []
    async with aclosing(chat.reply(Turn("Hi"))) as events:
        async for event in events:
            seen.append(event)
            chat.drain()
    assert fakes.text_of(seen) == "One. Two."


async def test_a_cut_answer_ends_at_its_next_piece_and_says_so() -> None:
    chat, metrics = measured(TextDelta("One. "), TextDelta("Two. "), TextDelta("Three."))
    seen: list[Event] = []
    async with aclosing(chat.reply(Turn("Hi"))) as events:
        async for event in events:
            seen.append(event)
            if event == TextDelta("One. "):
                chat.cut()
    assert fakes.text_of(seen) == "One. "
    assert isinstance(seen[-1], Failed)
    assert samples(metrics)['vtai_turns_total{outcome="stopped",route="text"}'] == 1


def test_models_that_people_name_by_themselves_do_not_make_ever_more_numbers() -> None:
    metrics = Metrics()
    for number in range(1_000):
        metrics.spent(Usage(f"model-{number}", 1, 1, 0.5))
    shown = metrics.render().decode()
    assert shown.count("vtai_cost_usd_total{") == 201
    assert 'vtai_tokens_total{direction="input",model="other"} 800.0' in shown
    assert 'vtai_cost_usd_total{model="model-0"} 0.5' in shown
