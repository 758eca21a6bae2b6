"""Asks a language model where a message belongs: alone, or where another router is not sure.

The model sees the message, what was said before it and the names of its files, never the files.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from vtai import prompts
from vtai.core.errors import VTError
from vtai.core.events import TextDelta
from vtai.core.messages import Message
from vtai.core.ports import Catalogue, Model, ModelClient, ModelRequest, Router
from vtai.core.routes import Alternative, Decision, Route
from vtai.core.turn import Turn

logger = logging.getLogger(__name__)

NAME: Final = "llm"

# Below it a decision counts as unsure, and so does the model's own answer.
UNSURE_BELOW: Final = 0.6
# Of a long message the start and the end say what it is about.
_START_CHARACTERS, _END_CHARACTERS = 1_500, 500
_CONTEXT_CHARACTERS = 500
_MAX_FILES = 10
_MAX_TOKENS = 200
# A route's name and a number are shorter; whoever writes more has not understood.
_MAX_ANSWER_CHARACTERS = 80
_ANSWER = re.compile(r"([a-z0-9_-]+) (0(?:\.\d{1,4})?|1(?:\.0{1,4})?)")


@dataclass(frozen=True, slots=True)
class _Answer:
    route: str
    confidence: float


class ModelRouter:
    """A language model decides. `model` is a name or alias, None the default one for chat.

    No opinion after `timeout_s` seconds, when the vendor fails, and on every answer that is not one of
    `routes` and a number. The number is the model's own word; nothing calibrates it.
    """

    def __init__(
        self,
        models: ModelClient,
        catalogue: Catalogue,
        routes: Sequence[Route],
        model: str | None = None,
        timeout_s: float = 1.5,
    ) -> None:
        self._models = models
        self._catalogue = catalogue
        self._names = frozenset(route.name for route in routes)
        self._system = prompts.render("route", routes="\n".join(_line(route) for route in routes))
        self._model = model
        self._timeout_s = timeout_s

    async def choose(self, turn: Turn) -> Decision | None:
        """The model's decision; None as said above, and where routing by itself is off."""
        if not is_open(turn):
            return None
        try:
            model = self._catalogue.choose("chat", self._model)
            async with asyncio.timeout(self._timeout_s):
                answer = self._parsed(await self._written(turn, model))
        except TimeoutError:
            logger.info("no decision of a model within %.1f s", self._timeout_s)
            return None
        except VTError as error:
            logger.warning("no decision of a model: %s %s", error.message, error.hint)
            return None
        if answer is None:
            logger.info("the decision of %s could not be read", model.name)
            return None
        reason = f"The model {model.name} was asked and chose {answer.route}."
        return Decision(answer.route, answer.confidence, reason, NAME)

    async def _written(self, turn: Turn, model: Model) -> str:
        """The model's answer, cut where it is longer than any good one."""
        request = ModelRequest(
            model,
            (Message("system", self._system), Message("user", _described(turn))),
            temperature=0.0,
            max_tokens=_MAX_TOKENS,
            person=turn.person,
            asker=turn.asker,
        )
        written = ""
        async with aclosing(self._models.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    written += event.text
                if len(written) > _MAX_ANSWER_CHARACTERS:
                    break
        return written

    def _parsed(self, written: str) -> _Answer | None:
        found = _ANSWER.fullmatch(written.strip())
        if found is None or found[1] not in self._names:
            return None
        return _Answer(found[1], float(found[2]))


class SecondOpinion:
    """Asks `model_router` where `inner` is not sure: no opinion, a question, or a confidence under `below`.

    An answer that is late, odd or itself unsure changes nothing but the reason, which tells of it.
    """

    def __init__(self, inner: Router, model_router: Router, below: float = UNSURE_BELOW) -> None:
        self._inner = inner
        self._model_router = model_router
        self._below = below

    async def choose(self, turn: Turn) -> Decision | None:
        """The inner decision where it is sure, else the model's where that is."""
        first = await self._inner.choose(turn)
        if not is_open(turn) or (first and not first.options and first.confidence >= self._below):
            return first
        second = await self._model_router.choose(turn)
        if second is None or second.confidence < self._below:
            asked = "A language model was asked too and could not tell."
            return replace(first, reason=f"{first.reason} {asked}") if first else None
        return _combined(first, second)


def is_open(turn: Turn) -> bool:
    """Whether there is a message that may find its route by itself."""
    return turn.preferences.routes_by_itself and bool(turn.text.strip())


def _combined(first: Decision | None, second: Decision) -> Decision:
    """The second decision, with what came into question before as its alternatives."""
    if first is None:
        return second
    doubted = (Alternative(first.route, first.confidence), *first.alternatives)
    others = tuple(
        sorted(
            (one for one in doubted if one.route != second.route),
            key=lambda one: one.confidence,
            reverse=True,
        )
    )
    reason = f"{second.reason} Before that nothing was sure: {first.reason}"
    return replace(second, reason=reason, alternatives=others)


def _line(route: Route) -> str:
    examples = "; ".join(f"“{example}”" for example in route.examples)
    return f"- {route.name}: {route.description}" + (f" Such as: {examples}" if examples else "")


def _described(turn: Turn) -> str:
    """The message and its circumstances as JSON."""
    circumstances = {
        "files": [f"{file.kind}: {file.name}" for file in turn.attachments[:_MAX_FILES]],
        "previous_message": (turn.history.last_user_text or "")[:_CONTEXT_CHARACTERS],
        "previous_route": turn.previous_route,
    }
    given = {name: value for name, value in circumstances.items() if value}
    return json.dumps({"message": _shortened(turn.text), **given}, ensure_ascii=False)


def _shortened(text: str) -> str:
    if len(text) <= _START_CHARACTERS + _END_CHARACTERS:
        return text
    return f"{text[:_START_CHARACTERS]} ... {text[-_END_CHARACTERS:]}"
