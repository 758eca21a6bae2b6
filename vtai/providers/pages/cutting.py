"""Cuts the Markdown of a page into passages that say under which heading they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vtai.providers.reading.splitting import cut

MOST_CHARACTERS: Final = 1_500
_HEADING: Final = re.compile(r"#{1,6} \S")
_MOST_HEADING: Final = 200
_LEAST_ROOM: Final = 200


def passages(markdown: str, most: int = MOST_CHARACTERS) -> Iterator[str]:
    """Parts of at most `most` characters. One that begins within a section begins with its heading."""
    heading, held, size = "", list[str](), 0
    for whole in _blocks(markdown):
        is_heading = _HEADING.match(whole) is not None
        block = whole[:_MOST_HEADING] if is_heading else whole
        if is_heading:
            # A heading is not left alone at the end of a passage.
            if held and size > most - _LEAST_ROOM:
                yield "\n\n".join(held)
                held, size = [], 0
            heading = block
        for part in _parts(block, most - len(heading) - 4):
            if held and size + len(part) + 2 > most:
                yield "\n\n".join(held)
                held, size = [], 0
            if not held and heading and not is_heading:
                held, size = [heading], len(heading) + 2
            held.append(part)
            size += len(part) + 2
    if held:
        yield "\n\n".join(held)


def _blocks(markdown: str) -> Iterator[str]:
    """Paragraphs, lists, tables; a heading is a block of its own wherever it stands."""
    held: list[str] = []
    for line in [*markdown.split("\n"), ""]:
        is_heading = _HEADING.match(line) is not None
        if held and (is_heading or not line.strip()):
            yield "\n".join(held)
            held = []
        if is_heading:
            yield line.strip()
        elif line.strip():
            held.append(line.rstrip())


def _parts(block: str, most: int) -> Iterator[str]:
    if len(block) <= most or not block.startswith("|"):
        yield from cut(block, most)
        return
    head = _head(block.split("\n"), most)
    held, size = list(head), sum(len(line) + 1 for line in head)
    for row in block.split("\n")[len(head) :]:
        for line in cut(row, most - sum(len(line) + 1 for line in head)):
            if len(held) > len(head) and size + len(line) > most:
                yield "\n".join(held)
                held, size = list(head), sum(len(line) + 1 for line in head)
            held.append(line)
            size += len(line) + 1
    if len(held) > len(head):
        yield "\n".join(held)


def _head(lines: list[str], most: int) -> list[str]:
    """The rows that every part of a table repeats: its head and the rule under it, where they are short."""
    has_head = len(lines) > 2 and set(lines[1]) <= set("|-: ")
    return lines[:2] if has_head and len(lines[0]) + len(lines[1]) < most // 3 else []
