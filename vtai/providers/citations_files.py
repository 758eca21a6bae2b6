"""Finds in an answer which files its vendor's file search found and the model cites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vtai.core.events import Source
from vtai.core.ports import Cited

_LONGEST_TITLE = 300
_LONGEST_PASSAGE = 1_500


class FileCitations:
    """Tells each file of one answer once, with the best passage that the search found in it."""

    def __init__(self) -> None:
        self._passages: dict[str, str] = {}
        self._known: set[str] = set()

    def found(self, item: Mapping[str, Any]) -> None:
        """Keeps what a finished search found."""
        results = item.get("results") if item.get("type") == "file_search_call" else None
        rows = [row for row in results if isinstance(row, dict)] if isinstance(results, list) else []
        for row in sorted(rows, key=_score, reverse=True):
            if row.get("file_id") and row.get("text"):
                self._passages.setdefault(str(row["file_id"]), str(row["text"])[:_LONGEST_PASSAGE])

    def take(self, note: Any) -> Iterator[Cited]:
        """The file that an annotation cites, if it is new."""
        if not isinstance(note, dict) or note.get("type") != "file_citation":
            return
        id_ = str(note.get("file_id") or note.get("filename") or "")
        if not id_ or id_ in self._known:
            return
        self._known.add(id_)
        title = " ".join(str(note.get("filename") or id_).split())[:_LONGEST_TITLE]
        yield Cited((Source(0, title, "", self._passages.get(id_, "")),))


def _score(row: Mapping[str, Any]) -> float:
    score = row.get("score")
    return float(score) if isinstance(score, int | float) else 0.0
