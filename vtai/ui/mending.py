"""Answers that the end of the server cut off: ended properly, marked, and fit to be tried again.

Knows nothing of Chainlit nor of the database.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vtai.core.history import (
    Change,
    Record,
    SaveElement,
    SaveExchange,
    SaveStep,
    StoredElement,
    StoredExchange,
    StoredStep,
)
from vtai.core.routes import Route
from vtai.ui.footer import Footer

FOOTER = "ReplyFooter"
_ANSWER = "assistant_message"
_AUTHOR = "VT.ai"
_RUN = "on_message"
_MENDED = "mended"
_UNFINISHED = frozenset({"working", "making", "waiting"})


@dataclass(frozen=True, slots=True)
class Mended:
    """The chat as it is shown from now on, and what to write so that it stays so."""

    record: Record
    changes: tuple[Change, ...] = ()


def mended(record: Record, routes: Sequence[Route]) -> Mended:
    """The record without anything that looks as if it went on. `routes` are offered for another try.

    Only for a chat that nobody answers just now.
    """
    mending = _Mending(record, routes)
    for step in record.steps:
        if step.kind == "run" and _is_cut(step):
            mending.end(step)
    for exchange in record.exchanges:
        if mending.is_unanswered(exchange):
            mending.end(mending.begin(exchange))
    return mending.result()


def _is_cut(step: StoredStep) -> bool:
    return (step.is_open or bool(step.extra.get("cut"))) and not step.extra.get(_MENDED)


class _Mending:
    def __init__(self, record: Record, routes: Sequence[Route]) -> None:
        self._record = record
        self._routes = routes
        self._steps = {step.id: step for step in record.steps}
        self._elements = {element.id: element for element in record.elements}
        self._exchanges = {exchange.id: exchange for exchange in record.exchanges}
        self._answered = {step.parent_id for step in record.steps if step.kind == "run"}
        self._changes: list[Change] = []

    def result(self) -> Mended:
        if not self._changes:
            return Mended(self._record)
        record = replace(
            self._record,
            steps=tuple(self._steps.values()),
            elements=tuple(self._elements.values()),
            exchanges=tuple(self._exchanges.values()),
        )
        return Mended(record, tuple(self._changes))

    def is_unanswered(self, exchange: StoredExchange) -> bool:
        """Whether the server ended between a message and its answer."""
        return exchange.id in self._steps and not exchange.answer and exchange.id not in self._answered

    def begin(self, exchange: StoredExchange) -> StoredStep:
        """The answer that there never was."""
        run = StoredStep(
            str(uuid.uuid4()), "run", _RUN, exchange.id, at=exchange.at, is_open=True, extra={"metadata": {}}
        )
        self._steps[run.id] = run
        return run

    def end(self, run: StoredStep) -> None:
        """Ends an answer where it was cut."""
        below = tuple(self._below(run.id))
        self._keep(_ended(run, **{_MENDED: True}))
        for step in below:
            if _is_cut(step):
                self._keep(_ended(step))
        places = {run.id, *(step.id for step in below)}
        for element in tuple(self._elements.values()):
            if element.step_id in places:
                self._settle(element)
        if not any(self._is_footer(element, places) for element in self._elements.values()):
            self._add_footer(run, [step for step in below if step.kind == _ANSWER])
        self._tell(run, [step.output for step in below if step.kind == _ANSWER and step.output])

    def _settle(self, element: StoredElement) -> None:
        props = element.extra.get("props")
        if not isinstance(props, dict):
            return
        settled = _settled(props)
        if element.name == FOOTER and props.get("outcome") == "working":
            settled = settled | {"outcome": "cut", "offersAgain": True}
        if settled != props:
            self._keep_element(replace(element, extra={**element.extra, "props": settled}))

    def _add_footer(self, run: StoredStep, bubbles: Sequence[StoredStep]) -> None:
        bubble = bubbles[-1] if bubbles else None
        if bubble is None:
            at = run.ended_at or run.at
            bubble = StoredStep(str(uuid.uuid4()), _ANSWER, _AUTHOR, run.id, at=at, ended_at=at)
            self._keep(bubble)
        props = Footer(run.parent_id or "", self._routes).props() | {"outcome": "cut"}
        extra = {"display": "inline", "props": props}
        self._keep_element(StoredElement(str(uuid.uuid4()), bubble.id, "custom", FOOTER, extra=extra))

    def _tell(self, run: StoredStep, texts: Sequence[str]) -> None:
        """The next message can refer to what there is of the answer."""
        exchange = self._exchanges.get(run.parent_id or "")
        if exchange is None:
            return
        answer = exchange.answer or "\n\n".join(texts)
        self._exchanges[exchange.id] = told = replace(exchange, answer=answer, is_cut=True)
        self._changes.append(SaveExchange(told))

    def _below(self, step_id: str) -> Iterator[StoredStep]:
        for step in tuple(self._steps.values()):
            if step.parent_id == step_id:
                yield step
                yield from self._below(step.id)

    def _is_footer(self, element: StoredElement, places: set[str]) -> bool:
        return element.name == FOOTER and element.step_id in places

    def _keep(self, step: StoredStep) -> None:
        self._steps[step.id] = step
        self._changes.append(SaveStep(step))

    def _keep_element(self, element: StoredElement) -> None:
        self._elements[element.id] = element
        self._changes.append(SaveElement(element))


def _ended(step: StoredStep, **more: Any) -> StoredStep:
    at = step.ended_at or step.at or time.time()
    return replace(step, is_open=False, ended_at=at, extra={**step.extra, "cut": True, **more})


def _settled(value: Any) -> Any:
    """Properties in which nothing is being made or waited for."""
    if isinstance(value, dict):
        settled = {key: _settled(each) for key, each in value.items()}
        if settled.get("state") in _UNFINISHED:
            settled["state"] = "stopped"
            if "waiting" in settled:
                settled["waiting"] = 0
        return settled
    if isinstance(value, list):
        return [_settled(each) for each in value]
    return value
