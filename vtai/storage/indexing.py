"""What can be searched for, kept beside what was said."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, insert

from vtai.storage import wording
from vtai.storage.records import Values
from vtai.storage.tables import sayings

MESSAGES: Final = frozenset({"user_message", "assistant_message"})
# Stands for the step where the name of a conversation is meant.
NAME: Final = ""
# PostgreSQL counts words up to 16,383 and keeps 256 places of each in up to 1 MB.
_MOST_WORDS = 5_000
_MOST_PLACES = 255


def owner(person: str, *, is_name: bool = False) -> str:
    """One word for a person, whatever the id is made of; another one for names of conversations."""
    return ("n" if is_name else "o") + hashlib.blake2b(
        person.encode("utf-8", "replace"), digest_size=12
    ).hexdigest()


def put(connection: Connection, person: str, conversation: str, step: str, text: str) -> None:
    """Makes a text found, in place of what was there; an empty one is not found."""
    same = (sayings.c.conversation == conversation, sayings.c.step == step)
    connection.execute(delete(sayings).where(*same))
    if new := rows(connection.dialect.name, person, conversation, step, text):
        connection.execute(insert(sayings), new)


def rows(dialect: str, person: str, conversation: str, step: str, text: str) -> list[Values]:
    """What is kept of a text: one row, or several where it is long."""
    found, whose = wording.of(text), owner(person, is_name=step == NAME)
    return [
        {
            "conversation": conversation,
            "step": step,
            "part": part,
            "owner": whose,
            "words": _vector(whose, some) if dialect == "postgresql" else " ".join(some),
        }
        for part, start in enumerate(range(0, len(found), _MOST_WORDS))
        if (some := found[start : start + _MOST_WORDS])
    ]


def lexeme(owner: str) -> str:
    """The owner as a word of the index, which no search has: only words of letters and digits are said."""
    return "=" + owner


def _vector(owner: str, some: Sequence[str]) -> str:
    """A `tsvector` as text. The words are letters and digits, so nothing in them needs a quote."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(some, 1):
        at = places.setdefault(word, [])
        if len(at) < _MOST_PLACES:
            at.append(place)
    said = " ".join(f"'{word}':{','.join(map(str, at))}" for word, at in places.items())
    return f"'{lexeme(owner)}' {said}"
