"""Who a session is: where the server is root, a user that owns nothing; in any case without capabilities."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterable, Iterator

from vtai.providers.sandbox.inside import kernel
from vtai.providers.sandbox.inside.walls import ConfineError

# Numbers of users that no system gives out: above those for containers, below the sign bit.
_FIRST_UID, _UIDS = 2_000_000_000, 100_000_000
_NOBODY = 65534

_PR_SET_KEEPCAPS = 8
_PR_CAPBSET_READ, _PR_CAPBSET_DROP = 23, 24
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_SETUID = 7


def become_nobody(readable: Iterable[str], own: Iterable[str]) -> bool:
    """Leaves root for a user that nobody else is; `own` folders are given to it. An ordinary user stays.

    True where no other process has this user, so that a limit on its processes is one on this session.
    Where that user may not read what it needs to (an interpreter in /root), it acts on files as root without
    capabilities, and for all else (signals, limits, tracing) as that user.
    """
    if os.geteuid() != 0:
        return False
    with contextlib.suppress(PermissionError):
        os.setgroups([])
    _drop_bounding_set()
    uid = _FIRST_UID + int.from_bytes(os.urandom(4), "big") % _UIDS
    for candidate in (uid, _NOBODY):
        try:
            _become(candidate, readable, own)
        except OSError:
            continue  # not a user in this container, or root may not change users here
        return candidate == uid
    return False


def _become(uid: int, readable: Iterable[str], own: Iterable[str]) -> None:
    acts_as = uid if _may_use(uid, readable, own) else 0
    for folder in own:
        os.chown(folder, acts_as, acts_as)
    os.setresgid(uid, uid, uid)
    kernel.prctl(_PR_SET_KEEPCAPS, 1)
    os.setresuid(uid, uid, uid)
    if acts_as != uid:
        _set_capabilities(effective=1 << _CAP_SETUID, permitted=1 << _CAP_SETUID)
        kernel.call("setfsuid", acts_as)
    kernel.prctl(_PR_SET_KEEPCAPS, 0)


def _may_use(uid: int, readable: Iterable[str], own: Iterable[str]) -> bool:
    """Whether the user can open all of these that root can. Raises OSError where there is no such user."""
    with _acting_as(uid):
        pass  # nothing may have changed hands where there is no such user
    for folder in own:
        os.chown(folder, uid, uid)
    present = [path for path in (*readable, *own) if _can_open(path)]
    with _acting_as(uid):
        return all(_can_open(path) for path in present)


@contextlib.contextmanager
def _acting_as(uid: int) -> Iterator[None]:
    os.setegid(uid)
    try:
        os.seteuid(uid)
        try:
            yield
        finally:
            os.seteuid(0)
    finally:
        os.setegid(0)


def _can_open(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def give_up_capabilities() -> None:
    """No capability, now or later. Raises ConfineError where the process still has one."""
    _drop_bounding_set()
    with contextlib.suppress(OSError):  # before Linux 4.3
        kernel.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    _set_capabilities(effective=0, permitted=0)
    if any(capabilities()):
        raise ConfineError("the process keeps capabilities that it should have lost")


def _drop_bounding_set() -> None:
    for capability in range(64):
        # Refused to ordinary users, who have none to lose; unknown ones end the list.
        try:
            kernel.prctl(_PR_CAPBSET_READ, capability)
            kernel.prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            return


def _set_capabilities(effective: int, permitted: int) -> None:
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("=6I", effective, permitted, 0, 0, 0, 0)
    kernel.call("capset", ctypes.c_char_p(header), ctypes.c_char_p(data))


def capabilities() -> tuple[int, ...]:
    """Effective, permitted and inheritable capabilities of the calling thread, in two halves each."""
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    data = ctypes.create_string_buffer(24)
    kernel.call("capget", header, data)
    return struct.unpack("=6I", data.raw[:24])
