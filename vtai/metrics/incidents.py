"""What failed lately, for who looks after the server. Nothing of what people wrote is in it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtai.core.events import Failed
    from vtai.core.turn import Turn


@dataclass(frozen=True, slots=True)
class Incident:
    """A reply that ended in an error. `reference` is what the person was given to name it by."""

    at: float
    reference: str
    message: str
    route: str
    person: str
    door: str

    @classmethod
    def of(cls, failed: Failed, turn: Turn, route: str | None) -> Incident:
        return cls(time.time(), failed.reference or "", failed.message, route or "", turn.person, turn.door)


class Incidents:
    """The newest ones, in memory."""

    def __init__(self, most: int = 200) -> None:
        self._kept: deque[Incident] = deque(maxlen=most)

    def add(self, incident: Incident) -> None:
        self._kept.appendleft(incident)

    def newest(self, reference: str = "") -> Sequence[Incident]:
        """The newest first; with a reference, those that carry it."""
        return [each for each in self._kept if reference in {"", each.reference}]
