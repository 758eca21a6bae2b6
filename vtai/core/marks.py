"""Marks around what comes from outside, for models: material between tags that it cannot close itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST_ATTRIBUTE = 300


def plain_attribute(text: str) -> str:
    """The text as it may stand inside the quotation marks of a tag."""
    return "".join(" " if character in '"<>\r\n' else character for character in text)[:_LONGEST_ATTRIBUTE]


def unclosed(text: str, tags: Sequence[str]) -> str:
    """The text with closing tags of these names made harmless, however they are written."""
    names = "|".join(map(re.escape, tags))
    return re.sub(rf"<\s*/\s*(?=(?:{names}))", "</ ", text, flags=re.IGNORECASE)


def marked(tag: str, text: str, /, **attributes: str) -> str:
    """The text between an opening and a closing tag."""
    written = "".join(f' {name}="{plain_attribute(value)}"' for name, value in attributes.items() if value)
    return f"<{tag}{written}>\n{unclosed(text, (tag,))}\n</{tag}>"
