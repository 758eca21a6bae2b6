"""Stored chats in the words of the front end, and exchanges to the store and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, model
from vtai.core.history import (
    Conversation,
    Feedback,
    Hit,
    Record,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.core.messages import Attachment
from vtai.core.routes import Alternative, Decision
from vtai.core.turn import AssistantOptions, Preferences, Turn
from vtai.ui import history, mending, remembering, site
from vtai.ui.session import Exchange
from vtai.ui.written import PART

CHAT = Conversation("chat", "ada", "Herons", 1.0, 2.0)
SAID = StoredStep("said", "user_message", "User", output="hello", at=1.0)
RUN = StoredStep("run", "run", "on_message", "said", at=1.0, ended_at=2.0)
BUBBLE = StoredStep("bubble", "assistant_message", "VT.ai", "run", output="Hello.", at=1.0, ended_at=2.0)
FILE = Attachment("a.png", "image/png", Path("/kept/a.png"), 3)


def shown(*elements: StoredElement, is_read_only: bool = False) -> dict[str, object]:
    record = Record(CHAT, (SAID, RUN, BUBBLE), elements)
    found: dict[str, object] = history.elements(record, lambda key: f"/at/{key}", is_read_only=is_read_only)[
        0
    ]
    return found


def test_a_step_never_comes_before_the_one_it_stands_in() -> None:
    other = replace(SAID, id="other")
    ordered = history.parents_first([BUBBLE, RUN, SAID, other])
    assert [step.id for step in ordered] == ["said", "run", "bubble", "other"]


def test_a_step_whose_parent_is_gone_is_left_out() -> None:
    assert history.parents_first([BUBBLE]) == []


def test_a_thumb_is_shown_with_its_reply() -> None:
    thumb = Feedback("thumb", "run", 0, "too short")
    steps = history.thread(Record(CHAT, (SAID, RUN)), str, [thumb])["steps"]
    assert steps[1]["feedback"] == {"id": "thumb", "forId": "run", "value": 0, "comment": "too short"}
    assert "feedback" not in steps[0]


def test_files_are_fetched_from_the_store_also_inside_an_element() -> None:
    pictures = StoredElement(
        "one", "bubble", "custom", "Pictures", extra={"props": {"pictures": [{"key": "abc"}]}}
    )
    part = StoredElement("two", "bubble", PART, "a.png", "image/png", "stored", {"key": "abc"})
    assert shown(pictures, part)["props"] == {"pictures": [{"key": "abc"}], "urls": {"abc": "/at/stored"}}
    file = StoredElement("three", "bubble", "file", "a.csv", "text/csv", "sheet")
    assert shown(file)["url"] == "/at/sheet"


def test_only_elements_of_the_page_are_run_by_it() -> None:
    """Their source is looked up by their name."""
    names = ("../../share/token/files/key?", "Table/../../../files/key?", "Tables", "")
    made = [StoredElement(f"{number}", "bubble", "custom", name) for number, name in enumerate(names)]
    made += [StoredElement("f", "bubble", "frame", "Table"), StoredElement("t", "bubble", "custom", "Table")]
    found = history.elements(Record(CHAT, (SAID, RUN, BUBBLE), tuple(made)), str)
    assert [each["id"] for each in found] == ["t"]


def test_every_element_of_the_page_is_known_by_its_name() -> None:
    folder = Path(site.__file__).parent / "site" / "public" / "elements"
    assert {path.stem for path in folder.glob("*.jsx")} == history.OWN_ELEMENTS


@pytest.mark.parametrize("odd", [pytest.param(each, id=repr(each)) for each in ("x", ["x"], 7, True)])
def test_whatever_an_import_has_in_it_the_chat_opens(odd: object) -> None:
    extra = {"props": odd, "metadata": odd, "key": odd, "page_id": odd, "cut": odd, "picked": odd}
    odder = {"props": {"reply": odd, "speaks": True, "urls": odd, "isReadOnly": odd}}
    footers = tuple(
        StoredElement(key, "bubble", "custom", "ReplyFooter", extra=each)
        for key, each in (("one", extra), ("two", odder))
    )
    exchange = StoredExchange("said", "hello", 1.0, extra=extra | {"preferences": odd, "decision": odd})
    steps = [replace(step, extra=extra) for step in (SAID, RUN, BUBBLE)]
    record = mending.mended(Record(CHAT, tuple(steps), footers, (exchange,)), ()).record
    thread = history.thread(record, str)
    assert {step["id"] for step in thread["steps"]} >= {"said", "run", "bubble"}
    assert [each["props"] for each in thread["elements"] if each["id"] == "two"] in (
        [{"reply": odd, "speaks": True}],
        [],
    )
    history.spoken(record)
    restored = remembering.restored(exchange, Preferences(), FakeCatalogue())
    assert restored.turn.text == "hello"


def test_what_was_spoken_does_not_begin_by_itself_again() -> None:
    speech = StoredElement(
        "one", "bubble", "custom", "Speech", extra={"props": {"begins": True}, "page_id": "speech-ab"}
    )
    found = shown(speech)
    assert (found["id"], found["props"]) == ("speech-ab", {"begins": False})


def test_nothing_can_be_pressed_in_what_a_link_shows() -> None:
    footer = StoredElement("one", "bubble", "custom", "ReplyFooter", extra={"props": {"turn": "said"}})
    assert shown(footer, is_read_only=True)["props"] == {"turn": "said", "isReadOnly": True}


def test_a_link_does_not_tell_what_an_answer_cost() -> None:
    usage = {"model": "large", "tokens": 46, "cost": 0.5}
    footer = StoredElement("one", "bubble", "custom", "ReplyFooter", extra={"props": {"usage": usage}})
    assert shown(footer)["props"] == {"usage": usage}
    assert shown(footer, is_read_only=True)["props"] == {"usage": None, "isReadOnly": True}


def test_what_was_found_stands_below_the_name() -> None:
    said = Hit(CHAT, "bubble", "assistant_message", "the  heron\nstands")
    assert history.found(said)["name"] == "Herons\nthe heron stands"
    assert history.found(replace(said, kind="name"))["name"] == "Herons"


def test_replies_can_be_spoken_with_all_their_words() -> None:
    more = replace(BUBBLE, id="more", output="And more.")
    failed = replace(BUBBLE, id="failed", output="It broke.", is_error=True)
    footer = StoredElement(
        "one", "more", "custom", "ReplyFooter", extra={"props": {"reply": "r1", "speaks": True}}
    )
    record = Record(CHAT, (SAID, RUN, BUBBLE, more, failed), (footer,))
    found = history.spoken(record)
    assert (found["r1"].text, found["r1"].asked, found["r1"].step.id) == (
        "Hello.\n\nAnd more.",
        "hello",
        "more",
    )


def exchange() -> Exchange:
    preferences = Preferences(
        models=MappingProxyType({"chat": "fake"}),
        temperature=0.2,
        assistant=AssistantOptions(tools=frozenset({"clock"})),
    )
    turn = Turn("draw", (FILE,), command="image", route="text", mask=FILE, preferences=preferences)
    decision = Decision("text", 0.7, "because", "semantic", (Alternative("vision", 0.2),))
    return Exchange(
        "id",
        turn,
        answer="Done.",
        files=(FILE,),
        work="Tool clock, called.",
        route="text",
        order="image-generation",
        decision=decision,
        correction="c1",
        model="fake",
        picked={"model": "auto"},
        at=5.0,
    )


def test_an_exchange_comes_back_as_it_was() -> None:
    before = exchange()
    kept = remembering.stored(before, before.turn.preferences, lambda _: "key", is_hands_free=True)
    after = remembering.restored(kept, Preferences(), FakeCatalogue(models=(model(),)))
    assert (after.turn.attachments, after.files) == ((), ())
    remembering.with_files(after, kept, lambda _: FILE)
    assert after == before
    assert remembering.chosen_of(kept, Preferences()).is_hands_free


def test_a_file_that_is_gone_is_left_out() -> None:
    before = exchange()
    kept = remembering.stored(before, Preferences(), lambda _: "key", is_hands_free=False)
    after = remembering.restored(kept, Preferences(), FakeCatalogue())
    remembering.with_files(after, kept, lambda _: None)
    assert (after.turn.attachments, after.turn.mask, after.files) == ((), None, ())


def test_preferences_that_nobody_knows_any_more_give_way_to_the_default() -> None:
    default = Preferences(temperature=1.0)
    assert remembering.loaded({"temperature": "very hot"}, default) is default
    assert remembering.loaded("nonsense", default) is default
