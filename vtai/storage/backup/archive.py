"""The file of a backup: a compressed tar whose last member tells what all others must be, byte for byte.

Without that member a backup is not finished. Nothing of a file is believed before all of it was checked, and
no name in it ever becomes a path: members are put away under names of our own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import tarfile
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

from vtai.core.errors import BadArguments, StorageUnavailable, VTError

FORMAT: Final = "vtai-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database.sqlite"

_NAME = re.compile(
    r"database\.sqlite|tables/[a-z][a-z0-9_]{0,62}|extra/[a-z]{1,32}\.db"
    r"|config/(?:\.env|[a-z][a-z0-9_-]{0,32}\.toml)|files/[0-9a-f]{2}/[0-9a-f]{30}",
    re.ASCII,
)
_MOST_MANIFEST = 500_000_000
# Text shrinks to a third at this level already; pictures and sound do not at any.
_LEVEL = 3
_PIECE = 1024 * 1024
_SPARED_BYTES = 50_000_000


class BadBackup(VTError):
    """A file that is no backup, or no whole one."""


class Stopped(Exception):
    """Whoever waited for the work has left."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup. `database` is "sqlite" or "postgresql", `revision` that of its tables.

    `counts` has the rows of each table. `missing`: files that the tables tell of and that were not there.
    """

    database: str
    revision: str
    made_at: float
    by: str
    counts: Mapping[str, int] = field(default_factory=dict)
    has_files: bool = True
    missing: int = 0
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@contextmanager
def written(path: Path, stop: threading.Event) -> Iterator[Writer]:
    """A new archive, which is there under its name once it is whole. Raises BadArguments, OSError."""
    if path.exists():
        raise BadArguments("There is a file of that name already.", "Choose another name for the backup.")
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_LEVEL) as tar:
                yield Writer(tar, stop)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


class Writer:
    """Takes members, and at last the manifest."""

    def __init__(self, tar: tarfile.TarFile, stop: threading.Event) -> None:
        self._tar = tar
        self._stop = stop
        self._members: dict[str, tuple[int, str]] = {}

    def add(self, name: str, source: Path) -> None:
        with source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            hashing = _Hashing(file, self._stop)
            self._tar.addfile(_info(name, size), hashing)
        self._members[name] = (size, hashing.digest)

    def end(self, manifest: Manifest) -> None:
        told = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": manifest.made_at,
            "by": manifest.by,
            "database": manifest.database,
            "revision": manifest.revision,
            "counts": dict(manifest.counts),
            "has_files": manifest.has_files,
            "missing": manifest.missing,
            "columns": {table: list(columns) for table, columns in manifest.columns.items()},
            "members": {
                name: {"bytes": size, "sha256": digest} for name, (size, digest) in self._members.items()
            },
        }
        content = json.dumps(told, indent=1).encode()
        self._tar.addfile(_info(MANIFEST, len(content)), BytesIO(content))


class _Hashing:
    """A file that is read once, from one end to the other."""

    def __init__(self, file: IO[bytes], stop: threading.Event) -> None:
        self._file = file
        self._stop = stop
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int = -1) -> bytes:
        if self._stop.is_set():
            raise Stopped
        piece = self._file.read(size)
        self._hash.update(piece)
        return piece


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(time.time())
    return info


def unpack(path: Path, folder: Path, stop: threading.Event) -> tuple[Manifest, dict[str, Path]]:
    """What is in a backup, with every member as a file in `folder`, all of it checked.

    Raises BadBackup, StorageUnavailable, OSError.
    """
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:gz") as tar:
            manifest, members = _members(tar, folder, stop)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise _damaged() from error
    except OSError as error:
        if error.errno is None:  # what the library says of a bad file
            raise _damaged() from error
        raise
    return manifest, members


def _members(tar: tarfile.TarFile, folder: Path, stop: threading.Event) -> tuple[Manifest, dict[str, Path]]:
    found: dict[str, tuple[Path, int, str]] = {}
    manifest: bytes | None = None
    for info in tar:
        content = tar.extractfile(info) if info.isreg() else None
        if content is None or manifest is not None or info.name in found:
            raise _damaged()
        if info.name == MANIFEST:
            manifest = content.read(_MOST_MANIFEST)
            continue
        if not _NAME.fullmatch(info.name):
            raise _damaged()
        if info.size > shutil.disk_usage(folder).free - _SPARED_BYTES:
            raise StorageUnavailable("The disk has no room for the backup.", "Make room on it and try again.")
        target = folder / f"{len(found)}"
        found[info.name] = (target, info.size, _put(content, target, stop))
    if manifest is None:
        raise BadBackup("The backup is not whole: its end is missing.", "Take another one.")
    told = _checked(manifest, {name: (size, digest) for name, (_, size, digest) in found.items()})
    return told, {name: target for name, (target, _, _) in found.items()}


def _put(content: IO[bytes], target: Path, stop: threading.Event) -> str:
    hashing = _Hashing(content, stop)
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        while piece := hashing.read(_PIECE):
            file.write(piece)
    return hashing.digest


def _checked(content: bytes, found: Mapping[str, tuple[int, str]]) -> Manifest:
    """The manifest, if it says of every member what that is, and of no other."""
    try:
        told: dict[str, Any] = json.loads(content)
        if told["format"] != FORMAT:
            raise _damaged()
        if told["version"] != VERSION:
            raise BadBackup("The backup is of another version of VT.ai.", "Restore it with that version.")
        if {name: (each["bytes"], each["sha256"]) for name, each in told["members"].items()} != found:
            raise _damaged()
        return Manifest(
            str(told["database"]),
            str(told["revision"]),
            float(told["made_at"]),
            str(told["by"]),
            {str(table): int(count) for table, count in told["counts"].items()},
            bool(told["has_files"]),
            int(told["missing"]),
            {str(table): tuple(map(str, columns)) for table, columns in told["columns"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise _damaged() from error


def _damaged() -> BadBackup:
    return BadBackup("The file is no backup of VT.ai, or a damaged one.", "Take another one.")
