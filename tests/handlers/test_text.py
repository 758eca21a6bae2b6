"""Text: one system prompt, the history that fits, the message once, reasoning apart."""

from __future__ import annotations

from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, FakeModels, FakeSpeech, model, services, text_of
from tests.handlers.helpers import notices, reply, said
from vtai.core.conversation import Conversation
from vtai.core.errors import NotConfigured, ProviderError, TimedOut, VTError
from vtai.core.events import FileReady, TextDelta, ThinkingDelta, Usage
from vtai.core.messages import Message
from vtai.core.ports import Model
from vtai.core.routes import Decision
from vtai.core.turn import Capability, Preferences, SpeechOptions, Turn
from vtai.handlers import text

CHAT: frozenset[Capability] = frozenset({"chat"})


def preferring(**models: str) -> Preferences:
    return Preferences(models=MappingProxyType(models))  # type: ignore[arg-type]


async def test_three_turns_send_each_message_exactly_once_after_one_system_prompt() -> None:
    models = FakeModels()
    history = said()
    for question in ("one", "two", "three"):
        events = await reply(text, Turn(question, history=history), services(models=models))
        history = history.appended(Message("user", question), Message("assistant", text_of(events)))
    sent = models.requests[-1].messages
    assert [message.role for message in sent] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [message.text for message in sent[1::2]] == ["one", "two", "three"]
    assert f"{datetime.now(UTC):%Y}" in sent[0].text


async def test_the_preferences_reach_the_model() -> None:
    models = FakeModels()
    preferences = Preferences(temperature=0.0, top_p=0.5, max_tokens=99, effort="low")
    await reply(text, Turn("hi", preferences=preferences, person="ann"), services(models=models))
    sent = models.requests[0]
    assert (sent.temperature, sent.top_p, sent.max_tokens, sent.effort) == (0.0, 0.5, 99, "low")
    assert sent.person == "ann"


async def test_a_name_of_before_is_answered_by_its_successor_and_said_so() -> None:
    models = FakeModels()
    catalogue = FakeCatalogue((model("new"),), renamed={"old": "new"})
    events = await reply(
        text, Turn("hi", preferences=preferring(chat="old")), services(models=models, catalogue=catalogue)
    )
    assert models.requests[0].model.name == "new"
    assert notices(events) == {"renamed": "old was retired; new answers instead."}


@pytest.mark.parametrize(("trims", "kept"), [(True, 4), (False, 22)], ids=["trimmed", "whole"])
async def test_a_history_that_outgrows_the_context_is_trimmed_unless_told_otherwise(
    trims: bool, kept: int
) -> None:
    models = FakeModels()
    history = said(*(f"{number} " + "x" * 6_000 for number in range(20)))
    await reply(
        text,
        Turn("last", history=history, preferences=Preferences(trims_history=trims)),
        services(models=models),
    )
    sent = models.requests[0].messages
    assert len(sent) == kept
    assert sent[0].role == "system"
    assert sent[-1].text == "last"
    assert sent[-2].text.startswith("19 ")


async def test_reasoning_is_neither_sent_nor_mixed_with_the_answer() -> None:
    models = FakeModels(
        [[ThinkingDelta("a"), TextDelta("<thi"), TextDelta("nk>b</think>c"), Usage("fake", 1, 2)]]
    )
    history = Conversation((Message("user", "<think> q"), Message("assistant", "<think>old</think>answer")))
    events = await reply(text, Turn("next", history=history), services(models=models))
    assert events == [ThinkingDelta("a"), ThinkingDelta("b"), TextDelta("c"), Usage("fake", 1, 2)]
    assert [message.text for message in models.requests[0].messages[1:]] == ["q", "answer", "next"]


async def test_only_what_people_and_models_said_is_sent_of_the_history() -> None:
    models = FakeModels()
    history = Conversation(
        (
            Message("system", "another prompt"),
            Message("user", "one"),
            Message("tool", "4", tool_call_id="a"),
            Message("assistant", ""),
        )
    )
    await reply(text, Turn("next", history=history), services(models=models))
    sent = models.requests[0].messages
    assert [message.role for message in sent] == ["system", "user", "assistant", "user"]
    assert [message.text for message in sent[1:]] == ["one", "(no text)", "next"]


class KeylessCatalogue(FakeCatalogue):
    def choose(self, capability: Capability, wanted: str | None = None) -> Model:
        return super().choose(capability, None if wanted == "locked" else wanted)


