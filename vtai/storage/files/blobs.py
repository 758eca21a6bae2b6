"""Contents under keys. Knows nothing of whose they are or what they are called."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from vtai.core.errors import SettingsError, StorageUnavailable, UnknownName

FOLDER: Final = "files"
# Of the pieces in which contents are read.
PIECE_BYTES: Final = 256 * 1024
_KEY = re.compile(r"[0-9a-f]{32}")
_CACHE_BYTES = 1_000_000_000


class Blobs(Protocol):
    """All raise StorageUnavailable; those that read raise UnknownName where there is no such key."""

    is_local: bool
    """Whether they are in the data folder."""

    async def put(self, key: str, source: Path | bytes) -> None:
        """Keeps a copy: all of it or, where that fails, nothing."""
        ...

    async def path(self, key: str) -> Path:
        """Where it can be read, on this machine, for some minutes at least."""
        ...

    def read(self, key: str, start: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        """The content, or `length` bytes of it from `start` on, piece by piece."""
        ...

    async def delete(self, key: str) -> None:
        """Nothing happens where there is none."""
        ...

    def all(self) -> AsyncIterator[tuple[str, float]]:
        """Every key and when its content was put, in seconds since the epoch; unfinished ones too."""
        ...


def new_key() -> str:
    """One that nobody can guess. Lower case, as some file systems do not tell capitals apart."""
    return secrets.token_hex(16)


def is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def place(folder: Path, key: str) -> Path:
    """`ab/cdef...` for the key abcdef..., so that no folder gets too full. Raises UnknownName."""
    if not is_key(key):
        raise unknown()
    return folder / key[:2] / key[2:]


def unknown() -> UnknownName:
    return UnknownName("There is no such file.", "It may have been deleted; send it again.")


def check(url: str | None, endpoint: str | None) -> None:
    """Raises SettingsError where nothing could be kept there, whatever answers. Nothing is reached."""
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", parts.netloc):
        raise SettingsError(
            "VT_FILES_URL is no address of a store that VT.ai knows.",
            "A value that works: s3://bucket/prefix - or leave it out for a folder in the data folder.",
        )
    if endpoint is not None and (
        urlsplit(endpoint).scheme not in {"http", "https"} or not urlsplit(endpoint).netloc
    ):
        raise SettingsError(
            "VT_FILES_ENDPOINT is no web address.", "A value that works: https://s3.example.org"
        )
    if importlib.util.find_spec("boto3") is None:
        raise missing_library()


def missing_library() -> SettingsError:
    return SettingsError(
        "Files in an S3-compatible store need a library that is not installed.",
        "Install it with VTAI_EXTRAS=s3 ./run.sh - or leave VT_FILES_URL out.",
    )


async def try_out(blobs: Blobs) -> None:
    """Puts a small content, reads it and deletes it. Raises StorageUnavailable where one of it fails."""
    key, content = new_key(), secrets.token_bytes(16)
    await blobs.put(key, content)
    async with contextlib.aclosing(blobs.read(key)) as pieces:
        found = b"".join([piece async for piece in pieces])
    await blobs.delete(key)
    if found != content:
        raise StorageUnavailable(
            "The store of files gives back something else than it was given.",
            "The operator should look at what answers at VT_FILES_ENDPOINT.",
        )


def blobs_at(url: str | None, endpoint: str | None, data_dir: Path) -> Blobs:
    """The store at a URL such as "s3://bucket/prefix"; a folder in the data folder where there is none.

    Nothing is reached yet. Raises SettingsError.
    """
    from vtai.storage.files.local import LocalBlobs

    if url is None:
        return LocalBlobs(data_dir / FOLDER)
    check(url, endpoint)
    from vtai.storage.files.s3 import S3Blobs

    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    return S3Blobs(
        parts.netloc,
        f"{prefix}/" if prefix else "",
        endpoint,
        cache=LocalBlobs(data_dir / "cache" / FOLDER),
        cache_bytes=_CACHE_BYTES,
    )
