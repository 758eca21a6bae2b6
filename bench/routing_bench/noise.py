"""The same message as somebody else would type it. Seeded by the message: the same noise in every run."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

_PLEASE: Mapping[str, str] = MappingProxyType(
    {
        "ar": " من فضلك",
        "bn": " দয়া করে",
        "de": " bitte",
        "en": " please",
        "es": " por favor",
        "fr": " s'il te plaît",
        "hi": " कृपया",
        "id": " tolong",
        "it": " per favore",
        "ja": "、お願いします",
        "ko": " 부탁해요",
        "nl": " alsjeblieft",
        "pl": " proszę",
        "pt": " por favor",
        "ru": " пожалуйста",
        "tr": " lütfen",
        "vi": " giúp mình nhé",
        "zh": "\N{FULLWIDTH COMMA}谢谢",
    }
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# One word in so many gets a slip, and one at least where there is a word that is long enough.
_WORDS_A_SLIP = 8
_SHORTEST_SLIP = 4


def typos(text: str, language: str) -> str:
    """Slips of the fingers inside words of letters: swapped, dropped, doubled, or the key beside."""
    chance = random.Random(f"{language} {text}")
    words = text.split(" ")
    able = [place for place, word in enumerate(words) if _can_slip(word)]
    for place in chance.sample(able, min(len(able), max(1, len(words) // _WORDS_A_SLIP))):
        words[place] = _slipped(words[place], chance)
    return " ".join(words)


def lower_case(text: str, language: str) -> str:
    return _by_word(text, str.lower)


def upper_case(text: str, language: str) -> str:
    return _by_word(text, str.upper)


def no_punctuation(text: str, language: str) -> str:
    """Marks are left out but for those inside words, file names and addresses. Code is left alone."""
    return text if "```" in text else _by_word(text, _unmarked)


def trailing_please(text: str, language: str) -> str:
    """With a please in the message's language after it; English where that is not known."""
    stripped = text.rstrip()
    if not stripped or "```" in text:
        return text
    while stripped and stripped[-1] not in "\"')]}" and unicodedata.category(stripped[-1]) == "Po":
        stripped = stripped[:-1]
    return stripped + _PLEASE.get(language, _PLEASE["en"]) if stripped.strip() else text


NOISES: Mapping[str, Callable[[str, str], str]] = MappingProxyType(
    {
        "typos": typos,
        "lower case": lower_case,
        "upper case": upper_case,
        "no punctuation": no_punctuation,
        "trailing please": trailing_please,
    }
)


def _by_word(text: str, change: Callable[[str], str]) -> str:
    """Words are changed one by one, so that addresses stay as they are: those are pasted, not typed."""
    return "\n".join(
        " ".join(word if "://" in word else change(word) for word in line.split(" "))
        for line in text.split("\n")
    )


def _unmarked(word: str) -> str:
    kept = [
        sign
        for place, sign in enumerate(word)
        if not unicodedata.category(sign).startswith("P") or _is_inside(word, place)
    ]
    return "".join(kept)


def _is_inside(word: str, place: int) -> bool:
    """An apostrophe, dot or dash between two letters or digits of a script with spaces."""
    around = word[max(0, place - 1) : place] + word[place + 1 : place + 2]
    return len(around) == 2 and around.isalnum() and word[place].isascii()


def _can_slip(word: str) -> bool:
    return len(word) >= _SHORTEST_SLIP and word.isalpha() and not _is_wide(word)


def _is_wide(word: str) -> bool:
    return any(unicodedata.east_asian_width(sign) in "WF" for sign in word)


def _slipped(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word) - 1)
    before, sign, after = word[:place], word[place], word[place + 1 :]
    match chance.randrange(4):
        case 0:
            return before + after[0] + sign + after[1:]
        case 1:
            return before + after
        case 2:
            return before + sign + sign + after
        case _:
            return before + _beside(sign, chance) + after


def _beside(sign: str, chance: random.Random) -> str:
    """A key next to this one, or the letter doubled where the keyboard is not ours."""
    row = next((row for row in _ROWS if sign.lower() in row), None)
    if row is None:
        return sign + sign
    spot = row.index(sign.lower())
    near = chance.choice([row[i] for i in (spot - 1, spot + 1) if 0 <= i < len(row)])
    return near.upper() if sign.isupper() else near
