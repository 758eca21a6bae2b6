"""Gathers the signed thoughts of an answer, which a vendor wants back together with a tool's result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Thoughts:
    """They come in pieces, the signature last. Only whole ones count."""

    def __init__(self) -> None:
        self.signed: list[dict[str, Any]] = []
        self._text = ""

    def add(self, blocks: Iterable[Any]) -> None:
        for block in blocks:
            if block.get("type") == "redacted_thinking":
                self.signed.append(dict(block))
            elif signature := block.get("signature"):
                # LiteLLM repeats the whole text with the signature.
                text = block.get("thinking") or self._text
                self.signed.append({"type": "thinking", "thinking": text, "signature": signature})
                self._text = ""
            else:
                self._text += block.get("thinking") or ""
