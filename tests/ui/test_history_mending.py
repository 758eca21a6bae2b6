"""Answers that were cut off: ended, marked, and fit to be tried again."""

from __future__ import annotations

from typing import Any

import pytest

from vtai.core.history import (
    Conversation,
    Record,
    SaveExchange,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.core.routes import Route
from vtai.ui.mending import mended

CHAT = Conversation("chat", "ada", "Herons", 1.0, 2.0)
ROUTES = (Route("text", "Text", "Words."),)
SAID = StoredStep("said", "user_message", "User", output="hello", at=1.0)
ASKED = StoredExchange("said", "hello", 1.0)


def run(**more: Any) -> StoredStep:
    return StoredStep("run", "run", "on_message", "said", at=1.0, **more)


def bubble(**more: Any) -> StoredStep:
    return StoredStep("bubble", "assistant_message", "VT.ai", "run", output="Half of", at=1.0, **more)


def footer(outcome: str) -> StoredElement:
    props = {"outcome": outcome, "offersAgain": True}
    return StoredElement("footer", "bubble", "custom", "ReplyFooter", extra={"props": props})


@pytest.mark.parametrize(
    "how", [pytest.param({"is_open": True}, id="open"), pytest.param({"extra": {"cut": True}}, id="marked")]
)
def test_an_answer_that_was_being_written_is_ended_and_marked(how: dict[str, Any]) -> None:
    record = Record(CHAT, (SAID, run(**how), bubble(**how)), (footer("working"),), (ASKED,))
    found = mended(record, ROUTES)
    assert [(step.is_open, step.ended_at) for step in found.record.steps[1:]] == [(False, 1.0)] * 2
    assert found.record.elements[0].extra["props"]["outcome"] == "cut"
    (exchange,) = found.record.exchanges
    assert (exchange.answer, exchange.is_cut) == ("Half of", True)
    assert SaveExchange(exchange) in found.changes


def test_what_was_mended_once_stays_as_it_is() -> None:
    record = Record(CHAT, (SAID, run(is_open=True), bubble()), (footer("working"),), (ASKED,))
    assert mended(mended(record, ROUTES).record, ROUTES).changes == ()


def test_a_whole_answer_is_left_alone() -> None:
    record = Record(CHAT, (SAID, run(ended_at=2.0), bubble(ended_at=2.0)), (footer("done"),), (ASKED,))
    assert mended(record, ROUTES).changes == ()


def test_a_message_without_an_answer_gets_a_way_to_have_one() -> None:
    found = mended(Record(CHAT, (SAID,), (), (ASKED,)), ROUTES).record
    _, begun, empty = found.steps
    (way,) = found.elements
    assert (begun.parent_id, empty.parent_id, way.step_id) == ("said", begun.id, empty.id)
    props = way.extra["props"]
    assert (props["turn"], props["outcome"], props["offersAgain"]) == ("said", "cut", True)


def test_nothing_in_a_cut_answer_looks_as_if_it_were_being_made() -> None:
    steps = {"rows": [{"state": "done"}, {"state": "working"}]}
    pictures = {"state": "working", "waiting": 3, "pictures": []}
    elements = tuple(
        StoredElement(name, "bubble", "custom", name, extra={"props": props})
        for name, props in {
            "SearchSteps": steps,
            "Pictures": pictures,
            "Approval": {"state": "waiting"},
        }.items()
    )
    record = Record(CHAT, (SAID, run(is_open=True), bubble()), elements, (ASKED,))
    props = {element.name: element.extra["props"] for element in mended(record, ROUTES).record.elements}
    assert props["SearchSteps"]["rows"] == [{"state": "done"}, {"state": "stopped"}]
    assert (props["Pictures"]["state"], props["Pictures"]["waiting"]) == ("stopped", 0)
    assert props["Approval"]["state"] == "stopped"


def test_the_answer_that_was_there_before_stays_what_is_referred_to() -> None:
    asked = StoredExchange("said", "hello", 1.0, answer="The first one.")
    record = Record(CHAT, (SAID, run(is_open=True), bubble()), (), (asked,))
    (exchange,) = mended(record, ROUTES).record.exchanges
    assert (exchange.answer, exchange.is_cut) == ("The first one.", True)
