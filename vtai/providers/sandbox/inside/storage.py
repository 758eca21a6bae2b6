"""The session's folder: files put in, taken out and listed, whatever the code does to it at the same time.

Every path is walked from the folder down, one descriptor at a time, and no link is followed: a name that is
swapped in between leads nowhere else. Names that begin with a dot are the code's own and are not listed.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from vtai.providers.sandbox.inside import frames

MAX_LISTED = 2_000
MAX_CHANGED = 200
MAX_DEPTH = 8

_MAX_NAME_BYTES = 1_000
_MAX_PART_BYTES = 255
# As they are written in a frame.
_MAX_NAMES_BYTES = 120_000
_MAX_CHANGED_NAMES_BYTES = 30_000
_MAX_ENTRIES = 50_000
_MAX_KNOWN = 4 * MAX_LISTED
_MAX_SCAN_S = 1.0
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_UNLISTED = frozenset({"__pycache__"})

# When it was changed (two clocks, as one can be set back), how long it is, and which file it is.
Stamp = tuple[int, int, int, int]


class Refused(Exception):
    """A file that is not put or taken out. Its text is for people."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the folder; `name` is relative, its parts joined by "/"."""

    name: str
    size: int
    is_changed: bool
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Listing:
    """`left_out` says whether there are files that are not listed."""

    entries: tuple[Entry, ...]
    left_out: bool


@dataclass
class _Scan:
    """What one walk through the folder found, and how much of it may still be looked at."""

    deadline: float
    found: dict[str, Stamp] = field(default_factory=dict)
    entries_left: int = _MAX_ENTRIES
    names_left: int = _MAX_NAMES_BYTES
    is_cut: bool = False

    def may_go_on(self) -> bool:
        self.entries_left -= 1
        if self.entries_left < 0 or len(self.found) >= MAX_LISTED or time.monotonic() > self.deadline:
            self.is_cut = True
        return not self.is_cut


