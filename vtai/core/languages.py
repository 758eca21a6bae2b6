"""Which language a text is in, told by its script, letters and short words; and languages by their names.

Good enough to choose a voice, for whole sentences. Nothing is learnt and nothing is loaded but a table.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

# First and last character of each script, and the languages in it; the first is the usual one.
_SCRIPTS: Final = (
    ("A", "\u024f", ()),
    ("\u1e00", "\u1eff", ()),
    ("\u0370", "\u03ff", ("el",)),
    ("\u0400", "\u052f", ("ru", "uk", "bg")),
    ("\u0530", "\u058f", ("hy",)),
    ("\u0590", "\u05ff", ("he",)),
    ("\u0600", "\u06ff", ("ar", "fa", "ur")),
    ("\u0900", "\u097f", ("hi",)),
    ("\u0980", "\u09ff", ("bn",)),
    ("\u0b80", "\u0bff", ("ta",)),
    ("\u0c00", "\u0c7f", ("te",)),
    ("\u0e00", "\u0e7f", ("th",)),
    ("\u10a0", "\u10ff", ("ka",)),
    ("\u1100", "\u11ff", ("ko",)),
    ("\u3040", "\u30ff", ("ja",)),
    ("\u3400", "\u9fff", ("zh",)),
    ("\uac00", "\ud7af", ("ko",)),
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
# So much of a text is enough to tell.
_MOST_CHARACTERS: Final = 4_000
# A character of Chinese says about as much as three letters.
_WEIGHTS: Final = MappingProxyType({"zh": 3, "ja": 3, "ko": 3})
# A text with this share of kana among its Chinese characters is Japanese.
_KANA_SHARE: Final = 0.1
_LETTER_WORTH: Final = 2
# A word of one letter is a word of many languages, and a name in formulas.
_LETTER: Final = 0.5
_LEAST_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Language:
    """One of the table. `names[0]` is the English one."""

    code: str
    names: tuple[str, ...]
    words: frozenset[str] = frozenset()
    letters: frozenset[str] = frozenset()


def of(text: str, otherwise: str = "en") -> str:
    """The code of the language that most of the text is in; `otherwise` where that cannot be told."""
    text = text[:_MOST_CHARACTERS]
    seen: Counter[tuple[str, ...]] = Counter()
    for character in text:
        if character.isalpha() and (script := _script(character)) is not None:
            seen[script] += _WEIGHTS.get(script[0] if script else "", 1)
    if not seen:
        return otherwise
    if seen[("ja",)] > _KANA_SHARE * seen[("zh",)] and seen[("ja",)]:
        seen[("ja",)] += seen.pop(("zh",), 0)
    candidates = seen.most_common(1)[0][0]
    if len(candidates) == 1:
        return candidates[0]
    best = _best(text, candidates or _latin(), otherwise)
    return best or (candidates[0] if candidates and otherwise not in candidates else otherwise)


def named(name: str) -> Language | None:
    """The language that people call so, whatever its case."""
    return _by_name().get(name.casefold())


@cache
def known() -> Mapping[str, Language]:
    """The table, by code."""
    table = tomllib.loads(files("vtai.core").joinpath("languages.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            code: Language(
                code,
                tuple(entry["names"]),
                frozenset(entry.get("words", ())),
                frozenset(entry.get("letters", "")),
            )
            for code, entry in table.items()
        }
    )


@cache
def _by_name() -> Mapping[str, Language]:
    return MappingProxyType(
        {name.casefold(): language for language in known().values() for name in language.names}
    )


def _latin() -> tuple[str, ...]:
    """Those of the table that no other script is for."""
    others = {code for _, _, codes in _SCRIPTS for code in codes}
    return tuple(code for code in known() if code not in others)


def _script(character: str) -> tuple[str, ...] | None:
    return next((codes for first, last, codes in _SCRIPTS if first <= character <= last), None)


def _best(text: str, candidates: tuple[str, ...], otherwise: str) -> str | None:
    """The one whose words and letters are most of the text; of equals `otherwise`, if it is among them."""
    words = [word.replace("\u2019", "'").casefold() for word in _WORD.findall(text)]
    if not words:
        return None
    scores = {code: _score(known()[code], words, text) for code in candidates}
    top = max(scores.values())
    if top < max(1.0, _LEAST_SHARE * len(words)):
        return None
    best = [code for code, score in scores.items() if score == top]
    return otherwise if otherwise in best else best[0]


def _score(language: Language, words: list[str], text: str) -> float:
    """A point for each frequent word, and for each of the letters that are its own."""
    own = sum(1 for character in text if character in language.letters)
    known_words = [word for word in words if word in language.words]
    return sum(_LETTER if len(word) == 1 else 1.0 for word in known_words) + _LETTER_WORTH * own
