"""Numbers for the pages that a model names while it answers."""

from __future__ import annotations

from dataclasses import replace

from vtai.core.events import Source, SourcesFound


class Numbering:
    """Numbers pages on in the order they come; a page that came before has its number already."""

    def __init__(self, last: int = 0) -> None:
        self._last = last
        self._known: dict[str, int] = {}

    def add(self, sources: tuple[Source, ...]) -> SourcesFound | None:
        """The pages that are new, numbered; None where none is."""
        new = []
        for source in sources:
            # Files have no address; their names tell them apart.
            key = source.url or source.title
            if key not in self._known:
                self._last += 1
                self._known[key] = self._last
                new.append(replace(source, number=self._last))
        return SourcesFound(tuple(new)) if new else None

    def number(self, url: str) -> int | None:
        """The number of a page that came before."""
        return self._known.get(url)
