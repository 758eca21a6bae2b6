"""Starts a command as a user whose mounts are its own and who can reach the interpreter.

    python launch.py UID PATH[:PATH...] COMMAND...

What code that got out would mount or unmount changes nothing for the rest of the machine. An interpreter that
lies in a closed home folder is shown to the user there. Needs root.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from pathlib import Path

_NEW_NAMESPACE, _BIND_ALL, _PRIVATE_ALL = 0x20000, 0x5000, 0x44000


def main(user: int, needed: list[Path], command: list[str]) -> None:
    closed = {
        place: [path for path in needed if place in path.parents]
        for path in needed
        if (place := _closed(path))
    }
    libc = ctypes.CDLL(None, use_errno=True)
    _must(libc.unshare(_NEW_NAMESPACE))
    _must(libc.mount(b"none", b"/", None, _PRIVATE_ALL, None))
    for place, paths in closed.items():
        held = [os.open(path, os.O_PATH) for path in paths]
        _must(libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, b"mode=755,size=1m"))
        for path, descriptor in zip(paths, held, strict=True):
            path.mkdir(parents=True, exist_ok=True)
            _must(
                libc.mount(f"/proc/self/fd/{descriptor}".encode(), os.fsencode(path), None, _BIND_ALL, None)
            )
            os.close(descriptor)
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    os.execv(command[0], command)


def _closed(path: Path) -> Path | None:
    """The outermost folder on the way that others may not enter."""
    above = reversed(path.parents)
    return next((place for place in above if not place.stat().st_mode & stat.S_IXOTH), None)


def _must(answer: int) -> None:
    if answer != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    main(int(sys.argv[1]), [Path(path) for path in sys.argv[2].split(":")], sys.argv[3:])
