"""Messages with their right routes, read from a file of JSON lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vtai.core.errors import VTError
from vtai.core.turn import Turn
from vtai.routing import lines


class BadFile(VTError):
    """A file that cannot be measured on."""


@dataclass(frozen=True, slots=True)
class Item:
    """A message, its acceptable routes (the first is the usual one) and where it is counted.

    `line` is what `vtai route --jsonl` gets.
    """

    turn: Turn
    labels: tuple[str, ...]
    slice: str
    language: str
    line: str


def read(path: Path) -> tuple[Item, ...]:
    """The messages of a file. Raises BadFile with the place of the first line that is none."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path} cannot be read: {error}.", "Name a file of JSON lines in UTF-8.") from error
    # Not splitlines: a message may hold one of Unicode's other line breaks.
    items = tuple(
        item_of(line, f"{path}:{number}") for number, line in enumerate(text.split("\n"), 1) if line.strip()
    )
    if not items:
        raise BadFile(f"{path} holds no messages.", 'A line looks like: {"text": "hi", "labels": ["text"]}')
    return items


def item_of(line: str, place: str) -> Item:
    """One line. "thinking" is a mark on text, so it counts as text. Raises BadFile."""
    try:
        turn = lines.turn_of(line)
    except VTError as error:
        raise BadFile(f"{place}: {error.message}", error.hint) from error
    fields: dict[str, Any] = json.loads(line)
    labels = fields.get("labels")
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) for label in labels):
        raise BadFile(
            f"{place}: The line has no labels.",
            'Name the acceptable routes: "labels": ["text", "web-search"]',
        )
    known = dict.fromkeys("text" if label == "thinking" else label for label in labels)
    return Item(turn, tuple(known), str(fields.get("slice") or "all"), str(fields.get("lang") or "en"), line)
