"""Language models with limits of their own: rules that name a model count each of its calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai.core.errors import LimitReached, VTError
from vtai.core.events import Notice
from vtai.core.ports import Catalogue, ModelClient, ModelEvent, ModelRequest
from vtai.core.turn import Asker
from vtai.limiting.counts import Count, settle
from vtai.limiting.limiter import CHARACTERS_A_TOKEN, TOKENS_OF_AN_ANSWER, Limiter, Use

if TYPE_CHECKING:
    from vtai.limiting.limiter import Admission


class LimitedModels:
    """The `ModelClient` port with rules for single models. Over a limit the rule's other model answers."""

    def __init__(self, inner: ModelClient, limiter: Limiter, catalogue: Catalogue) -> None:
        self._inner = inner
        self._limiter = limiter
        self._catalogue = catalogue

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As the port says. Raises LimitReached as well."""
        admission, request, told = await self._admitted(request)
        if admission is None:
            for text in told:
                yield Notice("limit", text)
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    yield event
            return
        count = Count(_question(request), request.model)
        try:
            for text in told:
                yield Notice("limit", text)
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    count.note(event)
                    yield event
            count.is_over = True
        except VTError:
            count.has_failed = True
            raise
        finally:
            await asyncio.shield(self._limiter.begun(settle(self._limiter, [admission], count)))

    async def _admitted(self, request: ModelRequest) -> tuple[Admission | None, ModelRequest, list[str]]:
        """With the model that may be asked, which has limits of its own again. Raises LimitReached."""
        asker = request.asker or Asker(request.person, request.person)
        told: list[str] = []
        asked: set[str] = set()
        while request.model.name not in asked:
            asked.add(request.model.name)
            rules = self._limiter.applies(asker, models={request.model.name, request.model.id})
            if not rules:
                break
            answer = request.max_tokens or TOKENS_OF_AN_ANSWER
            expected = Use(1) + Use.estimated(_question(request), answer, request.model)
            admission = await self._limiter.admit(rules, asker, expected)
            told += admission.notices
            if admission.downgrade_to is None:
                return admission, request, told
            await self._limiter.release(admission)
            request = replace(request, model=self._catalogue.resolve(admission.downgrade_to))
        else:
            names = " and of ".join(sorted(asked))
            raise LimitReached(f"The limits of {names} are reached.", "Choose another model, or wait.")
        return None, request, told


def _question(request: ModelRequest) -> int:
    """Its length in tokens, about."""
    return sum(len(message.text) for message in request.messages) // CHARACTERS_A_TOKEN
