"""A search that finds what a test says, and a clock that moves when told or slept on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from vtai.core.errors import VTError
from vtai.core.web import Hit, SearchRequest, SearchResults

HIT = Hit("Cats", "https://example.org/cats", "Cats sleep a lot.")


@dataclass
class ScriptedSearch:
    """Gives the errors one by one, then `hits`. With `gate` it answers once that is set."""

    errors: list[VTError] = field(default_factory=list)
    name: str = "scripted"
    hits: tuple[Hit, ...] = (HIT,)
    gate: asyncio.Event | None = None
    requests: list[SearchRequest] = field(default_factory=list)
    cancelled: int = 0
    closed: int = 0

    async def search(self, request: SearchRequest) -> SearchResults:
        self.requests.append(request)
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.errors:
            raise self.errors.pop(0)
        return SearchResults(self.hits, self.name)

    async def close(self) -> None:
        self.closed += 1


@dataclass
class Clock:
    """Seconds that pass while one sleeps, and no others."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
