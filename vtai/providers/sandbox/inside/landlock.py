"""Landlock: which files may be opened, and no network and no signals to others.

Rules only ever grant, so a folder that holds something hidden is never granted itself: its other children
are, and for a folder of packages the names in it and below, which Python reads again whenever it has changed.
The kernel does not cover looking up names (stat), nor changing attributes; seccomp covers the latter.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator

from vtai.providers.sandbox.inside import kernel
from vtai.providers.sandbox.inside.paths import PACKAGE_FOLDERS
from vtai.providers.sandbox.inside.walls import ConfineError, Walls

_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
# No line in the audit log of the host for each refusal: code could flood it. Since version 7.
_RESTRICT_SELF_LOG_SAME_EXEC_OFF = 1

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
MAKE_SYM = 1 << 12
REFER = 1 << 13
TRUNCATE = 1 << 14

# Execution is granted nowhere: mapping a library does not need it, and no program is ever started.
READ = READ_FILE | READ_DIR
# Neither sockets, nor pipes with a name, nor devices are made.
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE
_OF_FILES = WRITE_FILE | READ_FILE | TRUNCATE

# What a version of the kernel's interface can refuse: file rights by version, the others since a version.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK_SINCE, _TCP_BIND_AND_CONNECT = 4, 0b11
_SCOPES_SINCE, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 0b11
_LOG_FLAGS_SINCE = _NEWEST = 7

# All that is at levels A and C is the session's own or mounted read-only.
_PRIVATE_FOLDERS = ("/tmp", "/dev/shm")  # noqa: S108 -- mounted for the session alone
_DEVICES_TO_WRITE = ("/dev/null", "/dev/zero")
_DEVICES_TO_READ = ("/dev/random", "/dev/urandom")


def version() -> int:
    """The version of Landlock that the kernel offers, 0 where there is none."""
    try:
        return kernel.call("landlock_create_ruleset", None, 0, _CREATE_RULESET_VERSION)
    except OSError:
        return 0


def handled(abi: int) -> tuple[int, int, int]:
    """File rights, network rights and scopes that a kernel with this version is asked to refuse."""
    files = _FILE_RIGHTS[min(abi, max(_FILE_RIGHTS))]
    network = _TCP_BIND_AND_CONNECT if abi >= _NETWORK_SINCE else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= _SCOPES_SINCE else 0
    return files, network, scopes


def grants(walls: Walls) -> Iterator[tuple[str, int]]:
    """Each path that is granted, with its rights."""
    yield walls.data, WRITE
    if walls.level == "B":
        yield from without(walls.readable, walls.hidden)
    else:
        yield "/", READ
        for path in _PRIVATE_FOLDERS:
            yield path, WRITE
    for path in _DEVICES_TO_WRITE:
        yield path, READ_FILE | WRITE_FILE
    for path in _DEVICES_TO_READ:
        yield path, READ_FILE


def without(paths: Iterable[str], hidden: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Paths and their rights; a folder that holds something hidden gives way to its other children."""
    real_hidden = {os.path.realpath(path) for path in hidden}
    for path in paths:
        yield from _without(os.path.realpath(path), real_hidden)


def _without(path: str, hidden: set[str]) -> Iterator[tuple[str, int]]:
    if any(path == secret or path.startswith(secret.rstrip("/") + "/") for secret in hidden):
        return
    if not any(secret.startswith(path.rstrip("/") + "/") for secret in hidden):
        yield path, READ
        return
    if os.path.basename(path) in PACKAGE_FOLDERS:  # noqa: PTH119 -- as everywhere here, paths are text
        yield path, READ_DIR
    try:
        with os.scandir(path) as entries:
            # A link is granted by what it leads to: that is in the readable paths, or it is not granted.
            children = [entry.path for entry in entries if not entry.is_symlink()]
    except OSError:
        return
    for child in children:
        yield from _without(child, hidden)


def restrict(walls: Walls, newest: int = _NEWEST) -> None:
    """Puts the calling thread under these rules for good. Raises ConfineError, above all without Landlock.

    `newest`: no version above this is made use of, even if the kernel has it.
    """
    abi = min(version(), newest)
    if abi < 1:
        raise ConfineError("Landlock is not in this kernel, or is switched off or forbidden here")
    files, network, scopes = handled(abi)
    attributes = struct.pack("=QQQ", files, network, scopes)
    # An older kernel takes the shorter form only.
    size = 8 if abi < _NETWORK_SINCE else 16 if abi < _SCOPES_SINCE else 24
    try:
        ruleset = kernel.call("landlock_create_ruleset", ctypes.c_char_p(attributes), size, 0)
        try:
            for path, rights in grants(walls):
                _grant(ruleset, path, rights & files)
            flags = _RESTRICT_SELF_LOG_SAME_EXEC_OFF if abi >= _LOG_FLAGS_SINCE else 0
            kernel.call("landlock_restrict_self", ruleset, flags)
        finally:
            os.close(ruleset)
    except OSError as error:
        raise ConfineError(f"Landlock refuses its rules ({error})") from error


def _grant(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there, or not for this user: then there is nothing to grant
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= _OF_FILES
        # The kernel's struct is packed: 8 bytes of rights, 4 bytes of descriptor.
        rule = struct.pack("=Qi", rights, handle)
        kernel.call("landlock_add_rule", ruleset, _RULE_PATH_BENEATH, ctypes.c_char_p(rule), 0)
    finally:
        os.close(handle)
