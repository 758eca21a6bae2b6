"""Files of messages are read whole, or refused with the place of what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.routing_bench.items import BadFile, item_of, read


def test_a_line_has_its_labels_slice_and_language() -> None:
    item = item_of('{"text": "hi", "labels": ["text", "speech"], "slice": "short", "lang": "de"}', "f:1")
    assert (item.turn.text, item.labels, item.slice, item.language) == (
        "hi",
        ("text", "speech"),
        "short",
        "de",
    )


def test_slice_and_language_may_be_missing() -> None:
    item = item_of('{"text": "hi", "labels": ["text"]}', "f:1")
    assert (item.slice, item.language) == ("all", "en")


def test_thinking_counts_as_text_once() -> None:
    assert item_of('{"text": "hi", "labels": ["thinking", "text"]}', "f:1").labels == ("text",)


def test_empty_lines_and_odd_line_breaks_inside_a_message_are_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text('{"text": "a\u2028b", "labels": ["text"]}\n\n', "utf-8")
    assert [item.turn.text for item in read(file)] == ["a\u2028b"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"text": "hi", "labels": ["text"]}\n{"text": "hi"}', id="no labels"),
        pytest.param('{"text": "hi", "labels": ["text"]}\n{"text": "hi", "labels": []}', id="empty labels"),
        pytest.param('{"text": "hi", "labels": ["text"]}\n{"text": "hi", "labels": "text"}', id="a text"),
        pytest.param('{"text": "hi", "labels": ["text"]}\nhi', id="no JSON"),
    ],
)
def test_a_bad_line_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    file = tmp_path / "some.jsonl"
    file.write_text(text, "utf-8")
    with pytest.raises(BadFile, match=r"some\.jsonl:2: "):
        read(file)


def test_a_file_without_messages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("\n", "utf-8")
    with pytest.raises(BadFile, match="holds no messages"):
        read(tmp_path / "none.jsonl")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read(tmp_path / "missing.jsonl")
