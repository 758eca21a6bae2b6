"""Ends a text where one of the program's marks comes. Done here, as not every model takes such marks."""

from __future__ import annotations

from collections.abc import Sequence


class Stops:
    """Takes a text in pieces of any size and gives what stands before the first mark."""

    def __init__(self, marks: Sequence[str]) -> None:
        self.is_reached = False
        self._marks = tuple(marks)
        self._held = ""

    def feed(self, text: str) -> str:
        """What is certain by now; what could begin a mark is held back."""
        if self.is_reached or not self._marks:
            return "" if self.is_reached else text
        waiting = self._held + text
        places = [place for mark in self._marks if (place := waiting.find(mark)) >= 0]
        if places:
            self.is_reached, self._held = True, ""
            return waiting[: min(places)]
        ready = len(waiting) - max(_begun(waiting, mark) for mark in self._marks)
        self._held = waiting[ready:]
        return waiting[:ready]

    def finish(self) -> str:
        """What was held back, when the text is over."""
        held, self._held = self._held, ""
        return held


def _begun(text: str, mark: str) -> int:
    """How many characters at the end of the text begin the mark."""
    longest = min(len(mark) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if text.endswith(mark[:n])), 0)
