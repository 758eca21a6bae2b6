"""What took how long between the end of what somebody said and the first sound of the answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vtai.core.events import Event, RouteChosen, SpeechPiece, TextDelta

END: Final = "end of speech"
TRANSCRIPT: Final = "transcript"
ROUTE: Final = "route"
FIRST_TOKEN: Final = "first token"  # noqa: S105 no secret: the first piece of text
FIRST_SENTENCE: Final = "first sentence"
FIRST_SOUND: Final = "first sound"
NAMES: Final = (END, TRANSCRIPT, ROUTE, FIRST_TOKEN, FIRST_SENTENCE, FIRST_SOUND)

_SENTENCE_END = re.compile(r"[.!?…:][\"')\]]*\s|[\u3002\uff01\uff1f]|\n")


class Stages:
    """Marks of one turn. Each stage lasts from the mark before it; together they are the whole wait.

    `waited_s` is how long it took to be sure that the person had ended, before now.
    """

    def __init__(self, now: Callable[[], float], waited_s: float = 0.0) -> None:
        self._now = now
        self._began_s = now() - max(0.0, waited_s)
        self._marks: dict[str, float] = {END: now()}
        self._text = ""

    def mark(self, name: str) -> None:
        """The first time counts."""
        self._marks.setdefault(name, self._now())

    def hear(self, event: Event) -> None:
        """Marks what an event of the answer stands for."""
        match event:
            case RouteChosen():
                self.mark(ROUTE)
            case TextDelta(text):
                self.mark(FIRST_TOKEN)
                if FIRST_SENTENCE not in self._marks:
                    self._text += text
                    if _SENTENCE_END.search(self._text.lstrip()):
                        self.mark(FIRST_SENTENCE)
            case SpeechPiece():
                self.mark(FIRST_SENTENCE)
            case _:
                pass

    def ms(self) -> tuple[tuple[str, float], ...]:
        """The stages that were reached, in order, in milliseconds."""
        at_s, stages = self._began_s, []
        for name in NAMES:
            if name in self._marks:
                stages.append((name, max(0.0, self._marks[name] - at_s) * 1000))
                at_s = max(at_s, self._marks[name])
        return tuple(stages)
