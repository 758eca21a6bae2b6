"""Language models with limits of their own: rules that name a model count each of its calls."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai.core.errors import VTError
from vtai.core.events import Notice, Usage
from vtai.core.ports import Catalogue, ModelClient, ModelEvent, ModelRequest
from vtai.limiting.limiter import Asker, Limiter, Use

if TYPE_CHECKING:
    from vtai.limiting.limiter import Admission

logger = logging.getLogger(__name__)


class LimitedModels:
    """The `ModelClient` port with rules for single models. Over a limit the rule's other model answers."""

    def __init__(self, inner: ModelClient, limiter: Limiter, catalogue: Catalogue) -> None:
        self._inner = inner
        self._limiter = limiter
        self._catalogue = catalogue

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As the port says. Raises LimitReached as well."""
        asker = Asker(request.person, request.person)
        rules = self._limiter.applies(asker, model=request.model.name)
        if not rules:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    yield event
            return
        admission = await self._limiter.admit(rules, asker, Use(1))
        for text in admission.notices:
            yield Notice("limit", text)
        if admission.downgrade_to is not None:
            request = replace(request, model=self._catalogue.resolve(admission.downgrade_to))
        use = Use()
        try:
            async with aclosing(self._inner.stream(request)) as events:
                async for event in events:
                    if isinstance(event, Usage):
                        use = Use.of(event.input_tokens + event.output_tokens, event.cost_usd)
                    yield event
        finally:
            await self._settle(admission, use)

    async def _settle(self, admission: Admission, use: Use) -> None:
        try:
            await self._limiter.settle(admission, use)
        except VTError as error:
            logger.warning("what a model used was not counted: %s", error.message)
