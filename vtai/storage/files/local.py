"""Contents in a folder, readable by the server's own user alone."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import shutil
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from vtai.core.errors import StorageUnavailable
from vtai.storage.files.blobs import PIECE_BYTES, is_key, place, unknown

Result = TypeVar("Result")

_UNFINISHED = ".part"
_MANY = 1_000


class LocalBlobs:
    """The `Blobs` protocol."""

    is_local = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, source: Path | bytes) -> None:
        await _in_thread(lambda: self._put(key, source))

    async def path(self, key: str) -> Path:
        return await _in_thread(lambda: self._found(key))

    async def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        file = await _in_thread(lambda: self._opened(key, start))
        left = length
        try:
            while left is None or left > 0:
                wanted = PIECE_BYTES if left is None else min(left, PIECE_BYTES)
                piece = await _in_thread(partial(file.read, wanted))
                if not piece:
                    return
                left = None if left is None else left - len(piece)
                yield piece
        finally:
            file.close()

    async def delete(self, key: str) -> None:
        await _in_thread(lambda: self._delete(key))

    async def all(self) -> AsyncGenerator[tuple[str, float], None]:
        walk = self._walk()
        while some := await _in_thread(lambda: list(islice(walk, _MANY))):
            for pair in some:
                yield pair

    async def shrink(self, most_bytes: int, spared_s: float) -> None:
        """Deletes the longest unused until the rest is small enough; what was used just now stays."""
        await _in_thread(lambda: self._shrink(most_bytes, spared_s))

    async def touch(self, key: str) -> None:
        """Marks it as used just now."""
        with contextlib.suppress(FileNotFoundError):
            await asyncio.to_thread(os.utime, self._path(key))

    def _path(self, key: str) -> Path:
        return place(self._folder, key)

    def _found(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise unknown()
        return path

    def _opened(self, key: str, start: int) -> BinaryIO:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError as error:
            raise unknown() from error
        file.seek(start)
        return file

    def _put(self, key: str, source: Path | bytes) -> None:
        target = self._path(key)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        # A name of its own: who puts the same content again, as a cache may, disturbs nobody.
        unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}{_UNFINISHED}")
        try:
            with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                if isinstance(source, bytes):
                    file.write(source)
                else:
                    with source.open("rb") as given:
                        shutil.copyfileobj(given, file, PIECE_BYTES)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        _sync(target.parent)
        _sync(self._folder)

    def _delete(self, key: str) -> None:
        target = self._path(key)
        target.unlink(missing_ok=True)
        for unfinished in target.parent.glob(f"{target.name}.*{_UNFINISHED}"):
            unfinished.unlink(missing_ok=True)

    def _walk(self) -> Iterator[tuple[str, float]]:
        for folder in _listed(self._folder):
            for entry in _listed(Path(folder.path)) if folder.is_dir(follow_symlinks=False) else ():
                key = folder.name + entry.name.partition(".")[0]
                with contextlib.suppress(FileNotFoundError):
                    if is_key(key):
                        yield key, entry.stat(follow_symlinks=False).st_mtime

    def _shrink(self, most_bytes: int, spared_s: float) -> None:
        kept = [(when, key) for key, when in self._walk()]
        sizes = {key: _size(self._path(key)) for _, key in kept}
        total = sum(sizes.values())
        for when, key in sorted(kept):
            if total <= most_bytes or when > time.time() - spared_s:
                return
            self._delete(key)
            total -= sizes[key]


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _sync(folder: Path) -> None:
    """The names in a folder are on disk as well as the contents; some systems have no way to ask for that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


async def _in_thread(work: Callable[[], Result]) -> Result:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageUnavailable("The disk is full.", "Make room on it and try again.") from error
        raise StorageUnavailable(
            "The files in the data folder cannot be read or written.",
            "Make the data folder writable and see that the disk is sound.",
        ) from error
