"""A language model is asked where nothing is sure; what it says counts when it is plain and in time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import FakeCatalogue, FakeModels, FakeRouter, model
from vtai.core.conversation import Conversation
from vtai.core.errors import MissingKey, VTError
from vtai.core.events import TextDelta, ThinkingDelta, Usage
from vtai.core.messages import Attachment, Message
from vtai.core.ports import ModelEvent
from vtai.core.routes import Alternative, Decision, Route
from vtai.core.turn import Preferences, Turn
from vtai.handlers import HANDLERS
from vtai.routing.second_opinion import ModelRouter, SecondOpinion

ROUTES = tuple(handler.route for handler in HANDLERS)
TURN = Turn("surf report for Nazaré")
SURE = Decision("text", 0.9, "It reads like text.", "semantic")
UNSURE = Decision("text", 0.5, "It reads like text.", "semantic", (Alternative("speech", 0.2),))
QUESTION = replace(UNSURE, confidence=0.7, options=("assistant", "text"))

Script = Sequence[ModelEvent | VTError | float]


def router(script: Script, timeout_s: float = 5.0, routes: Sequence[Route] = ROUTES) -> ModelRouter:
    return ModelRouter(FakeModels([script]), FakeCatalogue(), routes, "fake", timeout_s)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([TextDelta("web-search 0.85")], id="in one piece"),
        pytest.param([TextDelta("web-"), TextDelta("search 0"), TextDelta(".85\n")], id="in pieces"),
        pytest.param(
            [ThinkingDelta("Waves change."), TextDelta(" web-search 0.85"), Usage("fake", 300, 5)],
            id="with thoughts",
        ),
    ],
)
async def test_a_plain_answer_is_a_decision(script: Script) -> None:
    decision = await router(script).choose(TURN)
    assert decision is not None
    assert (decision.route, decision.confidence, decision.router) == ("web-search", 0.85, "llm")
    assert "fake" in decision.reason


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([], id="nothing"),
        pytest.param([TextDelta("web-search")], id="no number"),
        pytest.param([TextDelta("0.85")], id="no route"),
        pytest.param([TextDelta("weather 0.85")], id="a route that is none"),
        pytest.param([TextDelta("Web-Search 0.85")], id="capitals"),
        pytest.param([TextDelta("web-search 85%")], id="per cent"),
        pytest.param([TextDelta("web-search 1.5")], id="more than sure"),
        pytest.param([TextDelta("web-search -0.5")], id="less than nothing"),
        pytest.param([TextDelta("web-search nan")], id="not a number"),
        pytest.param([TextDelta("I choose web-search 0.85")], id="a sentence"),
        pytest.param([TextDelta("web-search 0.85\ntext 0.15")], id="two lines"),
        pytest.param([TextDelta("web-search 0.85"), TextDelta(" as waves change")], id="explained"),
        pytest.param([ThinkingDelta("web-search 0.85")], id="thoughts alone"),
        pytest.param([MissingKey("No key for fake.", "Set it.")], id="error"),
        pytest.param([TextDelta("web-search 0.85"), MissingKey("Gone.", "Again.")], id="error at the end"),
    ],
)
async def test_anything_odd_is_no_opinion(script: Script) -> None:
    assert await router(script).choose(TURN) is None


async def test_an_answer_that_is_late_is_no_opinion_and_its_stream_is_closed() -> None:
    models = FakeModels([[600.0, TextDelta("web-search 0.85")]])
    late = ModelRouter(models, FakeCatalogue(), ROUTES, "fake", timeout_s=0.01)
    assert await late.choose(TURN) is None
    assert models.closed == 1


async def test_a_talkative_answer_is_cut_and_its_stream_is_closed() -> None:
    models = FakeModels([[TextDelta("Surfing is " * 20), 600.0]])
    assert await ModelRouter(models, FakeCatalogue(), ROUTES, "fake").choose(TURN) is None
    assert models.closed == 1


async def test_a_model_that_nobody_knows_is_no_opinion() -> None:
    models = FakeModels()
    assert await ModelRouter(models, FakeCatalogue(), ROUTES, "nope").choose(TURN) is None
    assert models.requests == []


async def test_the_model_learns_the_routes_and_the_circumstances_but_not_the_files() -> None:
    models = FakeModels([[TextDelta("text 0.9")]])
    routes = (*ROUTES, Route("recipes", "Recipes", "What to cook.", ("dinner for $5",)))
    turn = Turn(
        "and in euros?",
        (Attachment("sales.csv", "text/csv", Path("/secret/place"), 5),),
        Conversation((Message("user", "price of gold"), Message("assistant", "High."))),
        previous_route="web-search",
        person="ann",
    )
    await ModelRouter(models, FakeCatalogue((model("other"), model("fake"))), routes, "fake").choose(turn)
    [request] = models.requests
    system, message = request.messages
    assert all(f"- {route.name}: {route.description}" in system.text for route in routes)
    assert "dinner for $5" in system.text
    assert (request.model.name, request.person, request.temperature) == ("fake", "ann", 0.0)
    assert message.attachments == ()
    assert json.loads(message.text) == {
        "message": "and in euros?",
        "files": ["data: sales.csv"],
        "previous_message": "price of gold",
        "previous_route": "web-search",
    }


async def test_of_a_long_message_start_and_end_are_sent() -> None:
    models = FakeModels([[TextDelta("text 0.9")]])
    turn = Turn("Sum this up: " + "x" * 100_000 + " THE END")
    await ModelRouter(models, FakeCatalogue(), ROUTES).choose(turn)
    sent = json.loads(models.requests[0].messages[1].text)["message"]
    assert sent.startswith("Sum this up:")
    assert sent.endswith("THE END")
    assert len(sent) < 2_100


CLOSED = [
    pytest.param(Turn("hi", preferences=Preferences(routes_by_itself=False)), id="routing is off"),
    pytest.param(Turn("  "), id="empty"),
]


@pytest.mark.parametrize("turn", CLOSED)
async def test_nothing_is_asked_about_a_turn_that_does_not_route_itself(turn: Turn) -> None:
    models = FakeModels()
    asked = ModelRouter(models, FakeCatalogue(), ROUTES)
    assert await asked.choose(turn) is None
    assert await SecondOpinion(FakeRouter(UNSURE), asked).choose(turn) == UNSURE
    assert models.requests == []


async def test_where_the_router_is_sure_no_model_is_asked() -> None:
    second = FakeRouter()
    assert await SecondOpinion(FakeRouter(SURE), second).choose(TURN) == SURE
    assert second.turns == []


@pytest.mark.parametrize(
    ("first", "alternatives"),
    [
        pytest.param(UNSURE, [("text", 0.5), ("speech", 0.2)], id="low confidence"),
        pytest.param(QUESTION, [("text", 0.7), ("speech", 0.2)], id="question"),
        pytest.param(None, [], id="no opinion"),
    ],
)
async def test_where_the_router_is_unsure_the_model_decides(
    first: Decision | None, alternatives: list[tuple[str, float]]
) -> None:
    second = router([TextDelta("web-search 0.85")])
    decision = await SecondOpinion(FakeRouter(first), second).choose(TURN)
    assert decision is not None
    assert (decision.route, decision.confidence, decision.options) == ("web-search", 0.85, ())
    assert "model fake was asked" in decision.reason
    assert [(one.route, one.confidence) for one in decision.alternatives] == alternatives
    assert first is None or first.reason in decision.reason


@pytest.mark.parametrize("first", [UNSURE, QUESTION, None], ids=["low confidence", "question", "no opinion"])
@pytest.mark.parametrize(
    "script",
    [
        pytest.param([TextDelta("Hello!")], id="odd"),
        pytest.param([TextDelta("assistant 0.3")], id="unsure itself"),
        pytest.param([MissingKey("No key for fake.", "Set it.")], id="error"),
    ],
)
async def test_an_answer_that_does_not_count_changes_the_reason_alone(
    first: Decision | None, script: Script
) -> None:
    decision = await SecondOpinion(FakeRouter(first), router(script)).choose(TURN)
    if first is None:
        assert decision is None
        return
    assert decision == replace(first, reason=decision.reason if decision else "")
    assert "model was asked too" in decision.reason


async def test_the_bound_can_be_moved() -> None:
    second = FakeRouter()
    await SecondOpinion(FakeRouter(SURE), second, below=0.95).choose(TURN)
    assert second.turns == [TURN]
