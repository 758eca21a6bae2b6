"""Limits of the kernel on one process, and marks that it carries for the rest of its life."""

from __future__ import annotations

import contextlib
import os
import sys

from vtai.providers.sandbox.inside.walls import ConfineError, Limits

if sys.platform != "win32":
    # Not later: where the limits are set, the file that this is loaded from may be out of reach.
    import resource

# Counted for each user namespace since this version. Before, all processes of the user on the machine count.
_THREADS_COUNTED_APART_SINCE = (5, 14)
# Queued signals and timers, counted for all processes of the user.
_MOST_SIGNALS = 4096


def leave_terminal() -> None:
    """A session of its own without a terminal, and files that nobody else may read."""
    with contextlib.suppress(PermissionError):  # it leads one already
        os.setsid()
    os.umask(0o077)


def limit_threads(limits: Limits) -> None:
    """At most so many threads, for a user that has no other processes: the kernel counts all of a user's.

    Does nothing on a kernel that counts across user namespaces. Raises ConfineError.
    """
    if _kernel_version() >= _THREADS_COUNTED_APART_SINCE:
        _set(resource.RLIMIT_NPROC, limits.threads)


def apply(limits: Limits) -> None:
    """Sets all other limits, soft and hard alike, so they cannot be raised again. Raises ConfineError."""
    for kind, value in (
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_AS, limits.address_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NICE, 0),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_SIGPENDING, _MOST_SIGNALS),
    ):
        _set(kind, value)


def _set(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(kind, (value, value))
    except (OSError, ValueError) as error:
        raise ConfineError(f"a limit of the process cannot be set ({error})") from error


def _kernel_version() -> tuple[int, int]:
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()) or 0)
