"""What a turn, or one call of a model, used until now; and putting right what was reserved for it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vtai.core.errors import VTError
from vtai.core.events import Event, Failed, TextDelta, ThinkingDelta, Usage
from vtai.core.ports import ModelEvent, ToolCallReady
from vtai.limiting.limiter import CHARACTERS_A_TOKEN, Admission, Limiter, Use

if TYPE_CHECKING:
    from vtai.core.ports import Model

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Count:
    """What was told, and the characters after that. `question` is its length in tokens, about."""

    question: int
    model: Model | None
    characters: int = 0
    told: Use | None = None
    is_over: bool = False
    has_failed: bool = False

    def note(self, event: Event | ModelEvent) -> None:
        match event:
            case TextDelta(text) | ThinkingDelta(text):
                self.characters += len(text)
            case ToolCallReady(call):
                self.characters += len(call.name) + len(call.arguments)
            case Usage():
                used = Use.of(event.input_tokens + event.output_tokens, event.cost_usd)
                self.told = used if self.told is None else self.told + used
                self.characters = 0
            case Failed():
                self.has_failed = True
            case _:
                pass

    @property
    def is_for_nothing(self) -> bool:
        """It failed before anything came of it."""
        return self.has_failed and self.told is None and not self.characters

    @property
    def use(self) -> Use:
        """As the vendor told it; estimated for what was broken off before that."""
        told = self.told or Use()
        if not self.characters or (self.is_over and self.told is not None):
            return told
        answer = max(1, self.characters // CHARACTERS_A_TOKEN)
        return told + Use.estimated(self.question, answer, self.model)


async def settle(limiter: Limiter, admissions: Iterable[Admission], count: Count) -> None:
    """Counts what was used in place of what was reserved. Where that fails, it stays reserved: nobody gets
    more than a limit by it.
    """
    for admission in admissions:
        try:
            if count.is_for_nothing:
                await limiter.release(admission)
            else:
                await limiter.settle(admission, count.use)
        except VTError as error:
            logger.warning("what was used was not counted: %s", error.message)
