"""Small numbers in English words: zero to ninety-nine."""

from __future__ import annotations

from typing import Final

_UNITS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SINGLE: Final = "|".join(_UNITS[1:10])
PATTERN: Final = rf"(?:{'|'.join(_TENS)})[- ](?:{_SINGLE})|{'|'.join(_TENS)}|{'|'.join(reversed(_UNITS))}"


def value(words: str) -> int:
    """The number that words matching PATTERN say."""
    return sum(
        _UNITS.index(word) if word in _UNITS else 20 + 10 * _TENS.index(word)
        for word in words.replace("-", " ").split()
    )
