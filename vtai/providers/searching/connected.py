"""What every search of this package is: a search provider that may hold connections or threads."""

from __future__ import annotations

from typing import Protocol

from vtai.core.ports import SearchProvider


class ConnectedSearch(SearchProvider, Protocol):
    """A search provider that is closed when the program ends."""

    async def close(self) -> None:
        """Ends its connections; a later search opens them anew."""
        ...
