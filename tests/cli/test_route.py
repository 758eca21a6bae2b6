"""`vtai route`: where a message would go."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import FakeHandler, Shell
from tests.fakes import FakeRouter
from vtai.core.errors import NotReady
from vtai.core.routes import Alternative, Decision

DECISION = Decision("vision", 0.875, "An image came with it.", "rules", (Alternative("text", 0.1),))


@pytest.fixture
def router() -> FakeRouter:
    return FakeRouter(DECISION)


@pytest.fixture
def shell(router: FakeRouter) -> Shell:
    return Shell(routers=(router,))


def test_the_decision_is_explained(shell: Shell) -> None:
    outcome = shell("route", "What", "is", "this?")
    first, second, third = outcome.out.splitlines()
    assert first.startswith("vision  88%")
    assert second == "rules: An image came with it."
    assert third.split() == ["or", "text", "10%"]


def test_a_decision_that_is_a_question_says_so() -> None:
    question = Decision("text", 0.2, "Not sure.", "semantic", options=("assistant", "text"))
    outcome = Shell(routers=(FakeRouter(question),))("route", "make a file")
    assert outcome.out.splitlines()[-1] == "The page would ask: assistant or text?"


def test_json_gives_one_object(shell: Shell) -> None:
    shown = json.loads(shell("route", "What is this?", "--json").out)
    assert shown.keys() == {"route", "confidence", "reason", "alternatives", "ms"}
    assert (shown["route"], shown["confidence"]) == ("vision", 0.875)


def test_the_circumstances_reach_the_router(shell: Shell, router: FakeRouter) -> None:
    shell("route", "and this?", "--attachment", "csv", "--context", "What is it?", "--prev-route", "vision")
    [turn] = router.turns
    assert turn.text == "and this?"
    assert turn.attachments[0].kind == "data"
    assert turn.history.last_user_text == "What is it?"
    assert turn.previous_route == "vision"


def test_no_answer_is_made(shell: Shell) -> None:
    shell("route", "Hi")
    assert all(isinstance(handler, FakeHandler) and not handler.turns for handler in shell.handlers)
    assert shell.closed == 1


def test_nothing_to_route_is_refused(shell: Shell) -> None:
    outcome = shell("route")
    assert outcome.code == 2
    assert "--jsonl" in outcome.err


def test_routing_that_cannot_load_is_said(shell: Shell) -> None:
    shell.routing_fails = NotReady("The index is broken.", "Install vtai again.")
    outcome = shell("route", "Hi")
    assert (outcome.code, outcome.err) == (1, "The index is broken.\nInstall vtai again.\n")


def test_a_thousand_lines_are_answered_in_their_order(shell: Shell, router: FakeRouter) -> None:
    lines = "".join(json.dumps({"text": f"message {number}"}) + "\n" for number in range(1000))
    outcome = shell("route", "--jsonl", piped=lines)
    assert outcome.code == 0
    assert [turn.text for turn in router.turns] == [f"message {number}" for number in range(1000)]
    answers = [json.loads(line) for line in outcome.out.splitlines()]
    assert len(answers) == 1000
    assert all(answer["route"] == "vision" for answer in answers)
    assert len(shell.built) == 1


def test_a_wrong_line_is_answered_too_and_the_rest_goes_on(shell: Shell) -> None:
    outcome = shell("route", "--jsonl", piped='{"text": "a"}\nnot json\n\n{"text": "b"}\n')
    first, second, third = (json.loads(line) for line in outcome.out.splitlines())
    assert (first["route"], third["route"]) == ("vision", "vision")
    assert "not valid JSON" in second["error"]
    assert outcome.code == 1


def test_no_lines_give_no_lines(shell: Shell) -> None:
    outcome = shell("route", "--jsonl", piped="")
    assert (outcome.code, outcome.out) == (0, "")
