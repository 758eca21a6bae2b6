"""Whatever is recorded in whatever order, the conversation is what one would write down by hand."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.storage.said import ANN
from vtai.core.history import (
    Change,
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
from vtai.storage.database import Database
from vtai.storage.histories import SqlHistories

FLUSH = "flush"
_IDS = st.sampled_from("abcde")
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_KINDS = st.sampled_from(["user_message", "assistant_message", "run", "tool"])
_STEPS = st.builds(
    StoredStep,
    id=_IDS,
    kind=_KINDS,
    parent_id=st.none() | _IDS,
    output=_TEXTS,
    is_open=st.booleans(),
    at=st.floats(0, 2e9),
    extra=st.dictionaries(_TEXTS, st.none() | st.integers() | _TEXTS | st.lists(_TEXTS), max_size=2),
)
_CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(SaveStep, _STEPS),
    st.builds(SaveElement, st.builds(StoredElement, id=_IDS, step_id=_IDS, kind=_KINDS, name=_TEXTS)),
    st.builds(SaveExchange, st.builds(StoredExchange, id=_IDS, text=_TEXTS, at=st.just(1.0))),
    st.builds(DropStep, _IDS),
    st.builds(DropElement, _IDS),
    st.builds(DropExchange, _IDS),
    st.builds(Rename, st.sampled_from(["x", "y", "z"]), st.booleans()),
)
_PLANS = st.lists(st.lists(_CHANGES, min_size=1, max_size=4) | st.just(FLUSH), max_size=14)


@dataclass
class Model:
    """The same in plain dicts."""

    steps: dict[str, StoredStep] = field(default_factory=dict)
    elements: dict[str, StoredElement] = field(default_factory=dict)
    exchanges: dict[str, StoredExchange] = field(default_factory=dict)
    name: str = ""
    is_named: bool = False

    def apply(self, change: Change) -> None:
        match change:
            case SaveStep(step):
                self.steps[step.id] = step
            case SaveElement(element):
                self.elements[element.id] = element
            case SaveExchange(exchange):
                self.exchanges[exchange.id] = exchange
            case DropStep(name):
                self.drop(name)
            case DropElement(name):
                self.elements.pop(name, None)
            case DropExchange(name):
                self.exchanges.pop(name, None)
            case Rename(name, is_suggested):
                if not (is_suggested and self.is_named):
                    self.name, self.is_named = name, not is_suggested

    def drop(self, name: str, seen: frozenset[str] = frozenset()) -> None:
        for child in [step for step in self.steps.values() if step.parent_id == name]:
            if child.id not in seen:
                self.drop(child.id, seen | {name, child.id})
        self.steps.pop(name, None)
        for element in [each for each in self.elements.values() if each.step_id == name]:
            del self.elements[element.id]

    def check(self, record: Record | None) -> None:
        assert record is not None
        assert record.steps == tuple(self.steps.values())
        assert record.elements == tuple(self.elements.values())
        assert record.exchanges == tuple(self.exchanges.values())
        assert record.conversation.name == self.name


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=_PLANS)
async def test_a_conversation_is_the_sum_of_its_changes(
    database: Database, plan: list[list[Change] | str]
) -> None:
    histories, model, name = SqlHistories(database), Model(), uuid.uuid4().hex
    is_there = False
    for part in plan:
        if isinstance(part, str):
            await histories.flush()
            continue
        histories.record(ANN, name, *part)
        is_there = True
        for change in part:
            model.apply(change)
        model.check(await histories.open(ANN, name))
    await histories.flush()
    if is_there:
        model.check(await histories.open(ANN, name))
        model.check(await SqlHistories(database).open(ANN, name))
    else:
        assert await histories.open(ANN, name) is None
