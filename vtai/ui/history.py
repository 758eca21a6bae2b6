"""Stored chats in the words of the page's front end: what it lists, shows and goes on with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from vtai.core.history import Conversation, Feedback, Hit, Record, StoredElement, StoredStep
from vtai.ui.paper import Step
from vtai.ui.session import Said
from vtai.ui.written import PART, words_in

UNTITLED = "New chat"
_FOOTER = "ReplyFooter"

UrlOf = Callable[[str], str]


def moment(at: float) -> str:
    """A time as the front end reads it."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def listed(conversation: Conversation, *, is_shared: bool = False, excerpt: str = "") -> dict[str, Any]:
    """An entry of the list. It stands under the day of its last change, an excerpt below its name."""
    name = conversation.name or UNTITLED
    return {
        "id": conversation.id,
        "createdAt": moment(conversation.changed_at),
        "name": f"{name}\n{excerpt}" if excerpt else name,
        "userId": conversation.person,
        "userIdentifier": conversation.person,
        "tags": [],
        "metadata": {"is_shared": is_shared},
        "steps": [],
        "elements": [],
    }


def found(hit: Hit) -> dict[str, Any]:
    """An entry of what was searched for."""
    excerpt = "" if hit.kind == "name" else " ".join(hit.excerpt.split())
    return listed(hit.conversation, excerpt=excerpt)


def thread(
    record: Record, url_of: UrlOf, feedback: Iterable[Feedback] = (), *, is_read_only: bool = False
) -> dict[str, Any]:
    """A whole chat. `url_of` tells where a file is fetched by its key in the store.

    `is_read_only`: nothing in it can be pressed.
    """
    thumbs = {each.step_id: each for each in feedback}
    conversation = record.conversation
    return listed(conversation) | {
        "metadata": {},
        "steps": [_step(step, conversation.id, thumbs) for step in parents_first(record.steps)],
        "elements": elements(record, url_of, is_read_only=is_read_only),
    }


def parents_first(steps: Sequence[StoredStep]) -> list[StoredStep]:
    """The steps in the order in which the front end can nest them. One whose parent is gone is left out."""
    below: dict[str | None, list[StoredStep]] = {}
    for step in steps:
        below.setdefault(step.parent_id, []).append(step)
    ordered: list[StoredStep] = []
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        ordered.append(step := waiting.pop())
        waiting += reversed(below.pop(step.id, []))
    return ordered


def elements(record: Record, url_of: UrlOf, *, is_read_only: bool = False) -> list[dict[str, Any]]:
    """What is shown in the steps, each with the addresses of its files."""
    urls = {
        key: url_of(element.file) for element in record.elements if element.file and (key := _key(element))
    }
    return [
        _element(element, record.conversation.id, url_of, urls, is_read_only=is_read_only)
        for element in record.elements
        if element.kind != PART
    ]


def spoken(record: Record) -> dict[str, Said]:
    """The words of the replies that can be spoken, by the keys of their footers."""
    steps = {step.id: step for step in record.steps}
    words: dict[str | None, list[str]] = {}
    for step in record.steps:
        if step.kind == "assistant_message" and step.output and not step.is_error:
            words.setdefault(step.parent_id, []).append(step.output)
    found: dict[str, Said] = {}
    for element in record.elements:
        props = element.extra.get("props") or {}
        bubble = steps.get(element.step_id)
        if element.name == _FOOTER and props.get("speaks") and bubble is not None:
            run = steps.get(bubble.parent_id or "")
            asked = steps.get(run.parent_id or "") if run is not None else None
            text = "\n\n".join(words.get(bubble.parent_id, ()))
            found[props["reply"]] = Said(text, _shown(bubble), asked.output if asked else "")
    return found


def _shown(step: StoredStep) -> Step:
    """The step for something to be placed in it."""
    return Step(
        "assistant_message",
        step.name,
        step.parent_id,
        step.output,
        id=step.id,
        end=moment(step.ended_at or 0),
    )


def _step(step: StoredStep, conversation: str, thumbs: Mapping[str, Feedback]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": step.id,
        "threadId": conversation,
        "parentId": step.parent_id,
        "type": step.kind,
        "name": step.name,
        "input": step.input,
        "output": step.output,
        "showInput": bool(step.extra.get("showInput")),
        "command": step.extra.get("command"),
        "createdAt": moment(step.at),
        "start": moment(step.at),
        "end": moment(step.ended_at) if step.ended_at is not None else None,
        "isError": step.is_error,
        "streaming": False,
        # Open is what is at work.
        "defaultOpen": step.is_open and bool(step.extra.get("defaultOpen")),
        "autoCollapse": bool(step.extra.get("autoCollapse")),
        "metadata": dict(step.extra.get("metadata") or {}),
    }
    if (thumb := thumbs.get(step.id)) is not None:
        shown["feedback"] = {
            "id": thumb.id,
            "forId": step.id,
            "value": thumb.value,
            "comment": thumb.comment or None,
        }
    return shown


def _element(
    element: StoredElement, conversation: str, url_of: UrlOf, urls: Mapping[str, str], *, is_read_only: bool
) -> dict[str, Any]:
    extra = element.extra
    shown: dict[str, Any] = {
        "id": extra.get("page_id") or element.id,
        "threadId": conversation,
        "type": element.kind,
        "name": element.name,
        "display": extra.get("display") or "inline",
        "forId": element.step_id,
        "mime": element.media_type or None,
        "url": url_of(element.file) if element.file else None,
    }
    if extra.get("size"):
        shown["size"] = extra["size"]
    if isinstance(props := extra.get("props"), Mapping):
        own = {word: urls[word] for word in words_in(props) if word in urls}
        more = {"urls": own, "isReadOnly": is_read_only}
        # What was spoken once does not begin by itself again.
        quiet = {"begins": False} if "begins" in props else {}
        shown["props"] = {**props, **quiet, **{name: value for name, value in more.items() if value}}
    return shown


def _key(element: StoredElement) -> str | None:
    """The key by which the page knows the element's file."""
    key = element.extra.get("key")
    return key if isinstance(key, str) else None
