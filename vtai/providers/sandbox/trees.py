"""Removes a folder that code has filled, however deep and strange, once nothing runs in it any more."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def remove_tree(root: Path) -> None:
    """Folders below are moved up to `root` one after the other: no path gets long, no recursion deep.

    No link is followed. What cannot be removed stays.
    """
    is_moving = True
    while is_moving:
        is_moving = False
        for entry in _entries(root):
            if entry.is_dir(follow_symlinks=False):
                is_moving |= _empty(Path(entry.path), root)
            else:
                _unlink(entry.path)
    with suppress(OSError):
        root.rmdir()


def _empty(folder: Path, root: Path) -> bool:
    """Whether folders were moved up."""
    has_moved = False
    _allow(folder)
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            _allow(Path(entry.path))
            with suppress(OSError):
                Path(entry.path).rename(root / secrets.token_hex(16))
                has_moved = True
        else:
            _unlink(entry.path)
    with suppress(OSError):
        folder.rmdir()
    return has_moved


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _allow(folder: Path) -> None:
    # Nothing runs in there: a folder that was one is one.
    with suppress(OSError):
        folder.chmod(0o700)


def _unlink(path: str) -> None:
    with suppress(OSError):
        Path(path).unlink()
