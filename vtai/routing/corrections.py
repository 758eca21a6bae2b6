"""Learns from what people correct: a message that was sent elsewhere goes there from now on, reworded or not.

Nothing is trained; a correction counts from the next message on, for the person who made it, or for everybody
once it is shared. Commands and marks are left to the rules; a correction of a message with a picture, table
or recording counts for messages that come with the like.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vtai.core.errors import VTError
from vtai.core.links import picture_links
from vtai.core.ports import Correction, Corrections
from vtai.core.routes import Alternative, Decision
from vtai.core.turn import Turn
from vtai.routing.cues import is_think_marked
from vtai.routing.paraphrases import SHORT, Meaning, Shelf, likeness

if TYPE_CHECKING:
    from vtai.routing.encoder import Head

logger = logging.getLogger(__name__)

NAME: Final = "learned"

# From here on two messages count as one; the fewer words, the less room for chance.
_ALIKE = 0.67
_ALIKE_SHORT = 0.77
_FEW_WORDS = 3
# So much less is needed where the head alone would be sure of the corrected route.
_SUPPORT = 0.2
# How often it was right to move a message, by likeness, on messages we wrote to test it.
_SAME = 0.98
_LEAST_SURE, _MOST_SURE = 0.6, 0.95
_SURE_FROM = 1.0
_MOST_PEOPLE = 64
_MOST_QUOTED = 60
_MOST_KEYED = 4_000
_DECIDING = frozenset({"image", "audio", "video", "data"})


@dataclass(slots=True)
class _Person:
    """What counts for one person, ready to be compared with."""

    corrections: Sequence[Correction] = ()
    by_message: dict[str, Correction] = field(default_factory=dict)
    meanings: dict[str, Meaning] = field(default_factory=dict)
    shelf: Shelf | None = None


class LearningRouter:
    """A router and the learning port in one. `head` gives the learned part, loaded once and shared."""

    def __init__(
        self,
        corrections: Corrections,
        head: Callable[[], Awaitable[Head]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = corrections
        self._head = head
        self._clock = clock
        self._people: OrderedDict[str, _Person] = OrderedDict()

    async def choose(self, turn: Turn) -> Decision | None:
        """The route of the corrected message that this one is, or is a paraphrase of; else None."""
        if not turn.preferences.routes_by_itself or not turn.text.strip():
            return None
        if turn.command is not None or is_think_marked(turn.text):
            return None
        try:
            person = await self._known(turn.person)
        except VTError as error:
            logger.warning("corrections are left out: %s %s", error.message, error.hint)
            return None
        if not person.corrections:
            return None
        same = person.by_message.get(_key(turn.text))
        if same is not None and _fits(same, turn, is_short=_is_short(turn.text)):
            return _decided(same, _SAME)
        return await self._paraphrased(turn, person)

    async def learn(self, turn: Turn, decision: Decision, right: str) -> Correction:
        """Remembers that `turn` belongs to the route `right`, instead of what the person said of it before.

        Raises VTError where it cannot be kept.
        """
        correction = Correction(
            id=secrets.token_hex(6),
            person=turn.person,
            text=turn.text,
            context=turn.history.last_user_text or "",
            previous_route=turn.previous_route or "",
            wrong=decision.route,
            right=right,
            at=self._clock(),
            files=_files(turn),
        )
        before = [old for old in await self._store.of(turn.person) if _is_of_same(old, correction)]
        await self._store.add(correction)
        for old in before:
            await self._store.remove(turn.person, old.id)
        return correction

    async def corrections(self, person: str) -> Sequence[Correction]:
        """The person's own and the shared ones, the oldest first."""
        return await self._store.of(person)

    async def undo(self, person: str, correction_id: str) -> bool:
        """Whether there was such a correction of this person's."""
        return await self._store.remove(person, correction_id)

    async def promote(self, correction_id: str) -> bool:
        """Makes a correction count for everybody; whether there is such a one."""
        return await self._store.promote(correction_id)

    async def _paraphrased(self, turn: Turn, person: _Person) -> Decision | None:
        head = await self._head()
        if person.shelf is None:
            await asyncio.to_thread(_fill, person, head)
        shelf = person.shelf
        places = shelf.near(turn.text, head) if shelf is not None else []
        if shelf is None or not places:
            return None
        meaning = Meaning.of(turn.text, head)
        found: Correction | None = None
        closest = 0.0
        for place in places:
            correction, other = person.corrections[place], shelf.meanings[place]
            close = likeness(meaning, other)
            needed = _ALIKE_SHORT if len(other.weights) <= _FEW_WORDS else _ALIKE
            needed -= _SUPPORT * _chance(meaning, head, correction.right)
            if close < needed or not _fits(correction, turn, is_short=meaning.is_short):
                continue
            if found is None or _rank(correction, close) > _rank(found, closest):
                found, closest = correction, close
        return _decided(found, _confidence(closest)) if found else None

    async def _known(self, name: str) -> _Person:
        """The person's corrections; made ready anew when the store hands out others than before."""
        corrections = await self._store.of(name)
        person = self._people.get(name)
        if person is None or not _are_same(person.corrections, corrections):
            known = person.meanings if person else {}
            person = _Person(corrections, _by_message(corrections), known)
            self._people[name] = person
        self._people.move_to_end(name)
        if len(self._people) > _MOST_PEOPLE:
            self._people.popitem(last=False)
        return person


