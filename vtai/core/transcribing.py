"""Recordings as something to read, and whether a message asks for nothing but their words."""

from __future__ import annotations

import re
from typing import Final

from vtai.core.clock_marks import span
from vtai.core.documents import Document, Passage
from vtai.core.sound import SpokenPart, Transcript

# A passage lasts about so long, and longer where there would be more than so many.
_PASSAGE_S, _MOST_PASSAGES = 30.0, 60

_BEFORE = r"(?:(?:please|hey|hi|ok|okay|can you|could you|would you|bitte|por favor|s'il te plaît)[, ]+)*"
_ASK = (
    r"(?:transcri(?:be|pt|ption)|(?:make|give|send)(?: me)? (?:a |the )?transcript(?:ion)?"
    r"|write (?:(?:it|this|that|everything) )?down|type (?:(?:it|this|that) )?(?:up|out)|speech to text"
    r"|transkri(?:biere?|pt|ption)|schreibe? (?:das |es )?(?:auf|ab|mit)"
    r"|transcri[rs](?:e|is|ez)?|transcreva|trascrivi)"
)
_WHAT = (
    r"(?: (?:it|this|that|these|them|everything|of|the|my|for me|to text|in(?:to)? text"
    r"|file|audio|recording|sound|video|clip|message|memo|voice|interview|meeting|call|podcast|lecture|talk|speech"
    r"|das|diese|aufnahme|esto|este|ceci|questo))*"
)
_WANTED: Final = re.compile(rf"{_BEFORE}{_ASK}{_WHAT}(?:[, ]+(?:please|bitte|thanks))?[.!?]*", re.IGNORECASE)


def is_wanted(text: str) -> bool:
    """True for a message without words, and for "transcribe this, please"; any more is a question."""
    text = " ".join(text.split())
    return not text or _WANTED.fullmatch(text) is not None


def document(name: str, transcript: Transcript) -> Document:
    """A recording as something to read, in passages with their times as places."""
    parts = transcript.parts
    longest_s = max(_PASSAGE_S, (parts[-1].end_s if parts else 0.0) / _MOST_PASSAGES)
    groups: list[list[SpokenPart]] = []
    for part in parts:
        if not groups or part.end_s - groups[-1][0].start_s > longest_s:
            groups.append([])
        groups[-1].append(part)
    passages = tuple(
        Passage(span(group[0].start_s, group[-1].end_s), " ".join(part.text for part in group))
        for group in groups
    )
    return Document(name, passages, transcript.notes)
