"""How much of a file is read, at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """`characters` of the whole document, `pages` of a PDF, `scanned_pages` that go through text recognition.

    `unpacked_bytes` is what a packed file (Office, EPUB, OpenDocument) may hold in all, `table_cells` what a
    sheet may span to be read with its formats, `entries` how many files the list of a ZIP archive shows.
    After `seconds` reading stops with what there is by then; after `timeout_s` it is given up.
    """

    characters: int = 4_000_000
    pages: int = 1_000
    scanned_pages: int = 30
    unpacked_bytes: int = 400_000_000
    table_cells: int = 40_000_000
    entries: int = 2_000
    seconds: float = 45.0
    timeout_s: float = 90.0

    def as_options(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Limits:
        return cls(**options)
