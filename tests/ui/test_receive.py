"""From what a browser sends to a turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests import fakes
from vtai.core.errors import BadAttachment
from vtai.core.turn import Preferences, Turn
from vtai.ui.receive import Sent, turn_of
from vtai.ui.uploads import attachments_of, offered

ID = "3f2b8c1a-7f2e-4d52-9f0a-0d2c8a9e4b11"
CATALOGUE = fakes.FakeCatalogue(
    models=(fakes.model("large"), fakes.model("small", can=frozenset({"chat"}), is_embedded=True))
)


def sent(**message: Any) -> Sent:
    return Sent.model_validate({"message": {"id": ID, "output": "Hi", **message}})


def turn(**message: Any) -> Turn:
    return turn_of(sent(**message).message, (), Preferences(), CATALOGUE, ("text", "vision"))


@pytest.mark.parametrize(
    ("message", "command", "route"),
    [
        pytest.param({}, None, None, id="plain"),
        pytest.param({"command": "Search"}, "search", None, id="command"),
        pytest.param({"command": "Dance"}, None, None, id="unknown command"),
        pytest.param({"modes": {"route": "vision"}}, None, "vision", id="route picked"),
        pytest.param({"modes": {"route": "auto"}}, None, None, id="any route"),
        pytest.param({"modes": {"route": "nowhere"}}, None, None, id="unknown route"),
        pytest.param(
            {"command": "Think", "modes": {"route": "vision"}}, "think", None, id="a command beats the picker"
        ),
    ],
)
def test_commands_and_pickers_become_part_of_the_turn(
    message: dict[str, Any], command: str | None, route: str | None
) -> None:
    made = turn(**message)
    assert (made.command, made.route) == (command, route)


def test_research_is_a_search_in_rounds_for_this_message_alone() -> None:
    assert turn(command="Research").preferences.search.is_research
    assert not turn(command="Search").preferences.search.is_research


@pytest.mark.parametrize(
    ("picked", "models"),
    [
        pytest.param("small", {"chat": "small"}, id="for all it can do"),
        pytest.param("auto", {}, id="any model"),
        pytest.param("../../etc", {}, id="not on offer"),
    ],
)
def test_a_picked_model_serves_what_it_can_do(picked: str, models: dict[str, str]) -> None:
    assert dict(turn(modes={"model": picked}).preferences.models) == models


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(None, id="nothing"),
        pytest.param({"message": {"id": "../../tmp", "output": "x"}}, id="an id that is a path"),
        pytest.param(
            {"message": {"id": "00000000-0000-1000-8000-000000000000", "output": "x"}}, id="not version 4"
        ),
        pytest.param({"message": {"id": ID, "output": 5}}, id="text that is none"),
        pytest.param({"message": {"id": ID, "output": "x", "parentId": "root"}}, id="a parent that is no id"),
        pytest.param({"message": {"id": ID, "output": "x", "threadId": "a'b"}}, id="a thread that is no id"),
        pytest.param(
            {"message": {"id": ID, "output": "x"}, "fileReferences": [{"id": "../x"}]}, id="a file path"
        ),
        pytest.param(
            {"message": {"id": ID, "output": "x", "modes": {"route": {"a": 1}}}}, id="a nested picker"
        ),
        pytest.param(
            {"message": {"id": ID, "output": "x", "modes": {str(n): "x" for n in range(99)}}}, id="pickers"
        ),
    ],
)
def test_a_payload_that_is_not_ours_is_refused(payload: object) -> None:
    with pytest.raises(ValidationError):
        Sent.model_validate(payload)


def kept(**more: Any) -> dict[str, dict[str, Any]]:
    return {ID: {"name": "cat.png", "type": "image/png", "path": Path("/run/x.png"), "size": 10, **more}}


def test_half_a_character_is_replaced() -> None:
    assert turn(output="cut \ud83d and whole \U0001f600").text == "cut \ufffd and whole \U0001f600"


def test_the_files_of_a_message_are_found_by_their_ids() -> None:
    (attachment,) = attachments_of([ID], kept(), 5, 1)
    assert (attachment.name, attachment.kind, attachment.size_bytes) == ("cat.png", "image", 10)
    assert attachment.path == Path("/run/x.png")


@pytest.mark.parametrize(
    ("ids", "files", "words"),
    [
        pytest.param([ID] * 6, kept(), "at most 5 files", id="too many"),
        pytest.param([ID], {}, "not here any more", id="gone"),
        pytest.param([ID], kept(size=2_000_000), "larger than 1 MB", id="too large"),
    ],
)
def test_files_that_cannot_be_taken_are_refused_with_the_reason(
    ids: list[str], files: dict[str, dict[str, Any]], words: str
) -> None:
    with pytest.raises(BadAttachment, match=words):
        attachments_of(ids, files, 5, 1)


def test_the_file_dialogue_offers_what_can_be_read() -> None:
    assert ".png" in offered()["image/*"]
    assert ".xlsx" in offered()["application/octet-stream"]
