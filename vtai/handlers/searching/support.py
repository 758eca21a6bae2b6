"""Whether the passage that a statement cites has anything to do with it.

A rough test on purpose: a citation falls only where statement and passage are in the same language and share
no word of meaning and no number at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from vtai.core.events import Source
from vtai.handlers.searching import words

_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMBER = re.compile(r"\d+(?:[.,'\u2009\u202f ]\d{3})*(?:[.,]\d+)?")
_PLURAL = re.compile(r"(?<=[a-z]{3})s$")
# Words count by their beginning: "cancelled" is about "cancellation".
_STEM_LETTERS = 4
# A statement with fewer words of meaning ("Yes, it did [1].") can be about anything.
_LEAST_WORDS = 2
_SEPARATORS = str.maketrans("", "", ".,'\u2009\u202f ")


class Support:
    """Knows the passages. `question` helps to tell the language of the answer, which is the same."""

    def __init__(self, sources: Sequence[Source], question: str) -> None:
        self._sources: Mapping[int, Source] = {source.number: source for source in sources}
        self._marks: dict[int, frozenset[str]] = {}
        self._languages: dict[int, frozenset[str]] = {}
        self._question = question

    def __call__(self, statement: str, number: int) -> bool:
        """Whether the citation stands."""
        said = marks(statement)
        if len(said) < _LEAST_WORDS or number not in self._sources:
            return True
        if said & self._known(number):
            return True
        return not words.languages(f"{self._question} {statement}") & self._language(number)

    def _known(self, number: int) -> frozenset[str]:
        if number not in self._marks:
            source = self._sources[number]
            self._marks[number] = marks(f"{source.title}\n{source.passage}")
        return self._marks[number]

    def _language(self, number: int) -> frozenset[str]:
        if number not in self._languages:
            self._languages[number] = words.languages(self._sources[number].passage)
        return self._languages[number]


def marks(text: str) -> frozenset[str]:
    """The words of meaning, by their beginnings, and the numbers of a text."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    numbers = {number.translate(_SEPARATORS) for number in _NUMBER.findall(plain)}
    common = words.common()
    said = {_PLURAL.sub("", word)[:_STEM_LETTERS] for word in _WORD.findall(plain) if word not in common}
    return frozenset(said | numbers)
