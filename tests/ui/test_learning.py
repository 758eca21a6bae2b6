"""What a click on another route teaches, and what it does not."""

from __future__ import annotations

import json

import pytest

from tests.ui.pupil import GUESS, QUESTION, Pupil
from vtai.core.ports import Correction
from vtai.core.routes import Decision, Route
from vtai.core.turn import Preferences, Turn
from vtai.ui import learning
from vtai.ui.session import Exchange, Visit

ROUTES = (Route("text", "Text", "Words."), Route("image-generation", "Image", "Pictures."))


def visit_with(decision: Decision | None) -> tuple[Visit, Exchange]:
    visit, exchange = Visit(Preferences()), Exchange("1", Turn("a fox"), decision=decision)
    visit.add(exchange)
    return visit, exchange


@pytest.mark.parametrize(
    ("decision", "route", "is_learned"),
    [
        pytest.param(GUESS, "image-generation", True, id="another than chosen"),
        pytest.param(GUESS, "text", False, id="the one chosen"),
        pytest.param(QUESTION, "image-generation", False, id="what was thought likeliest"),
        pytest.param(QUESTION, "text", True, id="the other of two"),
        pytest.param(QUESTION, "speech", True, id="neither of two"),
        pytest.param(None, "text", False, id="the person had chosen"),
    ],
)
async def test_a_click_teaches_where_the_routing_thought_otherwise(
    decision: Decision | None, route: str, is_learned: bool
) -> None:
    visit, exchange = visit_with(decision)
    pupil = Pupil()
    note = await learning.correct(pupil, visit, exchange, route)
    assert [(each.text, each.right) for each in pupil.known] == ([("a fox", route)] if is_learned else [])
    assert note == (learning.Note("correction-1", route) if is_learned else None)


@pytest.mark.parametrize(
    "turn",
    [
        pytest.param(Turn("a fox", preferences=Preferences(routes_by_itself=False)), id="routing is off"),
        pytest.param(Turn("<think> a fox"), id="a mark decides"),
        pytest.param(Turn("  "), id="files alone"),
    ],
)
async def test_what_would_never_count_is_not_learned(turn: Turn) -> None:
    visit, exchange = Visit(Preferences()), Exchange("1", turn, decision=GUESS)
    visit.add(exchange)
    pupil = Pupil()
    assert await learning.correct(pupil, visit, exchange, "speech") is None
    assert pupil.known == []


async def test_of_two_clicks_on_one_message_the_last_one_counts() -> None:
    visit, exchange = visit_with(GUESS)
    pupil = Pupil()
    await learning.correct(pupil, visit, exchange, "image-generation")
    await learning.correct(pupil, visit, exchange, "speech")
    assert [each.right for each in pupil.known] == ["speech"]


async def test_going_back_to_the_route_of_before_takes_the_correction_back() -> None:
    visit, exchange = visit_with(GUESS)
    pupil = Pupil()
    await learning.correct(pupil, visit, exchange, "image-generation")
    assert await learning.correct(pupil, visit, exchange, "text") is None
    assert pupil.known == []


async def test_a_correction_is_the_person_s_whose_visit_it_is() -> None:
    visit, exchange = visit_with(GUESS)
    visit.person = "ann"
    pupil = Pupil()
    await learning.correct(pupil, visit, exchange, "speech")
    assert pupil.known[0].person == "ann"
    assert list(await pupil.corrections("local")) == []


def test_the_list_shows_the_newest_first_with_labels_and_whose_each_is() -> None:
    old = Correction("1", "ann", "x" * 500, "", "", "text", "image-generation", 1.0)
    new = Correction("2", "bob", "a fox", "", "", "text", "gone", 2.0, is_shared=True)
    first, second = learning.listed([old, new], "ann", ROUTES)["corrections"]
    assert (first["id"], first["right"], first["own"], first["shared"]) == ("2", "gone", False, True)
    assert (second["wrong"], second["right"], second["own"]) == ("Text", "Image", True)
    assert len(second["text"]) == 301


def test_the_export_has_everything_whole() -> None:
    correction = Correction("1", "ann", "ä" * 500, "before", "text", "text", "speech", 1.5)
    told = json.loads(learning.exported([correction]))
    assert (told["text"], told["context"], told["right"], told["at"]) == ("ä" * 500, "before", "speech", 1.5)
