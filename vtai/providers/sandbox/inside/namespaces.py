"""Namespaces: a process alone among its own files, without a network (levels A and C).

`unshare` asks for them, the next fork stands inside, and `build` gives it a root of its own: an empty file
system in memory, with the readable paths mounted read-only, /mnt/data, /tmp, four devices, and in /proc its
own processes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from vtai.providers.sandbox.inside import kernel
from vtai.providers.sandbox.inside.walls import DATA, ConfineError, Walls

# Mount, cgroup, host name, IPC, process and network namespaces.
_NAMESPACES = 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
_USER_NAMESPACE = 0x10000000

_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC = 1, 2, 4, 8
_REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1 << 5, 1 << 12, 1 << 14, 1 << 18
_QUIET = _NO_SUID | _NO_DEVICES
_DETACH = 2
# What statvfs says of a mount, and what mount wants to hear: a mount from outside keeps what it has.
_KEPT = {8: _NO_EXEC, 1024: 1 << 10, 2048: 1 << 11, 4096: 1 << 21}
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000

# Any folder will do to put a file system over, for the moment of the change.
_BASES = ("/tmp", "/var/tmp", "/mnt", "/run", "/var", "/usr")  # noqa: S108 -- nothing is written there
_DEVICES = ("null", "zero", "random", "urandom")
_SHARED_MEMORY_BYTES = 8 << 20
_SMALL_FILES = 2_000
# As many as the kernel itself follows.
_MOST_LINKS = 40
# Folders that the session may write to; `build` makes them, the session's user gets them.
OWN = (DATA, "/tmp", "/dev/shm")  # noqa: S108 -- file systems of the session's own


def unshare() -> bool:
    """The next child of the calling process stands in namespaces of its own. Raises ConfineError.

    Root asks for them as root. Everyone else, and root without that right, asks for a user namespace too,
    where only its own user exists: then True.
    """
    try:
        if os.geteuid() == 0 and _is_allowed_as_root():
            return False
        uid, gid = os.geteuid(), os.getegid()
        kernel.set_dumpable(True)  # else its own files in /proc belong to root
        kernel.call("unshare", _USER_NAMESPACE | _NAMESPACES)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            Path(f"/proc/self/{name}").write_bytes(text.encode())
    except OSError as error:
        raise ConfineError(f"namespaces are refused here ({error})") from error
    return True


def _is_allowed_as_root() -> bool:
    try:
        kernel.call("unshare", _NAMESPACES)
    except PermissionError:
        return False
    return True


def build(walls: Walls) -> None:
    """A root of its own for the calling process, which stands in its namespaces. Raises ConfineError."""
    try:
        os.umask(0o022)
        kernel.call("sethostname", "sandbox", len("sandbox"))
        kernel.call("mount", None, "/", None, _RECURSIVE | _PRIVATE, None)
        wanted = [path for path in walls.readable if os.access(path, os.F_OK)]
        links = {link: text for path in wanted for link, text in _links(path)}
        shown = _outermost({os.path.realpath(path) for path in wanted})
        masked = {os.path.realpath(path) for path in walls.hidden}
        _move_to_empty_root()
        _own_folders(walls)
        for path in shown:
            _show(path)
        for path in masked:
            _mask(Path(f"/new{path}"))
        for link, text in links.items():
            _link(link, text)
        for path in (*shown, *links):
            _close_way(path)
        _devices(has_processes=_processes())
        _close_root()
        os.chdir(DATA)
    except OSError as error:
        raise ConfineError(f"a root of its own cannot be built here ({error})") from error


def _outermost(paths: Iterable[str]) -> list[str]:
    """The paths without those that lie below another."""
    chosen: list[str] = []
    for path in sorted(paths):
        if not any(path.startswith(outer + "/") for outer in chosen):
            chosen.append(path)
    return chosen


def _links(path: str) -> Iterator[tuple[str, str]]:
    """Each symbolic link on the way to a path, with its text."""
    at, rest, met = Path("/"), list(Path(path).parts[1:]), 0
    while rest:
        step = at / rest.pop(0)
        if step.is_symlink() and met < _MOST_LINKS:
            met += 1
            text = str(step.readlink())
            yield str(step), text
            rest = [*Path(os.path.normpath(at / text)).parts[1:], *rest]
            at = Path("/")
        else:
            at = step


def _move_to_empty_root() -> None:
    """After this the files of the machine are below /old, and /new is what becomes the root."""
    base = next(path for path in map(Path, _BASES) if path.is_dir() and not path.is_symlink())
    _mount_memory(str(base), "mode=755,size=1m,nr_inodes=100")
    for name in ("old", "new"):
        (base / name).mkdir()
    kernel.call("pivot_root", str(base), str(base / "old"))
    os.chdir("/")
    _mount_memory("/new", "mode=755,size=1m,nr_inodes=10k")


def _close_root() -> None:
    """/new becomes the root, read-only, and the files of the machine are out of reach."""
    os.chdir("/new")
    kernel.call("pivot_root", ".", ".")
    kernel.call("umount2", ".", _DETACH)
    os.chdir("/")
    kernel.call("mount", None, "/", None, _REMOUNT | _BIND | _READ_ONLY | _QUIET | _NO_EXEC, None)


def _mount_memory(path: str, options: str, flags: int = 0) -> None:
    kernel.call("mount", "tmpfs", path, "tmpfs", flags | _QUIET | _NO_EXEC, options)


def _own_folders(walls: Walls) -> None:
    limits = walls.limits
    sizes = (
        (limits.workspace_bytes, limits.workspace_files),
        (limits.tmp_bytes, _SMALL_FILES),
        (_SHARED_MEMORY_BYTES, _SMALL_FILES),
    )
    for path, (most_bytes, most_files) in zip(OWN, sizes, strict=True):
        Path(f"/new{path}").mkdir(parents=True)
        _mount_memory(f"/new{path}", f"mode=700,size={most_bytes},nr_inodes={most_files}")


def _show(path: str) -> None:
    """Mounts a folder or file of the machine at its own place in the new root, to be read only."""
    source, place = Path(f"/old{path}"), Path(f"/new{path}")
    try:
        is_folder = stat.S_ISDIR(source.stat().st_mode)
    except PermissionError:
        return  # this user may not go there, so code of this user would not either
    if is_folder:
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    _bind(str(source), str(place), _READ_ONLY | _QUIET)


def _close_way(path: str) -> None:
    """Folders of the session that only lead to a library are not to be written to."""
    for parent in Path(path).parents:
        if any(str(parent).startswith(f"{own}/") for own in OWN) and Path(f"/new{parent}").is_dir():
            Path(f"/new{parent}").chmod(0o555)


def _bind(source: str, place: str, flags: int) -> None:
    try:
        kernel.call("mount", source, place, None, _BIND, None)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # Something is mounted below that may not be left out: it comes along, under the same flags.
        kernel.call("mount", source, place, None, _BIND | _RECURSIVE, None)
        attributes = struct.pack("=4Q", flags, 0, 0, 0)
        kernel.call(
            "mount_setattr", _AT_FDCWD, place, _AT_RECURSIVE, ctypes.c_char_p(attributes), len(attributes)
        )
        return
    had = os.statvfs(place).f_flag
    kept = sum(mount_flag for flag, mount_flag in _KEPT.items() if had & flag)
    kernel.call("mount", None, place, None, _REMOUNT | _BIND | flags | kept, None)


def _mask(place: Path) -> None:
    try:
        is_folder = stat.S_ISDIR(place.stat().st_mode)
    except OSError:
        return  # not among what is shown, or out of this user's reach
    if is_folder:
        _mount_memory(str(place), "mode=555,size=4k,nr_inodes=2", _READ_ONLY)
    else:
        # A device on a mount without devices: it is there and cannot be opened.
        _bind("/old/dev/null", str(place), _READ_ONLY | _QUIET)


def _link(link: str, text: str) -> None:
    place = Path(f"/new{link}")
    if not (place.exists() or place.is_symlink()):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(text)


def _processes() -> bool:
    """/proc with only the session's own processes; left out where the kernel or a container forbids that."""
    Path("/new/proc").mkdir()
    try:
        kernel.call("mount", "proc", "/new/proc", "proc", _READ_ONLY | _QUIET | _NO_EXEC, "subset=pid")
    except OSError:
        return False
    return True


def _devices(has_processes: bool) -> None:
    for name in _DEVICES:
        place = Path(f"/new/dev/{name}")
        place.touch()
        # Devices may be written to on a read-only mount; their modes may not be changed there.
        _bind(f"/old/dev/{name}", str(place), _READ_ONLY | _NO_SUID | _NO_EXEC)
    if has_processes:
        Path("/new/dev/fd").symlink_to("/proc/self/fd")
        for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
            Path(f"/new/dev/{name}").symlink_to(f"/proc/self/fd/{descriptor}")