async def test_a_chosen_model_that_cannot_be_used_is_replaced_with_a_notice() -> None:
    catalogue = KeylessCatalogue((model("free"), model("locked")))
    turn = Turn("<think> why?", preferences=preferring(reasoning="locked"))
    events = await reply(text, turn, services(catalogue=catalogue))
    assert notices(events)["model"] == "locked cannot answer now; free answers this one."


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(Turn("<think> why?"), id="mark"),
        pytest.param(Turn("why?", command="think"), id="command"),
        pytest.param(Turn("why?"), id="decision"),
    ],
)
async def test_a_thinking_turn_asks_the_reasoning_model_without_the_mark(turn: Turn) -> None:
    catalogue = FakeCatalogue((model("plain", can=CHAT), model("thinker")))
    models = FakeModels()
    events = await reply(
        text,
        turn,
        services(models=models, catalogue=catalogue),
        is_thinking=turn.command is None and "<" not in turn.text,
    )
    assert models.requests[0].model.name == "thinker"
    assert models.requests[0].effort == "medium"
    assert models.requests[0].messages[-1].text == "why?"
    assert "thinker" in notices(events)["model"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        pytest.param({"chat": "both"}, "both", id="the chat model can think"),
        pytest.param({"chat": "both", "reasoning": "thinker"}, "thinker", id="a thinker was chosen"),
        pytest.param({"chat": "plain"}, "thinker", id="the chat model cannot"),
        pytest.param({}, "thinker", id="nothing was chosen"),
    ],
)
async def test_the_thinking_model_is_the_chosen_one_or_an_able_one(
    chosen: dict[str, str], expected: str
) -> None:
    names = (model("plain", can=CHAT), model("thinker"), model("both"))
    models = FakeModels()
    turn = Turn("<think> why?", preferences=preferring(**chosen))
    await reply(text, turn, services(models=models, catalogue=FakeCatalogue(names)))
    assert models.requests[0].model.name == expected


async def test_a_model_that_cannot_reason_is_asked_to_think_aloud() -> None:
    models = FakeModels([[TextDelta("<think>so</think>42")]])
    catalogue = FakeCatalogue((model("plain", can=CHAT),))
    turn = Turn("<think> why?", preferences=Preferences(effort="high"))
    events = await reply(text, turn, services(models=models, catalogue=catalogue))
    assert models.requests[0].effort is None
    assert "<think>" in models.requests[0].messages[0].text
    assert "think aloud" in notices(events)["model"]
    assert events[1:] == [ThinkingDelta("so"), TextDelta("42")]


async def test_the_small_model_is_not_asked_to_think() -> None:
    models = FakeModels()
    catalogue = FakeCatalogue((model("small", can=CHAT, is_embedded=True),))
    events = await reply(text, Turn("<think> why?"), services(models=models, catalogue=catalogue))
    assert "<think>" not in models.requests[0].messages[0].text
    assert "without thinking" in notices(events)["model"]


async def test_a_plain_turn_leaves_the_effort_to_the_model() -> None:
    models = FakeModels()
    await reply(text, Turn("hi"), services(models=models))
    assert models.requests[0].effort is None


async def test_an_empty_message_is_refused() -> None:
    with pytest.raises(VTError, match="empty"):
        await reply(text, Turn(" <think> "), services())


async def test_without_any_model_the_missing_key_is_named() -> None:
    with pytest.raises(NotConfigured) as caught:
        await reply(text, Turn("hi"), services(catalogue=FakeCatalogue(())))
    assert "OPENAI_API_KEY" in caught.value.hint


@pytest.mark.parametrize(
    ("script", "told"),
    [
        pytest.param([], "empty answer", id="nothing"),
        pytest.param([ThinkingDelta("hm")], "until its limit", id="only thinking"),
    ],
)
async def test_an_answer_without_words_is_explained(script: list[ThinkingDelta], told: str) -> None:
    events = await reply(text, Turn("hi"), services(models=FakeModels([script])))
    assert told in notices(events)["empty"]


async def test_stopping_closes_the_models_stream() -> None:
    models = FakeModels([[TextDelta("a"), 60.0]])
    events = text.reply(Turn("hi"), Decision("text", 1.0, "", ""), services(models=models))
    assert await anext(events) == TextDelta("a")
    await events.aclose()
    assert models.closed == 1


class MuteSpeech(FakeSpeech):
    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> object:  # type: ignore[override]
        raise TimedOut("Too late.", "Again.")


async def test_every_reply_is_spoken_where_that_is_wanted() -> None:
    speech = FakeSpeech()
    turn = Turn("hi", preferences=Preferences(speech=SpeechOptions(is_automatic=True)))
    script = [[TextDelta("**Hello** `you`")]]
    events = await reply(text, turn, services(models=FakeModels(list(script)), speech=speech))
    assert speech.said == ["Hello you"]
    assert isinstance(events[-1], FileReady)
    events = await reply(text, turn, services(models=FakeModels(list(script)), speech=MuteSpeech()))
    assert "Too late" in notices(events)["speech"]


async def test_a_vendors_error_comes_through() -> None:
    with pytest.raises(ProviderError):
        await reply(text, Turn("hi"), services(models=FakeModels([[TextDelta("a"), TimedOut("x", "y")]])))
