"""The files that code makes: their names and kinds, and a place where they are kept for the next interpreter.

Nothing here opens, unpacks or decodes what code made; it is stored and passed on as it is.
"""

from __future__ import annotations

import asyncio
import mimetypes
import re
import secrets
import shutil
import tempfile
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from vtai.core.code import SessionKey
from vtai.core.sniff import HEAD_BYTES, kind
from vtai.providers.images.sizes import size_of
from vtai.providers.sandbox.results import MOST_PIXELS

PIECE_BYTES: Final = 1024 * 1024
_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_UNKNOWN = "application/octet-stream"
_LONGEST_NAME = 120
_UNSAFE = re.compile(r"[^\w.,()@+=\- ]+")
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10))}
)


def clean_name(name: str) -> str:
    """A plain file name that is safe to show and to save under, as near to `name` as it can be."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    plain = _UNSAFE.sub("_", last.encode("utf-8", "replace").decode()).strip(" .")
    if not plain.strip("_"):
        plain = "file" + plain.strip("_")
    stem, dot, suffix = plain.rpartition(".")
    if plain.partition(".")[0].lower() in _RESERVED:
        plain, stem = f"_{plain}", f"_{stem}"
    if len(plain.encode()) <= _LONGEST_NAME:
        return plain
    ending = f"{dot}{suffix}" if stem and len(suffix.encode()) <= 16 else ""
    return (stem if ending else plain).encode()[: _LONGEST_NAME - len(ending.encode())].decode(
        errors="ignore"
    ) + ending


def unlike(name: str, taken: Sequence[str]) -> str:
    """The name, numbered where it is taken already: "plot (2).png"."""
    wanted, number = name, 1
    lower = {other.lower() for other in taken}
    while wanted.lower() in lower:
        number += 1
        path = PurePosixPath(name)
        wanted = f"{path.stem} ({number}){path.suffix}"
    return wanted


def media_type(name: str, data: bytes) -> str:
    """What the file is by its name, and for pictures by what its first bytes prove.

    A picture that is none, or that would be enormous when drawn, is only a file to download.
    """
    guessed = mimetypes.guess_type(name, strict=False)[0] or _UNKNOWN
    proven = kind(data[:HEAD_BYTES])
    if guessed in _INLINE or (guessed == _UNKNOWN and proven in _INLINE):
        size = size_of(data) if proven in _INLINE else None
        is_fit = size is not None and 0 < size[0] * size[1] <= MOST_PIXELS
        return proven if is_fit and proven else _UNKNOWN
    if guessed == _UNKNOWN and proven is not None:
        return proven
    return guessed


async def content(path: Path, max_bytes: int | None = None) -> AsyncIterator[bytes]:
    """A file of the server's own in pieces. Raises OSError."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        left = max_bytes if max_bytes is not None else 1 << 62
        while left > 0 and (piece := await asyncio.to_thread(file.read, min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
    finally:
        file.close()


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that code made. `name` is the one in the session's folder, `path` ours."""

    name: str
    path: Path
    size_bytes: int


@dataclass(slots=True)
class _Shelf:
    files: dict[str, KeptFile] = field(default_factory=dict)
    used_at: float = 0.0

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files.values())


class KeptFiles:
    """The files that code made, per conversation, under names that say nothing, until they are old.

    `folder` is where they lie (None: the temporary folder), in a folder of its own that goes with `close`.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        each_bytes: int,
        total_bytes: int,
        age_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parent = folder
        self._folder: Path | None = None
        self._each_bytes = each_bytes
        self._total_bytes = total_bytes
        self._age_s = age_s
        self._clock = clock
        self._shelves: dict[SessionKey, _Shelf] = {}

    async def keep(self, key: SessionKey, name: str, data: bytes) -> bool:
        """Whether there was room for it; an older file of the name goes."""
        shelf = self._shelf(key)
        old = shelf.files.get(name)
        used = shelf.size_bytes - (old.size_bytes if old else 0)
        if used + len(data) > self._each_bytes:
            return False
        await self.forget_old(len(data), key)
        path = await asyncio.to_thread(self._write, data)
        if old := shelf.files.pop(name, None):
            await asyncio.to_thread(old.path.unlink, missing_ok=True)
        shelf.files[name] = KeptFile(name, path, len(data))
        return True

    def of(self, key: SessionKey) -> tuple[KeptFile, ...]:
        """What is kept of the conversation."""
        return tuple(self._shelf(key).files.values()) if key in self._shelves else ()

    async def drop(self, key: SessionKey, name: str) -> None:
        """Removes one file, where it is kept."""
        if (shelf := self._shelves.get(key)) and (old := shelf.files.pop(name, None)):
            await asyncio.to_thread(old.path.unlink, missing_ok=True)

    async def forget(self, key: SessionKey) -> None:
        """Removes what is kept of the conversation."""
        if shelf := self._shelves.pop(key, None):
            await asyncio.to_thread(_remove, [file.path for file in shelf.files.values()])

    async def close(self) -> None:
        """Removes everything."""
        self._shelves.clear()
        if self._folder is not None:
            folder, self._folder = self._folder, None
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _shelf(self, key: SessionKey) -> _Shelf:
        shelf = self._shelves.setdefault(key, _Shelf())
        shelf.used_at = self._clock()
        return shelf

    async def forget_old(self, coming_bytes: int = 0, spared: SessionKey | None = None) -> None:
        """Makes room for what comes: first goes what is too old, then what was used longest ago."""
        now = self._clock()
        used = coming_bytes + sum(shelf.size_bytes for shelf in self._shelves.values())
        for key, shelf in sorted(self._shelves.items(), key=lambda item: item[1].used_at):
            is_old = now - shelf.used_at > self._age_s
            if key != spared and (is_old or used > self._total_bytes):
                used -= shelf.size_bytes
                await self.forget(key)

    def _write(self, data: bytes) -> Path:
        if self._folder is None:
            if self._parent is not None:
                self._parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix="vtai-made-", dir=self._parent))
        path = self._folder / secrets.token_hex(16)
        path.write_bytes(data)
        return path


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
