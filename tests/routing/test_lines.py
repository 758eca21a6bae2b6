"""A JSON line becomes a turn, a decision becomes a JSON line, a bad line an error."""

import json

import pytest

from vtai.core.routes import Alternative, Decision
from vtai.routing import lines
from vtai.routing.lines import BadLine


def test_a_line_gives_a_turn_with_its_circumstances() -> None:
    turn = lines.turn_of(
        '{"text": "and in euros?", "context": "price of gold", "prev_route": "web-search", "id": 7}'
    )
    assert (turn.text, turn.previous_route) == ("and in euros?", "web-search")
    assert turn.history.last_user_text == "price of gold"


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        pytest.param({"attachments": ["csv"]}, ["data"], id="suffix"),
        pytest.param({"attachments": ["image"]}, ["image"], id="kind"),
        pytest.param({"attachments": ["audio", "video"]}, ["audio", "video"], id="two kinds"),
        pytest.param({"attachments": ["my.photo.JPG"]}, ["image"], id="file name"),
        pytest.param({"attachments": [".xlsx"]}, ["data"], id="suffix with a dot"),
        pytest.param({"has_image": True}, ["image"], id="has_image"),
        pytest.param({"has_image": True, "attachments": ["a.png"]}, ["image"], id="one picture, said twice"),
        pytest.param({"has_image": False, "attachments": []}, [], id="none"),
        pytest.param({"attachments": None}, [], id="null"),
    ],
)
def test_attachments_are_kinds_suffixes_or_names(fields: dict[str, object], kinds: list[str]) -> None:
    turn = lines.turn_of(json.dumps({"text": "x", **fields}))
    assert [file.kind for file in turn.attachments] == kinds


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="empty"),
        pytest.param("draw a cat", id="no JSON"),
        pytest.param("[1]", id="a list"),
        pytest.param('{"txt": "x"}', id="no text"),
        pytest.param('{"text": 3}', id="text is a number"),
        pytest.param('{"text": "x", "attachments": "csv"}', id="attachments are a text"),
        pytest.param('{"text": "x", "attachments": [1]}', id="an attachment is a number"),
        pytest.param('{"text": "x", "context": 1}', id="context is a number"),
        pytest.param("[" * 100_000, id="nested without end"),
    ],
)
def test_a_bad_line_gives_an_error_that_can_be_written(line: str) -> None:
    with pytest.raises(BadLine) as bad:
        lines.turn_of(line)
    assert lines.error_of(bad.value).keys() == {"error", "hint"}


def test_a_decision_is_written_with_its_figures() -> None:
    decision = Decision(
        "speech", 0.81234, "Because.", "rules", (Alternative("text", 0.1),), elapsed_ms=1.23456
    )
    assert lines.output_of(decision) == {
        "route": "speech",
        "confidence": 0.8123,
        "reason": "Because.",
        "alternatives": [{"route": "text", "confidence": 0.1}],
        "ms": 1.235,
    }
