"""Numbers for the pages that a model names while it answers."""

from __future__ import annotations

from dataclasses import replace

from vtai.core.events import Source, SourcesFound


class Numbering:
    """Numbers pages on in the order they come; a page that came before has its number already."""

    def __init__(self, last: int = 0) -> None:
        self._last = last
        self._known: set[str] = set()

    def add(self, sources: tuple[Source, ...]) -> SourcesFound | None:
        """The pages that are new, numbered; None where none is."""
        new = []
        for source in sources:
            if source.url not in self._known:
                self._known.add(source.url)
                self._last += 1
                new.append(replace(source, number=self._last))
        return SourcesFound(tuple(new)) if new else None
