"""Reading files and pictures, fetching addresses, comparing meanings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vtai.core.documents import Document, Fetched, Picture, PictureFormat, PictureText
from vtai.core.messages import Attachment


class Reader(Protocol):
    """Reads the words of files."""

    async def read(self, file: Attachment) -> Document:
        """Raises BadAttachment: no reader for it, broken, locked, too large, or no longer there."""
        ...


class Pictures(Protocol):
    """Looks into pictures without understanding them. `name` is for people; `raw` may be anything at all."""

    async def prepare(self, name: str, raw: bytes, max_side: int, *, is_still: bool = False) -> Picture:
        """A PNG, JPEG, WebP or GIF of at most `max_side` pixels a side. Raises BadAttachment.

        Of several frames or pages a sheet of some of them, or the first alone where `is_still`.
        """
        ...

    async def read(self, name: str, raw: bytes) -> PictureText:
        """The words in the picture and its facts. Raises BadAttachment, NotConfigured."""
        ...

    async def convert(
        self, name: str, raw: bytes, wanted: PictureFormat, compression: int | None = None
    ) -> Picture:
        """In another format, full size; `compression` 0 (smallest) to 100 (best). Raises BadAttachment."""
        ...


class Fetcher(Protocol):
    """Gets what stands at an address of the open internet, and from nowhere else."""

    async def fetch(self, url: str, max_bytes: int, timeout_s: float = 20.0) -> Fetched:
        """Raises BadAddress for one that is refused, ProviderError for one that does not answer."""
        ...


class Similarity(Protocol):
    """Compares meanings."""

    async def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """How near each text comes to the question, -1..1, in the order given."""
        ...
