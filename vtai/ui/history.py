"""Stored chats in the words of the page's front end: what it lists, shows and goes on with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from vtai.core.history import Conversation, Feedback, Hit, Record, StoredElement, StoredFile, StoredStep
from vtai.ui.paper import Step
from vtai.ui.session import Said
from vtai.ui.written import words_in

if TYPE_CHECKING:
    from vtai.core.ports import Files

UNTITLED = "New chat"
OWN_ELEMENTS = frozenset(
    {
        "Approval",
        "Corrections",
        "MarkedPicture",
        "Notes",
        "Passage",
        "Pictures",
        "ReplyFooter",
        "SearchSteps",
        "Speech",
        "Table",
    }
)
"""Those of `site/public/elements`. The page runs what lies at their names: no other place will do."""
_FOOTER = "ReplyFooter"
_KINDS = frozenset({"audio", "file", "image", "pdf", "text", "video"})

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
        if element.kind in _KINDS or (element.kind == "custom" and element.name in OWN_ELEMENTS)
    ]


async def files_of(record: Record, files: Files) -> dict[str, StoredFile]:
    """The chat's files by the keys that the page knows them by; by their own where it does not."""
    shown = {
        element.file: str(element.extra.get("key") or element.file)
        for element in record.elements
        if element.file
    }
    wanted = {*shown, *_referred(record)}
    found = await asyncio.gather(*(files.find(key) for key in wanted))
    # What a conversation brought from elsewhere names may be somebody else's.
    own = [file for file in found if file is not None and file.person == record.conversation.person]
    return {shown.get(file.key, file.key): file for file in own}


def _referred(record: Record) -> Iterable[str]:
    for exchange in record.exchanges:
        yield from (*exchange.attachments, *exchange.files)
        if isinstance(mask := exchange.extra.get("mask"), str):
            yield mask


def spoken(record: Record) -> dict[str, Said]:
    """The words of the replies that can be spoken, by the keys of their footers."""
    steps = {step.id: step for step in record.steps}
    words: dict[str | None, list[str]] = {}
    for step in record.steps:
        if step.kind == "assistant_message" and step.output and not step.is_error:
            words.setdefault(step.parent_id, []).append(step.output)
    found: dict[str, Said] = {}
    for element in record.elements:
        props = _mapping(element.extra, "props")
        bubble = steps.get(element.step_id)
        reply = props.get("reply")
        is_footer = element.name == _FOOTER and isinstance(reply, str)
        if is_footer and props.get("speaks") and bubble is not None:
            run = steps.get(bubble.parent_id or "")
            asked = steps.get(run.parent_id or "") if run is not None else None
            text = "\n\n".join(words.get(bubble.parent_id, ()))
            found[str(reply)] = Said(text, _shown(bubble), asked.output if asked else "")
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
        "metadata": _mapping(step.extra, "metadata"),
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
        props = {name: value for name, value in props.items() if name not in {"urls", "isReadOnly"}}
        more = {"urls": own, "isReadOnly": is_read_only}
        # What was spoken once does not begin by itself again; what an answer cost is its person's business.
        quiet: dict[str, Any] = {"begins": False} if "begins" in props else {}
        if is_read_only and "usage" in props:
            quiet["usage"] = None
        shown["props"] = {**props, **quiet, **{name: value for name, value in more.items() if value}}
    return shown


def _mapping(extra: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What a conversation brought from elsewhere has there may be anything."""
    value = extra.get(name)
    return dict(value) if isinstance(value, Mapping) else {}


def _key(element: StoredElement) -> str | None:
    """The key by which the page knows the element's file."""
    key = element.extra.get("key")
    return key if isinstance(key, str) else None
