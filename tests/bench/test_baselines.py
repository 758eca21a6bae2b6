"""The baselines decide as they are described."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bench.routing_bench import baselines
from bench.routing_bench.baselines import Keywords, LinearTfidf, Majority, SemanticRouterDefaults
from vtai.core.turn import Turn

TABLES = tomllib.loads(Path(baselines.__file__).with_name("baselines.toml").read_text("utf-8"))
ROUTES = {"text", "vision", "image-generation", "speech", "web-search", "assistant"}


async def test_the_majority_is_text() -> None:
    assert (await Majority().choose(Turn("draw a cat"))).route == "text"


@pytest.mark.parametrize(
    ("text", "route"),
    [
        pytest.param("Draw a cat", "image-generation", id="picture"),
        pytest.param("read it out loud", "speech", id="speech"),
        pytest.param("weather in Oslo", "web-search", id="search"),
        pytest.param("plot a.csv", "assistant", id="assistant"),
        pytest.param("what do you see", "vision", id="vision"),
        pytest.param("why is the sky blue", "text", id="no keyword"),
    ],
)
async def test_keywords_find_their_route(text: str, route: str) -> None:
    assert (await Keywords(TABLES["keywords"]).choose(Turn(text))).route == route


async def test_the_first_route_of_the_keyword_table_wins() -> None:
    keywords = Keywords({"speech": ["loud"], "vision": ["see"]})
    assert (await keywords.choose(Turn("see, out loud"))).route == "speech"


def test_every_route_has_ten_utterances() -> None:
    assert {name: len(set(texts)) for name, texts in TABLES["utterances"].items()} == dict.fromkeys(
        ROUTES, 10
    )


async def test_semantic_router_finds_an_utterance_of_its_own() -> None:
    router = SemanticRouterDefaults({"text": ["tell me a tale"], "speech": ["read loudly"]})
    choice = await router.choose(Turn("Read loudly"))
    assert (choice.route, choice.confidence) == ("speech", pytest.approx(1.0))


@pytest.mark.parametrize("text", [pytest.param("", id="empty"), pytest.param("qwxyz", id="unknown words")])
async def test_a_message_near_no_utterance_is_text_without_confidence(text: str) -> None:
    choice = await SemanticRouterDefaults({"speech": ["read"], "text": ["tell"]}).choose(Turn(text))
    assert (choice.route, choice.confidence) == ("text", 0.0)


async def test_the_linear_head_learns_its_examples() -> None:
    texts = ["draw a cat", "draw a dog", "say a word", "say a name"] * 3
    labels = ["image-generation", "image-generation", "speech", "speech"] * 3
    head = LinearTfidf.of(texts, labels)
    assert (await head.choose(Turn("Draw a horse"))).route == "image-generation"
    assert (await head.choose(Turn("say hello"))).route == "speech"


async def test_the_linear_head_answers_to_words_it_never_saw() -> None:
    head = LinearTfidf.of(["draw a cat", "draw a dog", "say a word", "say a name"], ["a", "a", "b", "b"])
    assert 0 < (await head.choose(Turn("qwxyz"))).confidence <= 1
