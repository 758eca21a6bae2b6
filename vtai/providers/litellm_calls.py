"""Tool calls in LiteLLM's chunks: those that are ours to run, without those that the vendor ran itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

# How Claude's own tools, such as its web search, are told from ours.
_VENDORS_OWN = "srvtoolu_"


class OwnCalls:
    """Follows the calls of one answer. A part without an id belongs to the last call of its index."""

    def __init__(self) -> None:
        self._foreign: set[int] = set()

    def parts(self, parts: Iterable[Any]) -> list[dict[str, Any]]:
        """The parts of our calls, in OpenAI's shape."""
        return [_shaped(part) for part in parts if self._is_ours(part)]

    def _is_ours(self, part: Any) -> bool:
        index = getattr(part, "index", None)
        place = -1 if index is None else index
        if id_ := getattr(part, "id", None):
            if str(id_).startswith(_VENDORS_OWN):
                self._foreign.add(place)
            else:
                self._foreign.discard(place)
        return place not in self._foreign


def _shaped(part: Any) -> dict[str, Any]:
    function = getattr(part, "function", None)
    return {
        "index": getattr(part, "index", None),
        "id": getattr(part, "id", None),
        "function": {
            "name": getattr(function, "name", None),
            "arguments": getattr(function, "arguments", None),
        },
    }
