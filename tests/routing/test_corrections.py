"""What was corrected counts at once, for the message and its paraphrases, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.routing.pupils import PICTURE, TEXT, FakeCorrections, learner, route_of, said
from vtai.core.errors import VTError
from vtai.core.messages import Attachment
from vtai.core.turn import Preferences, Turn
from vtai.routing.corrections import LearningRouter
from vtai.routing.encoder import Head


@pytest.fixture(scope="module")
def head() -> Head:
    return Head.load()


@pytest.fixture
def store() -> FakeCorrections:
    return FakeCorrections()


@pytest.fixture
def learning(store: FakeCorrections, head: Head) -> LearningRouter:
    return learner(store, head)


async def test_without_corrections_there_is_no_opinion(learning: LearningRouter) -> None:
    assert await learning.choose(said("Draw a cat")) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Who's on at the Apollo tonight?", id="the message"),
        pytest.param("  who's on at the APOLLO tonight ", id="capitals and spaces"),
        pytest.param("Who is playing at the Apollo tonight", id="other words"),
        pytest.param("tell me who's on tonight at the apolo", id="another order and a slip"),
    ],
)
async def test_the_message_and_its_paraphrases_move_at_once(learning: LearningRouter, text: str) -> None:
    await learning.learn(said("Who's on at the Apollo tonight?"), TEXT, "web-search")
    decision = await learning.choose(said(text))
    assert decision is not None
    assert (decision.route, decision.router) == ("web-search", "learned")
    assert decision.reason == "You sent “Who's on at the Apollo tonight?” here before."
    assert decision.alternatives[0].route == "text"


async def test_the_same_message_is_surer_than_a_paraphrase(learning: LearningRouter) -> None:
    await learning.learn(said("Give me the standings of our pub quiz league"), TEXT, "assistant")
    same = await learning.choose(said("Give me the standings of our pub quiz league"))
    other = await learning.choose(said("where is our pub quiz league, show the standings"))
    assert same is not None
    assert other is not None
    assert 0.5 < other.confidence < same.confidence < 1


async def test_a_long_message_is_quoted_in_short(learning: LearningRouter) -> None:
    text = "Please read the following aloud:\n" + "the sea was calm and the boats were in " * 20
    await learning.learn(said(text), TEXT, "speech")
    decision = await learning.choose(said(text))
    assert decision is not None
    assert len(decision.reason) < 100
    assert "…" in decision.reason
    assert "\n" not in decision.reason


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(said("What is the capital of Peru?"), id="unrelated"),
        pytest.param(said("Where on the moon did Apollo 11 land, and when?"), id="one rare word of it"),
        pytest.param(
            said(
                "Answer my cousin's letter: the harvest was poor, grandfather sold two horses, and she asks "
                "who's on at the Apollo tonight"
            ),
            id="a long text that holds it",
        ),
        pytest.param(said(" "), id="empty"),
        pytest.param(said("Who's on at the Apollo tonight", command="image"), id="a command"),
        pytest.param(said("<think> Who's on at the Apollo tonight"), id="a mark"),
        pytest.param(said("Who's on at the Apollo tonight", attachments=(PICTURE,)), id="a picture"),
        pytest.param(said("Who's on at the Apollo tonight https://a.example/b.png"), id="a linked picture"),
        pytest.param(
            said("Who's on at the Apollo tonight", preferences=Preferences(routes_by_itself=False)),
            id="routing by itself is off",
        ),
        pytest.param(said("Who's on at the Apollo tonight", person="bob"), id="another person"),
    ],
)
async def test_what_a_correction_does_not_move(learning: LearningRouter, turn: Turn) -> None:
    await learning.learn(said("Who's on at the Apollo tonight"), TEXT, "web-search")
    assert await learning.choose(turn) is None


async def test_a_document_does_not_stand_in_the_way(learning: LearningRouter) -> None:
    document = Attachment("plan.pdf", "application/pdf", Path("plan.pdf"), 1)
    await learning.learn(said("Sum this up and say it", attachments=(document,)), TEXT, "speech")
    assert await route_of(learning, said("sum this up and say it")) == "speech"


async def test_a_correction_with_a_picture_counts_with_pictures_alone(learning: LearningRouter) -> None:
    await learning.learn(said("list what is on it", attachments=(PICTURE,)), TEXT, "assistant")
    assert await route_of(learning, said("list what's on it", attachments=(PICTURE,))) == "assistant"
    assert await route_of(learning, said("list what is on it")) is None


async def test_a_short_follow_up_counts_after_the_like_alone(learning: LearningRouter) -> None:
    await learning.learn(said("now for Madrid", "the weather in Rome", "web-search"), TEXT, "speech")
    assert (
        await route_of(learning, said("and now for Madrid", "the weather in Oslo", "web-search")) == "speech"
    )
    assert await route_of(learning, said("now for Madrid", "draw Rome", "image-generation")) is None


async def test_a_correction_back_replaces_the_earlier_one(
    learning: LearningRouter, store: FakeCorrections
) -> None:
    first = await learning.learn(said("Say something nice to Biscuit"), TEXT, "speech")
    second = await learning.learn(
        said("say something nice to Biscuit!"), replace(TEXT, route="speech"), "text"
    )
    assert [one.id for one in store.kept] == [second.id]
    assert first.id != second.id
    assert await route_of(learning, said("Say something nice to Biscuit")) == "text"


async def test_the_closer_correction_wins(learning: LearningRouter) -> None:
    await learning.learn(said("Paint me as a Renaissance banker in words"), TEXT, "speech")
    await learning.learn(said("Paint me as a Renaissance banker in oils"), TEXT, "image-generation")
    assert await route_of(learning, said("paint me in oils as a renaissance banker")) == "image-generation"
    assert await route_of(learning, said("paint me in words as a renaissance banker")) == "speech"


async def test_what_is_undone_no_longer_counts(learning: LearningRouter) -> None:
    kept = await learning.learn(said("Summarise the match"), TEXT, "web-search")
    assert await route_of(learning, said("summarise the match please")) == "web-search"
    assert not await learning.undo("bob", kept.id)
    assert await learning.undo("local", kept.id)
    assert await route_of(learning, said("summarise the match please")) is None


async def test_a_promoted_one_counts_for_everybody_until_they_correct_it(learning: LearningRouter) -> None:
    kept = await learning.learn(said("Summarise the match"), TEXT, "web-search")
    assert await learning.promote(kept.id)
    seen = await learning.choose(said("summarise the match", person="bob"))
    assert seen is not None
    assert seen.reason == "“Summarise the match” was sent here before, and that counts for everybody."
    await learning.learn(said("Summarise the match", person="bob"), TEXT, "speech")
    assert await route_of(learning, said("summarise the match", person="bob")) == "speech"
    assert await route_of(learning, said("summarise the match")) == "web-search"
    assert len(await learning.corrections("bob")) == 2


async def test_corrections_survive_a_new_start(store: FakeCorrections, head: Head) -> None:
    await learner(store, head).learn(said("Summarise the match"), TEXT, "web-search")
    assert await route_of(learner(store, head), said("please summarise the match")) == "web-search"


async def test_a_store_that_cannot_be_read_costs_no_answer(
    learning: LearningRouter, store: FakeCorrections
) -> None:
    await learning.learn(said("Summarise the match"), TEXT, "web-search")
    store.fails = VTError("The file is damaged.", "Move it away.")
    assert await learning.choose(said("Summarise the match")) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("?!", id="marks"),
        pytest.param("🙂", id="no words"),
        pytest.param("ok " * 5_000, id="one word often"),
        pytest.param(" ".join(f"word{chr(97 + n % 26)}{n}" for n in range(5_000)), id="many words"),
        pytest.param("写一首诗并画出来", id="without spaces"),
    ],
)
async def test_odd_messages_can_be_corrected_and_compared(learning: LearningRouter, text: str) -> None:
    await learning.learn(said(text), TEXT, "speech")
    assert await route_of(learning, said(text)) == "speech"
    assert await route_of(learning, said("please " + text[:2_000] + " now then")) in {"speech", None}
