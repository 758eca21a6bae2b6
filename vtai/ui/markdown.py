r"""The Markdown that models write, turned into the Markdown that the page understands, while it streams.

Formulas in `\( \)` and `\[ \]` become `$` formulas, those with a line to themselves are set apart, amounts of
money are no formulas, and citations, `[1]`, become links. So do pictures: they would have to be loaded from
elsewhere, and their addresses could carry away what was said. What stands in code is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# What could still become one of the tokens below when more text comes.
_UNFINISHED = re.compile(
    r"(?:`+|\\+|\\*\$(?:\d[\d.,]*\s{0,3})?|(?:!|\\*)\[[\d, ]{0,60}\]?|!|\n[^\S\n]*(?:\$\$?|\$\$[^\n]*)?)\Z"
)
_TOKEN = re.compile(
    r"(?P<ticks>`+)"
    r"|\n[ \t]*\$\$(?P<formula>[^\n$]+)\$\$[ \t]*(?=\n|\Z)"
    r"|(?P<gap>\n(?=\s*\n))"
    r"|\\(?P<bracket>[()\[\]])"
    r"|\\."
    r"|(?P<picture>!)(?=\[(?!\d{1,3}(?:, ?\d{1,3}){0,9}\](?![(:\[])))(?P<nameless>\[\](?=[(\[]))?"
    # An exclamation and a citation would be a picture of the source.
    r"|(?P<exclaimed>!)(?=\[)"
    # A number and then a word or the end of a phrase is money; a number and an operator or "$" is not.
    r"|(?P<money>\$)(?=\d[\d.,]*(?:\s+(?![-+*/=<>\\^_])|[;:!?)\]\"']|\Z))"
    r"|\[(?P<cited>\d{1,3}(?:, ?\d{1,3}){0,9})\](?![(:])",
    re.DOTALL,
)
_FENCE = 3
_BRACKETS = {"(": "$", ")": "$", "[": "\n$$\n", "]": "\n$$\n"}


class Rewriter:
    """One text. `links` maps the numbers of sources to their addresses; it may grow while the text comes."""

    def __init__(self, links: Mapping[str, str]) -> None:
        self._links = links
        self._held = ""
        self._ticks = 0

    def feed(self, piece: str) -> str:
        """What can be shown now; a few characters may be held back until the next piece."""
        text = self._held + piece
        unfinished = _UNFINISHED.search(text)
        return self._take(text, unfinished.start() if unfinished else len(text))

    def finish(self) -> str:
        """What was held back."""
        return self._take(self._held, len(self._held))

    def _take(self, text: str, end: int) -> str:
        """The text up to `end`, rewritten; what follows is only looked at, and held back."""
        parts: list[str] = []
        done = 0
        for match in _TOKEN.finditer(text):
            if match.end() > end:
                end = min(end, match.start())
                break
            parts += (text[done : match.start()], self._replacement(match))
            done = match.end()
        self._held = text[end:]
        return "".join((*parts, text[done:end]))

    def _replacement(self, match: re.Match[str]) -> str:
        if ticks := match["ticks"]:
            self._see_ticks(len(ticks))
            return match[0]
        if match["gap"] and self._ticks < _FENCE:
            self._ticks = 0  # code in a line does not reach over an empty one
        if self._ticks:
            return match[0]
        if formula := match["formula"]:
            return f"\n$$\n{formula.strip()}\n$$"
        if bracket := match["bracket"]:
            return _BRACKETS[bracket]
        if match["picture"]:
            return "[picture]" if match["nameless"] else ""
        if match["exclaimed"]:
            return r"\!"
        if match["money"]:
            return r"\$"
        if cited := match["cited"]:
            return self._linked(cited.replace(" ", "").split(",")) or match[0]
        return match[0]

    def _linked(self, numbers: list[str]) -> str:
        """The numbers as links, or nothing where one of them is not a source's."""
        if not self._links.keys() >= set(numbers):
            return ""
        return "".join(rf"[\[{number}\]]({_escaped(self._links[number])})" for number in numbers)

    def _see_ticks(self, count: int) -> None:
        if not self._ticks:
            self._ticks = count
        elif count == self._ticks or (self._ticks >= _FENCE and count > self._ticks):
            self._ticks = 0


def _escaped(url: str) -> str:
    """The address so that it cannot end the link it stands in."""
    return url.translate(
        {ord("("): "%28", ord(")"): "%29", ord(" "): "%20", ord("<"): "%3C", ord(">"): "%3E"}
    )
