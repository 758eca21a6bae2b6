"""The part of a text in which searched words stand, with the places of the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from vtai.storage import wording
from vtai.storage.wording import Phrase

_LENGTH: Final = 220
_BEFORE: Final = 60
# A word is not cut where there is a space this near.
_NEAR: Final = 20
_SPACES = str.maketrans(dict.fromkeys("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029", " "))


def cut(text: str, wanted: Sequence[Phrase]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """A line of plain text and (start, end) of the words in it."""
    whole = wording.composed(text).translate(_SPACES)
    first = next(wording.marks(whole, wanted), (0, 0))[0]
    start = _start(whole, first)
    end = _end(whole, start + _LENGTH)
    before, after = "\u2026" if start else "", "\u2026" if end < len(whole) else ""
    # The words before the excerpt do not matter, and the text may be long.
    marks = wording.marks(whole[start:end], wanted)
    return before + whole[start:end] + after, tuple(
        (from_ + len(before), to + len(before)) for from_, to in _joined(marks)
    )


def _start(whole: str, first: int) -> int:
    if first <= _BEFORE + _NEAR:
        return 0
    wanted = first - _BEFORE
    space = whole.find(" ", wanted - _NEAR, wanted)
    return wanted if space < 0 else space + 1


def _end(whole: str, wanted: int) -> int:
    if wanted >= len(whole):
        return len(whole)
    space = whole.rfind(" ", wanted - _NEAR, wanted)
    return wanted if space < 0 else space


def _joined(marks: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In their order and without overlaps."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
