"""One turn's search: who asks what, which model writes, and what it has cost so far."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from vtai.core.conversation import Conversation
from vtai.core.errors import NotConfigured, ProviderError, VTError
from vtai.core.events import Notice, TextDelta, Usage
from vtai.core.ports import Model, ModelRequest, Services
from vtai.core.turn import SearchOptions, Turn
from vtai.handlers import answers, requests
from vtai.handlers.requests import Asked
from vtai.handlers.searching import words

# More than this and comparing meanings costs more time than it is worth.
_SIMILARITY_TIMEOUT_S = 4.0
# How much of the conversation a query is written from, in messages.
_RECENT = 6
# Enough for some queries; a model that thinks first needs room for that as well.
_NOTE_TOKENS = 500


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`question` is what is wanted, without the asking. `model` None: nobody writes. `spent` grows."""

    turn: Turn
    services: Services
    question: str
    model: Model | None
    spent: list[Usage] = field(default_factory=list)

    @property
    def options(self) -> SearchOptions:
        return self.turn.preferences.search

    async def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """How near the texts come to the question; all 0 where they cannot be compared in time."""
        if not texts:
            return []
        try:
            async with asyncio.timeout(_SIMILARITY_TIMEOUT_S):
                return await self.services.similarity.similarities(question, texts)
        except (VTError, TimeoutError):
            return [0.0] * len(texts)

    async def noted(self, asked: Asked, timeout_s: float) -> str:
        """What the model writes for us, not for the person; "" where it fails or takes longer.

        Only the last messages of the conversation go along, no tools do, and what it cost is kept.
        """
        if self.model is None:
            return ""
        recent = Conversation(self.turn.history.messages[-_RECENT:])
        turn = replace(self.turn, history=recent, instructions="")
        try:
            prepared = await requests.prepare(turn, self.model, asked, self.services)
            async with asyncio.timeout(timeout_s):
                return await self._written(_brief(prepared.request))
        except (ProviderError, TimeoutError):
            # If the model is gone the answer will fail for the same reason and say so.
            return ""

    async def _written(self, request: ModelRequest) -> str:
        written: list[str] = []
        async with aclosing(answers.stream(request, self.services)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    written.append(event.text)
                elif isinstance(event, Usage):
                    self.spent.append(event)
        return "".join(written)


def opened(
    turn: Turn, services: Services, question: str, *, is_writing: bool
) -> tuple[Inquiry, tuple[Notice, ...]]:
    """The inquiry, and what the person should know about the model that writes.

    Raises VTError where there is nothing to search for, UnknownName for a model that nobody knows.
    """
    question = words.without_asking(question)
    if not question:
        raise VTError("There is nothing to search for.", "Say what you want to know.")
    if not is_writing:
        return Inquiry(turn, services, question, None), ()
    wanted = turn.preferences.search.model
    if wanted:
        models = {**turn.preferences.models, "chat": wanted}
        turn = replace(turn, preferences=replace(turn.preferences, models=models))
    try:
        picked = requests.pick(turn, services.catalogue, "chat")
    except NotConfigured:
        return Inquiry(turn, services, question, None), ()
    return Inquiry(turn, services, question, picked.model), picked.notices


def _brief(request: ModelRequest) -> ModelRequest:
    """The request for a short note: little thinking, few words."""
    if request.model.can("reasoning"):
        return replace(request, effort="low", max_tokens=None)
    return replace(request, max_tokens=_NOTE_TOKENS)
