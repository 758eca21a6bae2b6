"""What was said in a conversation, as it is answered: messages with their routes, models and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from vtai.api.reading import Result

if TYPE_CHECKING:
    from vtai.core.history import Record, StoredElement, StoredStep

_SAID: Mapping[str, Literal["user", "assistant"]] = {"user_message": "user", "assistant_message": "assistant"}
# What the page shows beside an answer is nothing that was said.
_NO_FILES = frozenset({"custom", "part"})


class FileOf(Result):
    """A file in a message."""

    key: str
    name: str
    media_type: str


class MessageShown(Result):
    id: str
    role: Literal["user", "assistant", "tool"]
    name: str
    """Who says it; of a tool its name."""
    text: str
    input: str
    """What a tool was asked."""
    at: float
    """Seconds since the epoch."""
    is_error: bool
    is_cut: bool
    """It is not whole: still being written, or cut off."""
    parent: str | None
    """The message that it answers."""
    route: str | None
    model: str | None
    files: list[FileOf]


class Messages(Result):
    id: str
    name: str
    messages: list[MessageShown]


def messages_of(record: Record) -> Messages:
    """All messages and steps of tools, in the order in which they came."""
    steps = {step.id: step for step in record.steps}
    files: dict[str, list[FileOf]] = {}
    for element in record.elements:
        if element.file is not None and element.kind not in _NO_FILES:
            files.setdefault(element.step_id, []).append(_file(element))
    exchanges = {exchange.id: exchange for exchange in record.exchanges}
    shown = []
    for step in record.steps:
        if step.kind == "run":
            continue
        asked = asked_of(step, steps)
        exchange = exchanges.get(asked.id) if asked is not None else None
        is_reply = step.kind == "assistant_message" and exchange is not None
        shown.append(
            MessageShown(
                id=step.id,
                role=_SAID.get(step.kind, "tool"),
                name=step.name,
                text=step.output,
                input=step.input,
                at=step.at,
                is_error=step.is_error,
                is_cut=step.is_open or step.extra.get("cut") is True,
                parent=asked.id if asked is not None and asked is not step else None,
                route=exchange.route if is_reply and exchange is not None else None,
                model=exchange.model if is_reply and exchange is not None else None,
                files=files.get(step.id, []),
            )
        )
    return Messages(id=record.conversation.id, name=record.conversation.name, messages=shown)


def asked_of(step: StoredStep, steps: Mapping[str, StoredStep]) -> StoredStep | None:
    """The person's message that a step stands under, or is."""
    seen: set[str] = set()
    current: StoredStep | None = step
    while current is not None and current.kind != "user_message" and current.id not in seen:
        seen.add(current.id)
        current = steps.get(current.parent_id or "")
    return current if current is not None and current.kind == "user_message" else None


def _file(element: StoredElement) -> FileOf:
    return FileOf(key=element.file or "", name=element.name, media_type=element.media_type)
