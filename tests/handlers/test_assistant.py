"""Assistant: the shipped tools through a scripted model."""

from __future__ import annotations

import pytest

from tests.fakes import FakeCatalogue, FakeModels, model, services, text_of
from tests.handlers.helpers import notices, reply, said
from vtai.core.errors import NotConfigured
from vtai.core.events import TextDelta, ToolFinished, Usage
from vtai.core.messages import ToolCall
from vtai.core.ports import ToolCallReady
from vtai.core.turn import Preferences, Turn
from vtai.handlers import assistant
from vtai.tools import TOOLS


async def test_the_model_calculates_with_the_calculator() -> None:
    wanted = ToolCallReady(ToolCall("a", "calculate", '{"expression": "2349 * 17.5 / 100"}'))
    models = FakeModels([[wanted, Usage("fake", 5, 1)], [TextDelta("It is 411.075."), Usage("fake", 9, 3)]])
    turn = Turn("What is 17.5 % of 2349?", history=said("hi", "hello"))
    events = await reply(assistant, turn, services(models=models, tools=TOOLS))
    assert ToolFinished("a", "411.075") in events
    assert text_of(events) == "It is 411.075."
    assert events[-1] == Usage("fake", 14, 4)
    first = models.requests[0]
    assert {spec.name for spec in first.tools} == {"calculate", "current_time", "days_between"}
    assert [message.text for message in first.messages[1:]] == ["hi", "hello", "What is 17.5 % of 2349?"]
    assert "tool" in first.messages[0].text


async def test_a_model_that_calls_no_tools_answers_in_words_and_says_so() -> None:
    models = FakeModels()
    catalogue = FakeCatalogue((model("talker", can=frozenset({"chat"})),))
    events = await reply(assistant, Turn("2+2?"), services(models=models, catalogue=catalogue, tools=TOOLS))
    assert "talker cannot call tools" in notices(events)["tools"]
    assert "OPENAI_API_KEY" in notices(events)["tools"]
    assert models.requests[0].tools == ()
    assert text_of(events) == "Hello there."


async def test_another_model_that_calls_tools_takes_over_and_says_so() -> None:
    models = FakeModels()
    catalogue = FakeCatalogue((model("talker", can=frozenset({"chat"})), model("worker")))
    events = await reply(assistant, Turn("2+2?"), services(models=models, catalogue=catalogue, tools=TOOLS))
    assert models.requests[0].model.name == "worker"
    assert "worker" in notices(events)["model"]


async def test_without_tools_it_is_a_plain_answer() -> None:
    models = FakeModels()
    await reply(assistant, Turn("2+2?", preferences=Preferences(temperature=0.0)), services(models=models))
    assert models.requests[0].tools == ()
    assert models.requests[0].temperature == 0.0


async def test_without_any_model_the_missing_key_is_named() -> None:
    with pytest.raises(NotConfigured):
        await reply(assistant, Turn("2+2?"), services(catalogue=FakeCatalogue(()), tools=TOOLS))
