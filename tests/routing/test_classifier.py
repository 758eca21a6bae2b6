"""The shipped index on messages that it was not made from."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from tests.fakes import FakeClassifier
from vtai.core.routes import Decision
from vtai.core.turn import Turn
from vtai.routing import lines, registry, utterances
from vtai.routing.classifier import SemanticClassifier
from vtai.routing.features import words_of

pytestmark = pytest.mark.slow

MESSAGES = [json.loads(line) for line in Path(__file__).with_name("messages.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def classifier() -> SemanticClassifier:
    return SemanticClassifier()


async def decide(classifier: SemanticClassifier, turn: Turn) -> Decision:
    for router in registry.build("rules+semantic", classifier):
        if decision := await router.choose(turn):
            return decision
    return Decision("text", 1.0, "Nothing pointed elsewhere.", "default")


async def test_messages_that_were_not_trained_on_find_their_route(classifier: SemanticClassifier) -> None:
    wrong = defaultdict(list)
    for message in MESSAGES:
        decision = await decide(classifier, lines.turn_of(json.dumps(message)))
        if decision.route not in message["labels"]:
            wrong[message["slice"]].append((message["text"], decision.route))
    assert sum(map(len, wrong.values())) <= 0.07 * len(MESSAGES), dict(wrong)


def test_no_test_message_is_among_the_examples() -> None:
    known = {tuple(words_of(one.message.text)) for one in utterances.read_all() if not one.message.context}
    copied = [m["text"] for m in MESSAGES if not m.get("context") and tuple(words_of(m["text"])) in known]
    assert [text for text in copied if text] == []


BORDERS = [
    pytest.param("write a story about a painter drawing", "text", id="a story about drawing"),
    pytest.param("how does image generation work", "text", id="about pictures"),
    pytest.param("the word search", "text", id="the word search"),
    pytest.param("plot sepal length of iris.csv", "assistant", id="plot a file"),
    pytest.param("write me code that plots the sepal length", "text", id="code that plots"),
    pytest.param("a neon fox in the rain, 35mm", "image-generation", id="bare caption"),
    pytest.param("draw a cat", "image-generation", id="draw"),
    pytest.param("what is the weather in Bern today", "web-search", id="weather"),
    pytest.param("read this aloud", "speech", id="aloud"),
    pytest.param("what do you see in the picture", "vision", id="earlier picture"),
    pytest.param("hello", "text", id="small talk"),
    pytest.param("Give me three names for a cat", "text", id="names"),
    pytest.param("🙂", "text", id="no word at all"),
    pytest.param("x" * 100_000, "text", id="one endless word"),
]


@pytest.mark.parametrize(("text", "route"), BORDERS)
async def test_hard_borders_hold(classifier: SemanticClassifier, text: str, route: str) -> None:
    assert (await decide(classifier, Turn(text))).route == route


async def test_scores_are_chances_in_order_and_the_best_says_why(classifier: SemanticClassifier) -> None:
    scores = await classifier.classify("read the poem aloud to me")
    confidences = [score.confidence for score in scores]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert len(scores) == 6
    assert "aloud" in scores[0].why
    assert not any(score.why for score in scores[1:])


async def test_words_without_spaces_are_named_whole(classifier: SemanticClassifier) -> None:
    scores = await classifier.classify("明日の札幌の天気は")
    assert "天気" in scores[0].why


async def test_it_loads_once_however_often_it_is_warmed(classifier: SemanticClassifier) -> None:
    await classifier.warm()
    assert classifier.is_warm


def test_a_fake_classifier_needs_no_index() -> None:
    assert registry.build("rules+semantic", FakeClassifier())
