"""What is recorded, in a form that every database takes: no characters that none can keep, no long names."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from vtai.core.history import (
    Change,
    Feedback,
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.storage.tokens import is_id

_LONGEST_NAME = 300
_LONGEST_KIND = 32
_LONGEST_TYPE = 200
_LONGEST_ROUTE = 100
_DEEPEST = 40
_NOT_KEPT = re.compile("[\0\ud800-\udfff]")


def change(given: Change) -> Change | None:
    """The change as it can be kept; None where its id or name cannot be one."""
    match given:
        case Rename():
            return Rename(name(given.name), given.is_suggested) if given.name.strip() else None
        case SaveStep():
            return SaveStep(step(given.step)) if is_id(given.step.id) else None
        case SaveElement():
            is_possible = is_id(given.element.id) and is_id(given.element.step_id)
            return SaveElement(element(given.element)) if is_possible else None
        case SaveExchange():
            return SaveExchange(exchange(given.exchange)) if is_id(given.exchange.id) else None
        case _:
            return given if is_id(given.id) else None


def step(given: StoredStep) -> StoredStep:
    return replace(
        given,
        kind=text(given.kind)[:_LONGEST_KIND],
        name=name(given.name),
        parent_id=_id(given.parent_id),
        input=text(given.input),
        output=text(given.output),
        extra=data(given.extra),
    )


def element(given: StoredElement) -> StoredElement:
    return replace(
        given,
        kind=text(given.kind)[:_LONGEST_KIND],
        name=name(given.name),
        media_type=text(given.media_type)[:_LONGEST_TYPE],
        file=_id(given.file),
        extra=data(given.extra),
    )


def exchange(given: StoredExchange) -> StoredExchange:
    return replace(
        given,
        text=text(given.text),
        answer=text(given.answer),
        attachments=tuple(filter(is_id, given.attachments)),
        files=tuple(filter(is_id, given.files)),
        work=text(given.work),
        route=given.route and text(given.route)[:_LONGEST_ROUTE],
        model=given.model and text(given.model)[:_LONGEST_TYPE],
        extra=data(given.extra),
    )


def thumb(given: Feedback) -> Feedback:
    return replace(
        given,
        comment=text(given.comment),
        route=given.route and text(given.route)[:_LONGEST_ROUTE],
        model=given.model and text(given.model)[:_LONGEST_TYPE],
    )


def name(given: str) -> str:
    return text(given)[:_LONGEST_NAME]


def text(given: str) -> str:
    """The same text; PostgreSQL has no place for zeros, and halves of characters are none."""
    return _NOT_KEPT.sub("\ufffd", given)


def _id(given: str | None) -> str | None:
    return given if given is not None and is_id(given) else None


def data(given: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that JSON can tell, as it will be read again."""
    return {text(str(key)): _plain(value) for key, value in given.items()}


def _plain(value: Any, depth: int = 0) -> Any:
    """A copy that JSON can tell; what it cannot becomes text or nothing."""
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {text(str(key)): _plain(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each, depth + 1) for each in value]
    return text(str(value))