class Storage:
    """The files under `root`. Not safe for two threads at once, apart from `chunks`."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[str, Stamp] = {}

    def listing(self) -> Listing:
        """The files, at most MAX_LISTED; changed is what was not like this at the last `changes`.

        The time that it takes is bounded, however many files there are.
        """
        scan = self._scan()
        entries = (
            Entry(name, stamp[2], self._known.get(name) != stamp, stamp[0])
            for name, stamp in scan.found.items()
        )
        return Listing(tuple(sorted(entries, key=lambda entry: entry.name)), scan.is_cut)

    def changes(self) -> Listing:
        """The files that are new or changed since the last call, the newest first, at most MAX_CHANGED."""
        scan = self._scan()
        changed = [
            Entry(name, stamp[2], True, stamp[0])
            for name, stamp in scan.found.items()
            if self._known.get(name) != stamp
        ]
        # Of a walk that was cut, what it did not reach is as it was.
        self._known = {**self._known, **scan.found} if scan.is_cut else scan.found
        for name in itertools.islice(list(self._known), max(0, len(self._known) - _MAX_KNOWN)):
            del self._known[name]
        changed.sort(key=lambda entry: (-entry.modified_ns, entry.name))
        lengths = itertools.accumulate(_name_bytes(entry.name) for entry in changed)
        fitting = sum(length <= _MAX_CHANGED_NAMES_BYTES for length in lengths)
        kept = tuple(changed[: min(fitting, MAX_CHANGED)])
        return Listing(kept, scan.is_cut or len(changed) > len(kept))

    def writer(self, name: str) -> Writer:
        """Takes the pieces of a file that is put in. Raises Refused."""
        parts = cleaned(name)
        return Writer(self, parts, self._folder(parts[:-1], create=True))

    def chunks(self, name: str, max_bytes: int) -> Iterator[bytes]:
        """The file in pieces that fit into a frame; an empty file is one empty piece. Raises Refused."""
        parts = cleaned(name)
        folder = self._folder(parts[:-1], create=False)
        try:
            # Without waiting: the other end of a pipe might never come.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(parts[-1], flags, dir_fd=folder)
        except OSError as error:
            raise Refused(f"There is no file {name} that can be read.") from error
        finally:
            os.close(folder)
        try:
            yield from _read(descriptor, name, max_bytes)
        finally:
            os.close(descriptor)

    def knows(self, parts: tuple[str, ...], found: os.stat_result) -> None:
        """The file is there as the server knows it: it does not count as changed by the code."""
        self._known["/".join(parts)] = _stamp(found)

    def _folder(self, parts: tuple[str, ...], *, create: bool) -> int:
        """A descriptor of the folder, for the caller to close."""
        try:
            current = os.open(self._root, _FOLDER)
            for part in parts:
                previous = current
                try:
                    if create:
                        with contextlib.suppress(FileExistsError):
                            os.mkdir(part, 0o755, dir_fd=current)
                    current = os.open(part, _FOLDER, dir_fd=previous)
                finally:
                    os.close(previous)
        except OSError as error:
            raise Refused("There is no such folder, or it cannot be used.") from error
        return current

    def _scan(self) -> _Scan:
        scan = _Scan(time.monotonic() + _MAX_SCAN_S)
        with contextlib.suppress(OSError):
            _walk(os.open(self._root, _FOLDER), (), scan)
        return scan


class Writer:
    """One file on its way in: it appears under its name when it is whole, and not before."""

    def __init__(self, storage: Storage, parts: tuple[str, ...], folder: int) -> None:
        self._storage = storage
        self._parts = parts
        self._folder = folder
        self._temporary = f".{secrets.token_hex(8)}.part"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._descriptor = os.open(self._temporary, flags, 0o644, dir_fd=folder)
        except OSError as error:
            os.close(folder)
            raise Refused(_no_room(error)) from error

    def write(self, data: bytes) -> None:
        """Adds a piece. Raises Refused; the file is given up then."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self.discard()
            raise Refused(_no_room(error)) from error

    def finish(self) -> None:
        """The file takes its place, over an older one of the same name. Raises Refused."""
        try:
            os.rename(self._temporary, self._parts[-1], src_dir_fd=self._folder, dst_dir_fd=self._folder)
            self._storage.knows(self._parts, os.fstat(self._descriptor))
        except OSError as error:
            raise Refused("A folder of the same name is in the way.") from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Removes what is there of it. May be called again."""
        if self._folder < 0:
            return
        with contextlib.suppress(OSError):
            os.unlink(self._temporary, dir_fd=self._folder)
        for descriptor in (self._descriptor, self._folder):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._folder = -1


def cleaned(name: str) -> tuple[str, ...]:
    """The parts of a relative name. Raises Refused where it could lead out of the folder or is too long."""
    try:
        raw = name.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Refused("The name is not proper text.") from error
    parts = tuple(name.split("/"))
    if "\0" in name or any(part in {"", ".", ".."} for part in parts):
        raise Refused("The name is not a plain relative name.")
    too_long = any(len(part.encode("utf-8")) > _MAX_PART_BYTES for part in parts)
    if too_long or len(raw) > _MAX_NAME_BYTES or len(parts) > MAX_DEPTH:
        raise Refused("The name is too long.")
    return parts


def _read(descriptor: int, name: str, max_bytes: int) -> Iterator[bytes]:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{name} is not a regular file.")
    if found.st_size > max_bytes:
        raise Refused(f"{name} is larger than {max_bytes} bytes.")
    # The code may write on while this reads: what was announced is the most that is sent.
    left = found.st_size
    is_first = True
    while left > 0 or is_first:
        try:
            piece = os.read(descriptor, min(left, frames.MAX_PAYLOAD_BYTES))
        except OSError as error:
            raise Refused(f"{name} cannot be read.") from error
        if not piece and not is_first:
            return
        is_first = False
        left = left - len(piece) if piece else 0
        yield piece


def _walk(folder: int, parts: tuple[str, ...], scan: _Scan) -> None:
    """Adds the regular files to the scan; closes the folder."""
    try:
        with os.scandir(folder) as entries:
            inner = [entry.name for entry in entries if scan.may_go_on() and _look(entry, parts, scan)]
        for name in inner if len(parts) + 1 < MAX_DEPTH else ():
            if scan.is_cut:
                return
            with contextlib.suppress(OSError):
                _walk(os.open(name, _FOLDER, dir_fd=folder), (*parts, name), scan)
    finally:
        os.close(folder)


def _look(entry: os.DirEntry[str], parts: tuple[str, ...], scan: _Scan) -> bool:
    """Adds a file to the scan. Whether the entry is a folder to walk into."""
    if entry.name.startswith(".") or entry.name in _UNLISTED:
        return False
    try:
        name = "/".join((*parts, entry.name))
        length = _name_bytes(name)
        found = entry.stat(follow_symlinks=False)
    except (OSError, UnicodeEncodeError):
        return False
    if stat.S_ISREG(found.st_mode):
        scan.names_left -= length
        if scan.names_left < 0:
            scan.is_cut = True
        else:
            scan.found[name] = _stamp(found)
    return stat.S_ISDIR(found.st_mode)


def _name_bytes(name: str) -> int:
    return len(json.dumps(name, ensure_ascii=False).encode("utf-8"))


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _no_room(error: OSError) -> str:
    return f"The file cannot be written: {os.strerror(error.errno) if error.errno else 'no reason given'}."
