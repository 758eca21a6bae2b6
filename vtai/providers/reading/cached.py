"""Remembers documents that were read, so that a follow-up about a file does not read it again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from vtai.core.errors import BadAttachment

if TYPE_CHECKING:
    from vtai.core.documents import Document
    from vtai.core.messages import Attachment
    from vtai.core.ports import Reader

_Key = tuple[str, str, int, int]
_BYTES_A_CHARACTER = 2


class CachedReader:
    """A Reader that keeps the last `most` documents of another one, within `max_bytes` of memory.

    A file that changed (its size, or when it was written) is read again.
    """

    def __init__(self, reader: Reader, *, most: int = 64, max_bytes: int = 64_000_000) -> None:
        self._reader = reader
        self._most = most
        self._max_bytes = max_bytes
        self._known: OrderedDict[_Key, Document] = OrderedDict()
        self._bytes = 0

    async def read(self, file: Attachment) -> Document:
        key = await asyncio.to_thread(_key, file.name, file.path)
        if (known := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            return known
        document = await self._reader.read(file)
        self._keep(key, document)
        return document

    def _keep(self, key: _Key, document: Document) -> None:
        size = _bytes(document)
        if size > self._max_bytes:
            return
        if (before := self._known.pop(key, None)) is not None:
            self._bytes -= _bytes(before)
        self._known[key] = document
        self._bytes += size
        while len(self._known) > self._most or self._bytes > self._max_bytes:
            _, oldest = self._known.popitem(last=False)
            self._bytes -= _bytes(oldest)


def _key(name: str, path: Path) -> _Key:
    try:
        about = path.stat()
    except OSError as error:
        raise BadAttachment(f"{name} is no longer there.", "Attach it again.") from error
    return name, str(path), about.st_size, about.st_mtime_ns


def _bytes(document: Document) -> int:
    """About what a document takes in memory."""
    texts = sum(len(passage.place) + len(passage.text) for passage in document.passages)
    return _BYTES_A_CHARACTER * (texts + sum(map(len, document.notes)))
