"""Changes to a conversation that are recorded and not written yet: the newest of each thing, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, assert_never

from vtai.core.history import (
    Change,
    Conversation,
    DropElement,
    DropExchange,
    DropStep,
    Record,
    Rename,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredElement,
    StoredExchange,
    StoredStep,
)

# Which of them a change is, for one that takes its place.
Slot = tuple[int, str, str]
_FIXED = 300  # what a change takes beside its texts


@dataclass(frozen=True, slots=True)
class Timed:
    """A change and when it was recorded."""

    change: Change
    at: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be written to one conversation at once."""

    person: str
    conversation: str
    made_at: float
    changed_at: float
    changes: tuple[Timed, ...]


@dataclass(slots=True, eq=False)
class Draft:
    """`lock` is held by who writes it and by who reads what was written beside it.

    `recorded` and `written` count changes, `failures` tries to write that failed in a row.
    """

    person: str
    conversation: str
    made_at: float
    changed_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    recorded: int = 0
    written: int = 0
    failures: int = 0
    not_before: float = 0.0
    size: int = 0
    _changes: dict[Slot, Timed] = field(default_factory=dict)
    _drops: int = 0

    def add(self, change: Change, now: float) -> None:
        """Puts it behind the others, or in the place of an older state of the same thing.

        Never across a removal, which may have meant the older one.
        """
        if isinstance(change, DropStep | DropElement | DropExchange):
            self._drops += 1
        slot = (self._drops, *_thing(change))
        old = self._changes.get(slot)
        self._changes[slot] = Timed(change, now)
        self.size += weight(change) - (weight(old.change) if old else 0)
        self.recorded += 1
        if not isinstance(change, Rename):
            self.changed_at = max(self.changed_at, now)

    def batch(self) -> Batch:
        return Batch(
            self.person, self.conversation, self.made_at, self.changed_at, tuple(self._changes.values())
        )

    def keep_only_after(self, batch: Batch, recorded: int) -> None:
        """Forgets what was written; what came since stays."""
        done = set(map(id, batch.changes))
        self._changes = {slot: timed for slot, timed in self._changes.items() if id(timed) not in done}
        self.size = sum(weight(timed.change) for timed in self._changes.values())
        self.written = recorded
        self.failures = 0
        self.not_before = 0.0

    @property
    def is_written(self) -> bool:
        return not self._changes

    def onto(self, record: Record | None, *, is_named: bool) -> Record | None:
        """What the conversation will be; None where it is somebody else's. `is_named`: by a person."""
        if record is None:
            kept = Conversation(self.conversation, self.person, "", self.made_at, self.made_at)
            record = Record(kept)
        elif record.conversation.person != self.person:
            return None
        sheet = _Sheet(record, is_named=is_named)
        for timed in self._changes.values():
            sheet.apply(timed.change)
        return sheet.record(self.changed_at)


def below(step: str, parents: Mapping[str, str | None]) -> set[str]:
    """The step and all that are under it."""
    children: dict[str, list[str]] = {}
    for each, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(each)
    found, waiting = {step}, [step]
    while waiting:
        new = [each for each in children.get(waiting.pop(), ()) if each not in found]
        found.update(new)
        waiting.extend(new)
    return found


def weight(change: Change) -> int:
    """About how many bytes it takes in memory."""
    match change:
        case SaveStep(step):
            return _FIXED + len(step.input) + len(step.output) + _length(step.extra)
        case SaveElement(element):
            return _FIXED + _length(element.extra)
        case SaveExchange(exchange):
            texts = len(exchange.text) + len(exchange.answer) + len(exchange.work)
            return _FIXED + texts + _length(exchange.extra)
        case _:
            return _FIXED


def _length(extra: Mapping[str, Any]) -> int:
    """A guess: only long texts matter."""
    return sum(len(value) for value in extra.values() if isinstance(value, str | list | dict))


def _thing(change: Change) -> tuple[str, str]:
    match change:
        case SaveStep(step):
            return "step", step.id
        case SaveElement(element):
            return "element", element.id
        case SaveExchange(exchange):
            return "exchange", exchange.id
        case Rename(is_suggested=is_suggested):
            return "name", "suggested" if is_suggested else "own"
        case DropStep(id=name) | DropElement(id=name) | DropExchange(id=name):
            return type(change).__name__, name
        case _:
            assert_never(change)


class _Sheet:
    """A record that can be changed."""

    def __init__(self, record: Record, *, is_named: bool) -> None:
        self._conversation = record.conversation
        self._is_named = is_named
        self._name = record.conversation.name
        self._steps: dict[str, StoredStep] = _by_id(record.steps)
        self._elements: dict[str, StoredElement] = _by_id(record.elements)
        self._exchanges: dict[str, StoredExchange] = _by_id(record.exchanges)

    def apply(self, change: Change) -> None:
        match change:
            case SaveStep(step):
                self._steps[step.id] = step
            case SaveElement(element):
                self._elements[element.id] = element
            case SaveExchange(exchange):
                self._exchanges[exchange.id] = exchange
            case DropStep(name):
                self._drop(name)
            case DropElement(name):
                self._elements.pop(name, None)
            case DropExchange(name):
                self._exchanges.pop(name, None)
            case Rename(name, is_suggested):
                self._rename(name, is_suggested=is_suggested)
            case _:
                assert_never(change)

    def record(self, changed_at: float) -> Record:
        kept = self._conversation
        conversation = replace(kept, name=self._name, changed_at=max(kept.changed_at, changed_at))
        return Record(
            conversation,
            tuple(self._steps.values()),
            tuple(self._elements.values()),
            tuple(self._exchanges.values()),
        )

    def _rename(self, name: str, *, is_suggested: bool) -> None:
        if not is_suggested or not self._is_named:
            self._name = name
            self._is_named = not is_suggested

    def _drop(self, step: str) -> None:
        gone = below(step, {each.id: each.parent_id for each in self._steps.values()})
        self._steps = {each.id: each for each in self._steps.values() if each.id not in gone}
        self._elements = {each.id: each for each in self._elements.values() if each.step_id not in gone}


_Kept = TypeVar("_Kept", StoredStep, StoredElement, StoredExchange)


def _by_id(kept: Iterable[_Kept]) -> dict[str, _Kept]:
    return {each.id: each for each in kept}
