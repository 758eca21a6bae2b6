"""What is kept of conversations. Values only; times are in seconds since the epoch, ids are UUIDs as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

_NOTHING: Mapping[str, Any] = MappingProxyType({})

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class StoredStep:
    """A message or a step under one, as the page shows it. `extra` is what only the page knows.

    `kind` is "user_message", "assistant_message", "run", "tool" or "undefined". `is_open` while it is still
    being written: what is found open after a crash was cut.
    """

    id: str
    kind: str
    name: str = ""
    parent_id: str | None = None
    input: str = ""
    output: str = ""
    at: float = 0.0
    ended_at: float | None = None
    is_error: bool = False
    is_open: bool = False
    extra: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class StoredElement:
    """A file, picture, table or one of the page's own elements in a step. `file` is its key in the store."""

    id: str
    step_id: str
    kind: str
    name: str = ""
    media_type: str = ""
    file: str | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class StoredExchange:
    """A message and its newest answer, as the next message refers to them. `id` is the message's.

    `attachments` and `files` are keys in the file store: what came with the message, what was made for the
    answer. `work` tells what tools did. `is_cut`: the answer ended before it was whole. `extra` is what only
    the page knows: command, forced route, the decision with its alternatives.
    """

    id: str
    text: str
    at: float
    answer: str = ""
    attachments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    work: str = ""
    route: str | None = None
    model: str | None = None
    is_cut: bool = False
    extra: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without what was said in it."""

    id: str
    person: str
    name: str
    made_at: float
    changed_at: float
    extra: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Record:
    """A whole conversation, everything in the order in which it came."""

    conversation: Conversation
    steps: tuple[StoredStep, ...] = ()
    elements: tuple[StoredElement, ...] = ()
    exchanges: tuple[StoredExchange, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveStep:
    step: StoredStep


@dataclass(frozen=True, slots=True)
class SaveElement:
    element: StoredElement


@dataclass(frozen=True, slots=True)
class SaveExchange:
    exchange: StoredExchange


@dataclass(frozen=True, slots=True)
class DropStep:
    """The step, the steps below it and their elements."""

    id: str


@dataclass(frozen=True, slots=True)
class DropElement:
    id: str


@dataclass(frozen=True, slots=True)
class DropExchange:
    """What the next message could refer to; its steps stay."""

    id: str


@dataclass(frozen=True, slots=True)
class Rename:
    """A name for the conversation; `is_suggested` gives way to the name that a person chose."""

    name: str
    is_suggested: bool = False


# One change to a conversation. The newest state of an id wins; a child may come before its parent.
Change = SaveStep | SaveElement | SaveExchange | DropStep | DropElement | DropExchange | Rename


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some of a list. `cursor` asks for what follows; None at the end."""

    items: tuple[Item, ...]
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where something was said. `excerpt` is plain text; `marks`: (start, end) of the words."""

    conversation: Conversation
    step_id: str
    kind: str
    excerpt: str
    marks: tuple[tuple[int, int], ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """A link to a conversation as it was at `at`: what was said later is not shown."""

    token: str
    conversation: str
    person: str
    at: float


@dataclass(frozen=True, slots=True)
class Adopted:
    """How much of one person's became another one's; `keys` are those that were revoked instead."""

    conversations: int
    files: int
    size_bytes: int
    shares: int
    feedback: int
    turns: int
    keys: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """A thumb for a reply: `value` is 1 or 0. `route` and `model` made the reply."""

    id: str
    step_id: str
    value: int
    comment: str = ""
    route: str | None = None
    model: str | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store. `key` is random and says nothing of it."""

    key: str
    person: str
    conversation: str
    name: str
    media_type: str
    size_bytes: int
    at: float
