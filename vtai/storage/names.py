"""Names that people choose: one line of visible characters, and what makes two of them the same."""

from __future__ import annotations

import re
import unicodedata

from vtai.core.errors import BadAccount

_LONGEST = 100
_LONGEST_FOLDED = 200
# Leaves room for a number behind it.
_LONGEST_TIDIED = 60
# Controls, formats, surrogates, private use, unassigned; line and paragraph separators.
_HIDDEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Fillers, joiners and variation selectors are letters or marks by kind and still nothing that one sees.
_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def shown(name: str, what: str = "name") -> str:
    """The name as it is kept and shown. Raises BadAccount where it cannot be one."""
    composed = unicodedata.normalize("NFKC", name).strip(" ")
    if not composed:
        raise BadAccount(f"A {what} is missing.", f"Give one of 1 to {_LONGEST} characters.")
    if len(composed) > _LONGEST or len(folded(composed)) > _LONGEST_FOLDED:
        raise BadAccount(f"The {what} is too long.", f"Choose one of at most {_LONGEST} characters.")
    if any(map(_is_hidden, composed)):
        raise BadAccount(
            f"The {what} has characters that cannot be seen.", "Use letters, digits, signs and single spaces."
        )
    return " ".join(composed.split())


def is_possible(name: str) -> bool:
    """Whether somebody could have this name."""
    try:
        return bool(shown(name))
    except BadAccount:
        return False


def folded(name: str) -> str:
    """The same text for names that differ in capitals, widths or spaces alone."""
    composed = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", composed).split())


def tidied(name: str, otherwise: str) -> str:
    """A name that somebody else chose, made into one that can be kept."""
    composed = unicodedata.normalize("NFKC", name)
    visible = "".join(" " if character.isspace() else character for character in composed)
    kept = " ".join("".join(each for each in visible if not _is_hidden(each)).split())[
        :_LONGEST_TIDIED
    ].strip()
    return kept or otherwise


def numbered(name: str, number: int) -> str:
    """The name for the first one, and with a number for those who come after."""
    if number < 2:
        return name
    suffix = f"-{number}"
    return name[: _LONGEST - len(suffix)].rstrip() + suffix


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN_KINDS or _HIDDEN.match(character) is not None
