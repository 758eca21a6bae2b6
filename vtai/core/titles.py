"""A name for a conversation that begins."""

from __future__ import annotations

_MOST = 60


def title(text: str) -> str:
    """The first words of the message that it begins with."""
    words = " ".join(text.replace("<think>", " ").split())
    if len(words) <= _MOST:
        return words or "Files"
    return words[: _MOST - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
