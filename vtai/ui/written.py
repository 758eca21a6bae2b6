"""The page's words for steps and elements as values of the history, and a name for a new chat."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from vtai.core.history import StoredElement, StoredStep

PART = "part"
"""The kind of an element that is no more than a file inside another one."""

_MOST_OF_A_NAME = 300
_STEP_FIELDS = ("showInput", "command", "defaultOpen", "autoCollapse", "metadata")
_ELEMENT_FIELDS = ("display", "size", "props")


def step_of(step: Mapping[str, Any]) -> StoredStep:
    """A step as it is shown."""
    return StoredStep(
        step["id"],
        step["type"],
        step["name"][:_MOST_OF_A_NAME],
        step["parentId"],
        step["input"],
        step["output"],
        seconds(step["createdAt"]) or 0.0,
        seconds(step["end"]),
        is_error=bool(step["isError"]),
        is_open=is_open(step),
        extra={name: step[name] for name in _STEP_FIELDS if step.get(name)},
    )


def element_of(conversation: str, element: Mapping[str, Any], file: str | None) -> StoredElement:
    """An element as it is shown. `file` is the key in the store of the file that it is."""
    extra = {name: element[name] for name in _ELEMENT_FIELDS if element.get(name) is not None}
    if element.get("chainlitKey"):
        extra["key"] = element["chainlitKey"]
    if (element_id := id_of(conversation, element["id"])) != element["id"]:
        extra["page_id"] = element["id"]
    return StoredElement(
        element_id,
        element["forId"],
        element["type"],
        element["name"][:_MOST_OF_A_NAME],
        element.get("mime") or "",
        file,
        extra,
    )


def part_of(
    conversation: str, element: Mapping[str, Any], entry: Mapping[str, Any], file: str | None
) -> StoredElement:
    """A file that is shown inside an element. `entry` is what the session knows of it."""
    return StoredElement(
        id_of(conversation, f"{element['id']}/{entry['id']}"),
        element["forId"],
        PART,
        entry["name"][:_MOST_OF_A_NAME],
        entry["type"],
        file,
        {"key": entry["id"]},
    )


def id_of(conversation: str, page_id: str) -> str:
    """The page's id where that is one of its own in all the world, else one made of it."""
    try:
        return str(uuid.UUID(page_id))
    except ValueError:
        return str(uuid.uuid5(uuid.UUID(conversation), page_id))


def is_open(step: Mapping[str, Any]) -> bool:
    """Whether a step is still being written."""
    return step["type"] != "user_message" and step["end"] is None


def seconds(time: str | None) -> float | None:
    """The page's word for a time, in seconds since the epoch."""
    try:
        at = datetime.fromisoformat(time) if time else None
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp() if at else None


def lasting(element: dict[str, Any]) -> dict[str, Any]:
    """The element as it is worth keeping: a reply that is spoken needs no sentences beside the whole."""
    props = element.get("props") or {}
    if element["name"] == "Speech" and props.get("files"):
        return element | {"props": props | {"pieces": [], "first": 0}}
    return element


def words_in(value: Any) -> Iterator[str]:
    """All text in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from words_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from words_in(each)
