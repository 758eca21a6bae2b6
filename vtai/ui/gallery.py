"""The pictures of one reply, from the first preview to the last one made, in one element.

Makes the properties of `site/public/elements/Pictures.jsx`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vtai.core.events import FileReady, PicturePreview, ToolProgress, ToolStarted
from vtai.ui.paper import Kept, Paper, Step, new_id

_MOST_PLACES = 10
_MOST_CHARACTERS = 4_000


@dataclass
class _Place:
    """One picture: what is shown of it now, and the previews that were shown of it before."""

    key: str = ""
    media_type: str = ""
    before: list[str] = field(default_factory=list)
    made: FileReady | None = None


class Gallery:
    """Call `start`, `preview` and `add` as the pictures come, and `finish` in any case.

    `turn_id` is the message they answer, `expected` how many were asked for.
    `can_change`: others can be made of them. The keys of previews that nobody sees any more are in `outdated`
    when all is over.
    """

    def __init__(self, paper: Paper, turn_id: str, expected: int = 1, *, can_change: bool = True) -> None:
        self.outdated: list[str] = []
        self.can_change = can_change
        self._paper = paper
        self._turn_id = turn_id
        self._expected = expected
        self._id = new_id()
        self._step: Step | None = None
        self._places: list[_Place] = []
        self._work = ""
        self._prompt = ""
        # Charts that come along with an answer are complete when they come.
        self._state = "working" if can_change else "done"

    @property
    def offers_again(self) -> bool:
        """Whether the button for that stands under the pictures."""
        return self.can_change and self._step is not None and self._state in {"done", "stopped"}

    async def start(self, step: Step, event: ToolStarted) -> None:
        """A model begins: there is room for its pictures, and a word on who is at work."""
        self._work = f"{event.name} is at work"
        self._prompt = self._prompt or _shortened(event.arguments)
        await self._show(step)

    async def progress(self, event: ToolProgress) -> None:
        if self._step is not None and event.text.strip():
            self._work = event.text.strip()
            await self._show(self._step)

    async def preview(self, step: Step, event: PicturePreview) -> None:
        """Takes the place of the preview before it. Comes too late where the picture is there already."""
        place = self._place(event.slot)
        if place is None or place.made is not None or not event.data:
            return
        kept = await self._paper.keep("preview", event.media_type, event.data)
        self._change(place, kept.key, event.media_type)
        await self._show(step)

    async def add(self, step: Step, event: FileReady) -> Kept:
        """Keeps and shows a picture that is ready, in the first place that has none yet."""
        number = next((n for n, place in enumerate(self._places) if place.made is None), len(self._places))
        while len(self._places) <= number:
            self._places.append(_Place())
        kept = await self._paper.keep(event.name, event.media_type, event.data)
        place = self._places[number]
        self._change(place, kept.key, event.media_type)
        place.made = event
        await self._show(step)
        return kept

    async def finish(self, outcome: str) -> None:
        """Says how it ended. Where nothing is to be seen, the element goes."""
        self._state = outcome
        if self._step is None:
            return
        for place in self._places:
            self.outdated += place.before
            place.before.clear()
        if any(place.key for place in self._places):
            await self._show(self._step)
        else:
            await self._paper.take_out(self._id)
            self._step = None

    def props(self) -> dict[str, Any]:
        made = [place.made for place in self._places if place.made is not None]
        about = {(_shortened(each.caption), each.details) for each in made}
        # What all have in common is said once.
        (prompt, details) = next(iter(about)) if len(about) == 1 else ("", ())
        is_shared = bool(prompt or details)
        return {
            "turn": self._turn_id,
            "state": self._state,
            "work": self._work,
            "canChange": self.can_change,
            "offersAgain": self.offers_again,
            "prompt": prompt or (self._prompt if not made else ""),
            "details": [list(line) for line in details],
            "waiting": self._waiting(),
            "pictures": [_picture(place, is_shared) for place in self._places if place.key],
        }

    def _waiting(self) -> int:
        """How many places are still empty."""
        if self._state != "working":
            return 0
        return max(self._expected, len(self._places)) - sum(bool(place.key) for place in self._places)

    def _place(self, slot: int) -> _Place | None:
        if not 0 <= slot < _MOST_PLACES:
            return None
        while len(self._places) <= slot:
            self._places.append(_Place())
        return self._places[slot]

    def _change(self, place: _Place, key: str, media_type: str) -> None:
        if place.key:
            place.before.append(place.key)
        place.key, place.media_type = key, media_type

    async def _show(self, step: Step) -> None:
        # It stays in the bubble where it began.
        self._step = self._step or step
        await self._paper.place_custom(self._step, "Pictures", self.props(), self._id)


def _picture(place: _Place, is_shared: bool) -> dict[str, Any]:
    made = place.made
    return {
        "key": place.key,
        "isMade": made is not None,
        "name": made.name if made else "",
        "caption": _shortened(made.caption) if made else "",
        "prompt": _shortened(made.caption) if made and not is_shared else "",
        "details": [list(line) for line in made.details] if made and not is_shared else [],
    }


def _shortened(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"
