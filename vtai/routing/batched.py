"""Lets classifications that are wanted at once share one call. Knows nothing about how they are made."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from vtai.core.ports import Score

_Scores = Sequence[Sequence[Score]]


class ManyClassifier(Protocol):
    """A classifier that judges several texts in one call."""

    async def classify_many(self, texts: Sequence[str]) -> _Scores:
        """As `Classifier.classify`, one result a text, in their order."""
        ...


class _Batch:
    """Texts that go into one call, and the task that makes it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.task: asyncio.Task[_Scores] | None = None


class BatchedClassifier:
    """A classifier port over `inner`. A batch is what came up in one turn of the event loop, or while the
    batch before it was judged; nobody waits for company. At most `max_batch` texts go into one call.
    """

    def __init__(self, inner: ManyClassifier, max_batch: int = 32) -> None:
        self._inner = inner
        self._max_batch = max(1, max_batch)
        self._turn = asyncio.Lock()
        self._open: _Batch | None = None

    async def classify(self, text: str) -> Sequence[Score]:
        """Every route with its score, best first. Raises what the call for its batch raised."""
        batch = self._open
        if batch is None or len(batch.texts) >= self._max_batch:
            batch = self._open = _Batch()
        place = len(batch.texts)
        batch.texts.append(text)
        # The task first runs when this turn of the event loop is over: until then others join.
        batch.task = batch.task or asyncio.create_task(self._judged(batch))
        # Shielded: who gives up must not take the answer from those who share the call.
        return (await asyncio.shield(batch.task))[place]

    async def _judged(self, batch: _Batch) -> _Scores:
        async with self._turn:
            if self._open is batch:
                self._open = None
            return await self._inner.classify_many(batch.texts)
