"""Takes out of a text what nobody sees: invisible characters, controls, pictures, addresses of links."""

from __future__ import annotations

import re
from typing import Final

# Zero width, soft hyphens, direction marks, fillers, tags and the selectors that can spell out a hidden text.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# Persian, Indic scripts and emoji are written with joiners; between plain letters they only hide something.
_LONE_JOINER: Final = re.compile(
    "(?<![^\x00-\u02ff])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\u02ff])|[\u200c\u200d]{2,}"
)
_SELECTOR_RUN: Final = re.compile("\ufe0f{2,}")
_SMUGGLED: Final = re.compile("[\U000e0000-\U000e0fff\u202a-\u202e\u2066-\u2069]")
_PICTURE: Final = re.compile(r"!\[([^\[\]\n]{0,500})\]\([^()\n]{0,2000}\)")
_LINK: Final = re.compile(
    r"\[([^\[\]\n]{1,500})\]\((?:<[^<>\n]{0,2000}>|[a-z][a-z0-9+.-]{0,20}:[^()\n]{0,2000})\)", re.IGNORECASE
)
# All that Markdown escapes but what makes up lines and tables.
_ESCAPED: Final = re.compile(r"\\([\\`*_{}\[\]()<>~!.+-])")
_DEFINITION: Final = re.compile(r"^[ \t]{0,3}\[[^\[\]\n]{1,200}\]:[ \t]*\S[^\n]*$", re.MULTILINE)


def visible(text: str) -> str:
    """The text without characters that are not seen."""
    return _LONE_JOINER.sub("", _INVISIBLE.sub("", _SELECTOR_RUN.sub("\ufe0f", text)))


def is_smuggling(text: str) -> bool:
    """Whether characters in it serve to hide a text or to turn it around."""
    return _SMUGGLED.search(text) is not None


def unlinked(markdown: str) -> str:
    """Markdown with the words of its links alone, and without pictures."""
    return _LINK.sub(r"\1", _PICTURE.sub("", _DEFINITION.sub("", markdown)))


def unescaped(markdown: str) -> str:
    """Markdown with the signs that were escaped as they are read: "a_b", "1.5"."""
    return _ESCAPED.sub(r"\1", markdown)


def line(text: str | None, most: int) -> str:
    """Visible text on one line of at most `most` characters."""
    return " ".join(visible(text or "").split())[:most]
