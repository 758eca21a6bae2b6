"""Compares a question with passages in a child process: a long file takes seconds of arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtai.providers.workshop import Workshop

_JOB = "vtai.routing.passages:rank"
_TIMEOUT_S = 60.0


class WorkshopSimilarity:
    """Implements the `Similarity` port."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    async def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """0..1 each. Raises BadAttachment where it takes too long, Busy where too much waits."""
        options = {"name": "The file", "question": question[:4_000], "texts": list(texts)}
        result, _ = await self._workshop.run(_JOB, options=options, timeout_s=_TIMEOUT_S)
        return [float(score) for score in result["scores"]]
