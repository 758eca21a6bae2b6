"""Our own examples: reads the files in `utterances/`, one a route and language.

`<route>.<language>.txt` holds one message a line; `#` starts a comment, `## ` a section, `\\n` breaks a line,
and `<<web-search: price of gold>> and in euros?` is a follow-up with the route and the message before it.
`<route>.<language>.grammar` holds patterns with slots: `$animal = a cat | a dog`, then `draw $animal`.
Sections are what training holds out together: lines of one section are alike.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from vtai.core.errors import SettingsError
from vtai.routing.messages import Situated

# Messages made of one pattern. More would drown what was written by hand.
_VARIANTS = 14

_SLOT_LINE = re.compile(r"\$(\w+)\s*=\s*(.+)")
_SLOT = re.compile(r"\$(\w+)")
_FOLLOW_UP = re.compile(r"<<([\w-]+):\s*(.*?)>>\s*(.+)")


@dataclass(frozen=True, slots=True)
class Example:
    """A message and where it belongs. `section` names the lines that are alike; `made` came of a grammar."""

    message: Situated
    route: str
    language: str
    section: str
    made: bool = False


def read_all() -> tuple[Example, ...]:
    """Every shipped example, in the order of file names and lines. Raises SettingsError for a bad line."""
    return tuple(example for file in _files() for example in _read(file))


def fingerprint() -> str:
    """A digest of all shipped examples and concepts: changes whenever one of them does."""
    digest = hashlib.sha256()
    for file in [*_files(), files("vtai.routing").joinpath("concepts.txt")]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files() -> list[Traversable]:
    folder = files("vtai.routing").joinpath("utterances")
    return sorted(
        (f for f in folder.iterdir() if f.name.endswith((".txt", ".grammar"))), key=lambda file: file.name
    )


def _read(file: Traversable) -> Iterator[Example]:
    route, language, kind = file.name.rsplit(".", 2)
    lines = file.read_text("utf-8").splitlines()
    section = ""
    slots: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        if line.startswith("## "):
            section = line[3:].strip()
        elif not line.strip() or line.startswith("#"):
            continue
        elif kind == "grammar" and (slot := _SLOT_LINE.fullmatch(line)):
            slots[slot[1]] = [choice.strip() for choice in slot[2].split("|")]
        elif kind == "grammar":
            place = f"{file.name}:{number}"
            for text in expanded(line, slots, place):
                yield Example(_message(text), route, language, f"{route}.{language} {section}", made=True)
        else:
            yield Example(_message(line), route, language, f"{route}.{language} {section}")


def _message(line: str) -> Situated:
    if follow_up := _FOLLOW_UP.fullmatch(line):
        return Situated(_broken(follow_up[3]), _broken(follow_up[2]), follow_up[1])
    return Situated(_broken(line))


def _broken(text: str) -> str:
    return text.strip().replace("\\n", "\n")


def expanded(pattern: str, slots: dict[str, list[str]], place: str) -> list[str]:
    """The same few variants each time; nested slots are filled from the outside in."""
    # Not for secrets: only the same choice on every machine matters.
    chance = random.Random(place)  # noqa: S311 - picks sentences, nothing to guess
    variants: dict[str, None] = {}
    for _ in range(_VARIANTS * 2):
        text = pattern
        while slot := _SLOT.search(text):
            if slot[1] not in slots:
                raise SettingsError(
                    f"{place}: unknown slot ${slot[1]}.", f"Add a line above it: ${slot[1]} = one | two"
                )
            text = text[: slot.start()] + chance.choice(slots[slot[1]]) + text[slot.end() :]
        variants[text] = None
        if len(variants) == _VARIANTS:
            break
    return list(variants)