def _chance(meaning: Meaning, head: Head, route: str) -> float:
    """What the head alone gives the route; 0 for one that it never learned."""
    return float(meaning.chances[head.routes.index(route)]) if route in head.routes else 0.0


def _fill(person: _Person, head: Head) -> None:
    """Takes apart what is new, and keeps what still counts."""
    known = person.meanings
    meanings = [known.get(one.id) or Meaning.of(one.text, head) for one in person.corrections]
    person.meanings = {one.id: meaning for one, meaning in zip(person.corrections, meanings, strict=True)}
    person.shelf = Shelf(meanings)


def _by_message(corrections: Sequence[Correction]) -> dict[str, Correction]:
    """The last word on each message; a person's own before a shared one."""
    ordered = sorted(corrections, key=lambda one: (not _is_strangers(one), one.at))
    return {_key(one.text): one for one in ordered}


def _are_same(one: Sequence[Correction], other: Sequence[Correction]) -> bool:
    return one is other or list(one) == list(other)


def _is_strangers(correction: Correction) -> bool:
    return correction.is_shared and not correction.person


def _rank(correction: Correction, close: float) -> tuple[float, bool, float]:
    return round(close, 3), not _is_strangers(correction), correction.at


def _fits(correction: Correction, turn: Turn, *, is_short: bool) -> bool:
    """Whether the circumstances are alike: the files, and for a short message what was answered before."""
    if correction.files != _files(turn):
        return False
    if not is_short or not correction.previous_route or not turn.previous_route:
        return True
    return correction.previous_route == turn.previous_route


def _is_of_same(old: Correction, new: Correction) -> bool:
    """Whether the old one is the person's own on the same message in the same place."""
    return (
        not _is_strangers(old)
        and _key(old.text) == _key(new.text)
        and old.files == new.files
        and old.previous_route == new.previous_route
    )


def _files(turn: Turn) -> str:
    """The kinds of what came along and would decide the route: files, and a linked picture."""
    kinds = {file.kind for file in turn.attachments} & _DECIDING
    linked = {"link"} if picture_links(turn.text) else set()
    return " ".join(sorted(kinds | linked))


def _key(text: str) -> str:
    """The message without what nobody means: capitals, spaces, marks at its ends."""
    return " ".join(text[:_MOST_KEYED].casefold().split()).strip(" .,;:!?\u2026\"'")


def _is_short(text: str) -> bool:
    return len(text.split()) <= SHORT


def _confidence(close: float) -> float:
    share = (close - _ALIKE) / (_SURE_FROM - _ALIKE)
    return _LEAST_SURE + (_MOST_SURE - _LEAST_SURE) * min(1.0, max(0.0, share))


def _decided(correction: Correction, confidence: float) -> Decision:
    quoted = " ".join(correction.text.split())
    if len(quoted) > _MOST_QUOTED:
        quoted = quoted[: _MOST_QUOTED - 1].rstrip() + "\u2026"
    reason = f"You sent “{quoted}” here before."
    if _is_strangers(correction):
        reason = f"“{quoted}” was sent here before, and that counts for everybody."
    others = (Alternative(correction.wrong, 1 - confidence),) if correction.wrong != correction.right else ()
    return Decision(correction.right, confidence, reason, NAME, others)
