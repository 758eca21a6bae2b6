"""Routing that does as it is told: a question for "unsure", a guess for "guess", and what it was taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from vtai.core.errors import VTError
from vtai.core.ports import Correction
from vtai.core.routes import Alternative, Decision
from vtai.core.turn import Turn

GUESS = Decision(
    "text", 0.72, "It reads like text.", "told", (Alternative("web-search", 0.2), Alternative("speech", 0.08))
)
QUESTION = Decision(
    "text",
    0.35,
    "It could be image-generation (52%), but that is not sure enough.",
    "told",
    (Alternative("image-generation", 0.52), Alternative("web-search", 0.13)),
    options=("image-generation", "text"),
)


@dataclass
class Pupil:
    """Router and Learning in one. Takes only the very same words for the same message."""

    known: list[Correction] = field(default_factory=list)
    is_broken: bool = False

    async def choose(self, turn: Turn) -> Decision | None:
        for correction in reversed(self.known):
            if (correction.person, correction.text) == (turn.person, turn.text):
                return Decision(correction.right, 0.97, "You sent this message there before.", "corrections")
        if "unsure" in turn.text and turn.preferences.asks_when_unsure:
            return QUESTION
        return GUESS if "guess" in turn.text else None

    async def learn(self, turn: Turn, decision: Decision, right: str) -> Correction:
        if self.is_broken:
            raise VTError("This could not be remembered.", "Look at the disk.")
        key = f"correction-{len(self.known) + 1}"
        learned = Correction(key, turn.person, turn.text, "", "", decision.route, right, 1_790_000_000.0)
        self.known.append(learned)
        return learned

    async def corrections(self, person: str) -> Sequence[Correction]:
        return [each for each in self.known if each.person == person or each.is_shared]

    async def undo(self, person: str, correction_id: str) -> bool:
        before = len(self.known)
        self.known = [each for each in self.known if (each.person, each.id) != (person, correction_id)]
        return len(self.known) < before
