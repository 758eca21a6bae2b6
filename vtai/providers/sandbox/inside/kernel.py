"""System calls by name, and the few of them that have no function in the standard library."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from functools import cache
from typing import Any

from vtai.providers.sandbox.inside import syscalls_arm64, syscalls_x86_64
from vtai.providers.sandbox.inside.walls import ConfineError

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_SIGKILL = 9

_NAMES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_TABLES = {"x86_64": syscalls_x86_64.NUMBERS, "arm64": syscalls_arm64.NUMBERS}


def machine() -> str:
    """`x86_64` or `arm64`. Raises ConfineError anywhere but on 64-bit Linux of these two."""
    if sys.platform != "linux":
        raise ConfineError("this needs Linux")
    name = _NAMES.get(platform.machine().lower(), "")
    if not name or sys.maxsize < 1 << 32 or sys.byteorder != "little":
        raise ConfineError(f"no table of system calls for this processor ({platform.machine()})")
    return name


def numbers() -> dict[str, int]:
    """The system calls of this machine: number by name."""
    return _TABLES[machine()]


@cache
def _syscall() -> Any:
    function = ctypes.CDLL(None, use_errno=True).syscall
    function.restype = ctypes.c_long
    return function


def call(name: str, *args: int | str | bytes | Any | None) -> int:
    """What the system call answers. Raises OSError. Text goes as a C string, None as NULL."""
    answer: int = _syscall()(ctypes.c_long(numbers()[name]), *map(_argument, args))
    if answer == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return answer


def _argument(value: Any) -> Any:
    if value is None:
        return ctypes.c_void_p(None)
    if isinstance(value, int):
        return ctypes.c_long(value)
    if isinstance(value, str):
        return ctypes.c_char_p(os.fsencode(value))
    return value


def prctl(option: int, *args: int) -> int:
    """prctl(2). Raises OSError."""
    return call("prctl", option, *args, *(0,) * (4 - len(args)))


def die_with_parent() -> None:
    """The kernel kills this process when the one that started it ends. A change of user takes it back."""
    prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def adopt_orphans() -> None:
    """Grandchildren of the calling process become its children when their parent ends."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_dumpable(allowed: bool) -> None:
    """Whether the process may be traced and dumped, and whether its own user owns its files in /proc."""
    prctl(_PR_SET_DUMPABLE, int(allowed))


def refuse_new_privileges() -> None:
    """From here on no program gives more rights than the process has. There is no way back."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)
