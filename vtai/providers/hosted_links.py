"""Takes the links to a vendor's own disk out of an answer: they lead nowhere from here."""

from __future__ import annotations

import re

_SCHEME = "sandbox:"
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\(\s*sandbox:[^)\n]{0,1000}\)")
# What could still become such a link: its beginning, up to wherever the text ends.
_BEGINNING = re.compile(r"!?\[[^\[\]\n]{0,300}(?:\](?:\(\s*(?P<address>[^)\n]{0,1000}))?)?$|!$")


class SandboxLinks:
    """Takes text in pieces of any size and leaves of `[table](sandbox:/mnt/data/t.csv)` the word alone."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """What is certain by now; the beginning of a link is held back."""
        waiting = _LINK.sub(r"\1", self._held + text)
        ready = len(waiting) - _unfinished(waiting)
        self._held = waiting[ready:]
        return waiting[:ready]

    def finish(self) -> str:
        """What was held back, when the text is over."""
        held, self._held = self._held, ""
        return held


def _unfinished(text: str) -> int:
    found = _BEGINNING.search(text)
    if found is None:
        return 0
    address = found["address"] or ""
    if not address.startswith(_SCHEME) and not _SCHEME.startswith(address):
        return 0
    return len(text) - found.start()
