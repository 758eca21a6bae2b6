"""How many words a listener got wrong: the word error rate, of texts written the same way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_JOINED = re.compile(r"\bto-(day|morrow|night)\b")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Errors:
    """Words that are wrong, missing or too many, of so many that were said. May be added."""

    wrong: int = 0
    said: int = 0

    def __add__(self, other: Errors) -> Errors:
        return Errors(self.wrong + other.wrong, self.said + other.said)

    @property
    def rate(self) -> float:
        """0 is perfect; above 1 where more was heard than said."""
        return self.wrong / self.said if self.said else float(self.wrong > 0)


def errors(said: str, heard: str) -> Errors:
    """Compares words, whatever their case, punctuation and spelling of numbers below a hundred."""
    return Errors(_distance(words(said), words(heard)), len(words(said)))


def words(text: str) -> list[str]:
    """Lower case words; apostrophes dropped, numbers below a hundred written out."""
    text = _JOINED.sub(r"to\1", text.lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", ""))
    return [part for word in _WORD.findall(text) for part in _spelled(word)]


def _spelled(word: str) -> list[str]:
    if not (word.isascii() and word.isdigit() and len(word) <= 2):
        return [word]
    tens, ones = divmod(int(word), 10)
    if int(word) < len(_SMALL):
        return [_SMALL[int(word)]]
    return [_TENS[tens - 2], *([_SMALL[ones]] if ones else [])]


def _distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest words to change, leave out or put in."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(said, 1):
        above, row = row, [count]
        for at, other in enumerate(heard):
            row.append(min(above[at] + (word != other), above[at + 1] + 1, row[at] + 1))
    return row[-1]
