"""Words as they are searched for, in one form for every database: without capitals, accents and punctuation.

Where a script has no spaces between words each character is one. Databases get words with spaces between
them and have nothing left to decide, so that both find the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

# Long enough for words; the rest of a hash or an address does not count.
_LONGEST_WORD: Final = 40
_LONGEST_QUERY = 400
_MOST_PHRASES = 16

# Thai to Myanmar, Khmer, Chinese and Japanese, Korean (words there carry their particles).
_UNSPACED = (
    "\u0e00-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
# Accents, points and vowel signs: parts of a word that are no letters.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_WORD = re.compile(f"[{_UNSPACED}]|(?:[^\\W_{_UNSPACED}]|[{_MARKS}])+")
_PLAIN_WORD = re.compile("[a-z0-9]+")

Phrase = tuple[str, ...]


def of(text: str) -> list[str]:
    """All words of a text, in their order."""
    if text.isascii():
        return [word[:_LONGEST_WORD] for word in _PLAIN_WORD.findall(text.lower())]
    return [word for _, _, word in spans(composed(text))]


def composed(text: str) -> str:
    """The text with letters and their accents in one, as `spans` wants it."""
    return unicodedata.normalize("NFC", text)


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Each word and where it stands: (start, end, word)."""
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = match.group()
        if word.isascii():
            yield start, end, word.lower()[:_LONGEST_WORD]
            continue
        # One character may turn into several words, as fractions and ligatures do.
        for part in _WORD.findall(_folded(word)):
            yield start, end, part[:_LONGEST_WORD]


def phrases(text: str) -> tuple[Phrase, ...]:
    """What somebody searches for: each must occur as it is, the last one with any ending.

    Nothing in the text has a meaning of its own: quotes, operators and stars only separate words.
    """
    found = (tuple(of(part)) for part in text[:_LONGEST_QUERY].split())
    return tuple(phrase for phrase in found if phrase)[:_MOST_PHRASES]


def marks(text: str, wanted: Sequence[Phrase]) -> Iterator[tuple[int, int]]:
    """Where the phrases stand in a composed text; they may overlap."""
    longest = max((len(phrase) for phrase in wanted), default=0)
    last: list[tuple[int, int, str]] = []
    for span in spans(text):
        last = [*last, span][-longest:]
        for number, phrase in enumerate(wanted):
            tail = last[-len(phrase) :]
            if _ends_with(tail, phrase, may_go_on=number == len(wanted) - 1):
                yield tail[0][0], span[1]


def _ends_with(tail: Sequence[tuple[int, int, str]], phrase: Phrase, *, may_go_on: bool) -> bool:
    words = [word for _, _, word in tail]
    if len(words) < len(phrase) or words[:-1] != list(phrase[:-1]):
        return False
    return words[-1].startswith(phrase[-1]) if may_go_on else words[-1] == phrase[-1]


def _folded(word: str) -> str:
    bare = unicodedata.normalize("NFKD", word).casefold()
    kept = "".join(character for character in bare if not _is_accent(character))
    return unicodedata.normalize("NFC", kept)


def _is_accent(character: str) -> bool:
    """Whether a word is still the same without it: accents, Hebrew and Arabic points, but no vowel signs."""
    place = unicodedata.combining(character)
    return 10 <= place <= 35 or place >= 200
