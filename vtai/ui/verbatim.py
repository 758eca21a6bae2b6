"""Text of tools for the page: shown as it is, whatever it holds.

The page takes all text for Markdown. Here it stands in a block of code whose fence it cannot close: no
picture in it loads, no link can be pressed, and no formula or HTML is made of it.
"""

from __future__ import annotations

import re

_MARK = "~"
# Longer than any line that a program draws.
_FENCE = _MARK * 100
_LANGUAGE = re.compile(r"[a-z0-9]{1,20}")


class Verbatim:
    """One text, piece by piece. `language` is what to highlight it as; another than a plain word is none."""

    def __init__(self, language: str = "") -> None:
        known = language if _LANGUAGE.fullmatch(language) else ""
        self._opening = f"{_FENCE}{known}\n"
        self._run = 0

    def feed(self, piece: str) -> str:
        """The piece as it can be appended to the block; the first one opens it."""
        opening, self._opening = self._opening, ""
        return opening + "".join(filter(self._fits, piece) if _MARK in piece else piece)

    def _fits(self, character: str) -> bool:
        """Whether the character may stay: as many marks in a row as the fence has would end it."""
        self._run = self._run + 1 if character == _MARK else 0
        return self._run < len(_FENCE)


def block(text: str, language: str = "") -> str:
    """The whole text as a block; nothing for nothing.

    It has no end of its own: the page puts a mark behind a text that it waits for, and would not know the
    fence with it.
    """
    return Verbatim(language).feed(text.rstrip("\n")) if text.strip() else ""
