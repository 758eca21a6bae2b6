"""Whether a message about pictures changes one of before or wants a new one, and which one it means.

The words are data (`changes.toml`), in many languages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from vtai.core.messages import Attachment, Message
from vtai.core.turn import Turn
from vtai.handlers import pictures

# How far back a picture is still what "it" means, in messages.
_RECENT: Final = 6
_FEW_WORDS: Final = 12


def is_change(turn: Turn, prompt: str) -> bool:
    """Whether `prompt`, which brings no picture, is about one of before.

    What plainly asks for a new picture is not, and neither is a description that stands alone.
    """
    if not any(pictures.images(message.attachments) for message in turn.history.messages[-_RECENT:]):
        return False
    if _says("new", prompt):
        return False
    return _says("change", prompt) or (len(prompt.split()) <= _FEW_WORDS and _says("it", prompt))


def meant(prompt: str, history: Sequence[Message]) -> tuple[Attachment, ...]:
    """The pictures of before that a change is about: the one that is named, several, or else the last one."""
    brought = [found for message in reversed(history) if (found := pictures.images(message.attachments))]
    if not brought:
        return ()
    newest = brought[0]
    for picture, ordinal in zip(newest, _patterns()["ordinals"], strict=False):
        if len(newest) > 1 and ordinal.search(prompt):
            return (picture,)
    if _says("several", prompt):
        return newest if len(newest) > 1 else tuple(one for found in reversed(brought[:2]) for one in found)
    return newest[-1:]


def _says(words: str, text: str) -> bool:
    return any(pattern.search(text) for pattern in _patterns()[words])


@cache
def _patterns() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    """The lists of the file; each entry with the lists that it names filled in."""
    lists: dict[str, list[str]] = tomllib.loads(
        files("vtai.handlers").joinpath("changes.toml").read_text("utf-8")
    )
    known: dict[str, str] = {}
    compiled: dict[str, tuple[re.Pattern[str], ...]] = {}
    for name, entries in lists.items():
        filled = [
            re.sub(r"\{([a-z]+)\}", lambda found: known[found[1]], entry, flags=re.ASCII) for entry in entries
        ]
        known[name] = f"(?:{'|'.join(filled)})"
        compiled[name] = tuple(re.compile(entry, re.IGNORECASE) for entry in filled)
    return MappingProxyType(compiled)
