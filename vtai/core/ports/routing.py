"""Who judges where a turn goes, and learns from what people correct."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vtai.core.routes import Decision
from vtai.core.turn import Turn


@dataclass(frozen=True, slots=True)
class Score:
    """How well a route fits, 0..1; `why` are the words or examples that weighed most."""

    route: str
    confidence: float
    why: str = ""


class Classifier(Protocol):
    """Judges which routes a text could mean."""

    async def classify(self, text: str) -> Sequence[Score]:
        """Every route with its score, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Correction:
    """A message that a person sent elsewhere than it was routed. `at` is in seconds since the epoch.

    `is_shared`: promoted to count for everybody. `files`: the kinds of what came with it, as "data image".
    """

    id: str
    person: str
    text: str
    context: str
    previous_route: str
    wrong: str
    right: str
    at: float
    is_shared: bool = False
    files: str = ""


class Corrections(Protocol):
    """What people corrected. One person never sees or moves another's, shared ones aside."""

    async def add(self, correction: Correction) -> None: ...

    async def of(self, person: str) -> Sequence[Correction]:
        """The person's own and the shared ones, the oldest first."""
        ...

    async def remove(self, person: str, correction_id: str) -> bool:
        """Whether there was such a correction of this person's."""
        ...

    async def promote(self, correction_id: str) -> bool:
        """Makes a correction count for everybody; whether there is such a one."""
        ...


class Learning(Protocol):
    """Learns from what people correct, at once and for themselves."""

    async def learn(self, turn: Turn, decision: Decision, right: str) -> Correction:
        """Remembers that `turn`, decided by `decision`, belongs to the route `right`."""
        ...

    async def corrections(self, person: str) -> Sequence[Correction]:
        """The person's own and the shared ones, the oldest first."""
        ...

    async def undo(self, person: str, correction_id: str) -> bool:
        """Whether there was such a correction of this person's."""
        ...

    async def promote(self, correction_id: str) -> bool:
        """Makes a correction count for everybody; whether there is such a one."""
        ...


class Router(Protocol):
    """One opinion on where a turn goes."""

    async def choose(self, turn: Turn) -> Decision | None:
        """A decision, or None for no opinion."""
        ...
