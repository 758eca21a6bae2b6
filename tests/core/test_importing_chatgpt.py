"""What ChatGPT exports, brought here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vtai.core import exporting
from vtai.core.errors import BadArguments
from vtai.core.history import Record

AT = 1_700_000_000.0


def message(role: str, *parts: Any, at: float = AT, **more: Any) -> dict[str, Any]:
    content = {"content_type": more.pop("kind", "text"), "parts": list(parts)}
    metadata = more.pop("metadata", {})
    return {"author": {"role": role}, "create_time": at, "content": content, "metadata": metadata, **more}


def exported(*messages: Any, **more: Any) -> dict[str, Any]:
    """A conversation whose messages follow each other, below a root without one."""
    nodes: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None, "children": ["n0"]}}
    for number, each in enumerate(messages):
        parent = f"n{number - 1}" if number else "root"
        children = [f"n{number + 1}"] if number + 1 < len(messages) else []
        nodes[f"n{number}"] = {
            "id": f"n{number}",
            "message": each,
            "parent": parent,
            "children": children,
        }
    last = f"n{len(messages) - 1}" if messages else "root"
    return {
        "title": "Cats",
        "create_time": AT,
        "update_time": AT + 60,
        "mapping": nodes,
        "current_node": last,
    } | more


def read(*conversations: dict[str, Any]) -> list[Record]:
    return exporting.read(json.dumps(conversations))


def said(record: Record) -> list[tuple[str, str]]:
    return [(step.kind.partition("_")[0], step.output) for step in record.steps]


def test_messages_come_in_their_order_with_times_and_models() -> None:
    (record,) = read(
        exported(
            message("system", "You are a model."),
            message("user", "Hello"),
            message("assistant", "Hi.", at=AT + 5, metadata={"model_slug": "big-1"}),
            message("user", "What is this?", {"asset_pointer": "file-1"}, kind="multimodal_text"),
            message("assistant", "A cat."),
        )
    )
    assert said(record) == [
        ("user", "Hello"),
        ("assistant", "Hi."),
        ("user", "What is this?"),
        ("assistant", "A cat."),
    ]
    kept = record.conversation
    assert (kept.name, kept.made_at, kept.changed_at) == ("Cats", AT, AT + 60)
    assert [(each.text, each.answer, each.model) for each in record.exchanges] == [
        ("Hello", "Hi.", "big-1"),
        ("What is this?", "A cat.", None),
    ]
    assert record.steps[1].at == AT + 5
    assert exporting.read(exporting.to_json(record)) == [record]


def test_what_was_hidden_or_only_led_to_the_answer_stays_out() -> None:
    hidden = {"is_visually_hidden_from_conversation": True}
    (record,) = read(
        exported(
            message("user", "context", metadata=hidden),
            message("user", "Sum it"),
            message("assistant", "print(1)", kind="code", recipient="python"),
            message("tool", "1", kind="execution_output"),
            message("assistant", "I think", kind="thoughts"),
            message("assistant", "It is", recipient="all"),
            message("assistant", "one."),
        )
    )
    assert said(record) == [("user", "Sum it"), ("assistant", "It is\n\none.")]


def test_of_several_versions_the_one_that_is_shown_counts() -> None:
    given = exported(message("user", "Hello"), message("assistant", "First."))
    given["mapping"]["other"] = {"message": message("assistant", "Second.", at=AT + 9), "parent": "n0"}
    assert said(read(given)[0])[-1] == ("assistant", "First.")
    given["current_node"] = "gone"
    assert said(read(given)[0])[-1] == ("assistant", "Second."), "the newest, where none is named"


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"title": 5}, id="title that is a number"),
        pytest.param({"create_time": "now", "update_time": None}, id="times that are none"),
        pytest.param({"mapping": {}}, id="nothing said"),
        pytest.param({"mapping": {"n0": None, "n1": 5}}, id="nodes that are none"),
        pytest.param({"mapping": {"n1": {"parent": "n1", "message": {}}}}, id="node below itself"),
        pytest.param({"mapping": {"n1": {"parent": ["x"], "message": "x"}}}, id="parent that is a list"),
        pytest.param(
            {"mapping": {"n1": {"message": {"author": "user", "content": 5, "metadata": []}}}}, id="odd parts"
        ),
        pytest.param(
            {"mapping": {"n1": {"message": message("user", "x") | {"create_time": 10**400}}}}, id="odd time"
        ),
        pytest.param({"current_node": {}}, id="node of another kind"),
        pytest.param({"current_node": None}, id="no node"),
    ],
)
def test_odd_parts_are_left_out(more: dict[str, Any]) -> None:
    (record,) = read(exported(message("user", "a"), message("assistant", "b"), **more))
    assert record.conversation.made_at >= 0
    assert len(record.steps) in {0, 1, 2}


def test_a_very_long_message_is_refused() -> None:
    with pytest.raises(BadArguments, match="too long"):
        read(exported(message("user", "x" * 5_000_001)))
