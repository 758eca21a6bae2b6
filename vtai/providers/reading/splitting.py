"""Cuts what a file says into passages that are small enough to be found and named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from vtai.core.documents import Passage

MOST_CHARACTERS = 2_000

# Where a long text is cut, the best first: between paragraphs, lines, sentences, words.
_BREAKS = tuple(
    re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"[.!?;]\s|[\u3002\uff01\uff1f\uff1b]", r"\s")
)


def cut(text: str, most: int = MOST_CHARACTERS) -> Iterator[str]:
    """The text in parts of at most `most` characters, in order, broken where it hurts least."""
    start = 0
    while len(text) - start > most:
        end = _break(text, start, start + most)
        if part := text[start:end].strip("\n"):
            yield part
        start = end
    if (part := text[start:].strip("\n")).strip():
        yield part


def _break(text: str, start: int, end: int) -> int:
    for pattern in _BREAKS:
        # In the second half only, so that no part is needlessly small.
        found = [match.end() for match in pattern.finditer(text, (start + end) // 2, end)]
        if found:
            return found[-1]
    return end


def of_blocks(blocks: Iterable[tuple[str, str]], between: str = "\n") -> Iterator[Passage]:
    """Passages of (place, text) blocks: neighbours of one place together as long as they fit.

    A block without a place is named by its number: "paragraphs 3-9".
    """
    place, held, size, first = "", list[str](), 0, 1
    for number, (there, text) in enumerate(blocks, start=1):
        *whole, rest = list(cut(text)) or [""]
        if held and (there != place or whole or size + len(rest) > MOST_CHARACTERS):
            yield Passage(place or _paragraphs(first, number - 1), between.join(held))
            held, size = [], 0
        place = there
        yield from (Passage(place or _paragraphs(number, number), part) for part in whole)
        if rest:
            first = first if held else number
            held.append(rest)
            size += len(rest) + len(between)
    if held:
        yield Passage(place or _paragraphs(first, first + len(held) - 1), between.join(held))


def _paragraphs(first: int, last: int) -> str:
    return f"paragraph {first}" if first == last else f"paragraphs {first}-{last}"


def of_lines(lines: Iterable[str], where: str = "") -> Iterator[Passage]:
    """Passages of whole lines: "lines 1-80". `where` comes before, as in "attachment notes.txt, "."""
    held, size, first, number = list[str](), 0, 1, 0
    for number, line in enumerate(lines, start=1):
        is_good_break = not line.strip() and size > MOST_CHARACTERS // 2
        if held and (size + len(line) > MOST_CHARACTERS or is_good_break):
            yield from _lines_passage(held, where, first, number - 1)
            held, size = [], 0
        if not held:
            first = number
        if len(line) > MOST_CHARACTERS:
            yield from (Passage(f"{where}line {number}", part) for part in cut(line))
        else:
            held.append(line)
            size += len(line) + 1
    yield from _lines_passage(held, where, first, number)


def _lines_passage(lines: Sequence[str], where: str, first: int, last: int) -> Iterator[Passage]:
    text = "\n".join(lines).rstrip()
    if text.strip():
        place = f"line {first}" if first == last else f"lines {first}-{last}"
        yield Passage(where + place, text.strip("\n"))


def pages_named(numbers: Sequence[int]) -> str:
    """Page numbers as people write them: "page 3", "pages 3-5 and 9"."""
    runs = list[list[int]]()
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    *most, last = ("-".join(f"{number:,}" for number in run) for run in runs)
    word = "page" if len(numbers) == 1 else "pages"
    return f"{word} {', '.join(most)} and {last}" if most else f"{word} {last}"
