"""What descriptors and memory offer: programs without a name, shared memory, locks, owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.providers.sandbox.cases.case import Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_NAMELESS_PROGRAMS = """
fd = peek("memfd", os.memfd_create, "x")
if fd is not None:
    escaped("a file without a name", fd)
fd = syscall("memfd_create", ctypes.c_char_p(b"x"), 0)
if fd >= 0:
    escaped("a file without a name by system call", fd)
    os.write(fd, b"#!/bin/sh" + chr(10).encode() + b"echo ESCAPED")
    if not W["bare"]:
        attempt("running it", os.execve, fd, ["x"], {})
fd = peek("nameless", os.open, ".", os.O_TMPFILE | os.O_RDWR)
if fd is not None and not W["bare"]:
    os.write(fd, b"#!/bin/sh" + chr(10).encode() + b"echo ESCAPED")
    attempt("running a nameless file", os.execve, fd, ["x"], {})
    got = syscall("execveat", fd, ctypes.c_char_p(b""), 0, 0, 0x1000)
    if got >= 0:
        escaped("execveat")
"""

_SHARED_MEMORY = """
arguments = {"shmget": (0, 4096, 0o1600), "msgget": (0, 0o1600), "semget": (0, 1, 0o1600)}
def removed(name, remove):
    got = syscall(name, *arguments[name])
    if got >= 0:
        escaped(name, got)
        syscall(remove, got, 0, 0, 0) if remove in NR else None
    else:
        print("refused", name, errno.errorcode.get(-got))
NR.update(dict(shmctl=195, msgctl=187, semctl=191) if _ARM else dict(shmctl=31, msgctl=71, semctl=66))
for name in ("shmget", "msgget", "semget"):
    removed(name, name[:3] + "ctl")
# That of the host, by its key.
for name, arguments in (("shmget", (W["ipc_key"], 0, 0)), ("msgget", (W["ipc_key"], 0))):
    succeeds(name, *arguments)
fd = syscall("mq_open", ctypes.c_char_p(W["nonce"].encode()), 0o102, 0o600, 0)
if fd >= 0:
    escaped("mq_open")
    NR["mq_unlink"] = 181 if _ARM else 241
    syscall("mq_unlink", ctypes.c_char_p(W["nonce"].encode()))
import multiprocessing.shared_memory
peek("shared memory", lambda: multiprocessing.shared_memory.SharedMemory(W["nonce"], create=True, size=4096))
peek("host's", lambda: open("/dev/shm/" + W["shm_name"]).read() and escaped("the shared memory of the host"))
peek("named", lambda: open("/dev/shm/" + W["nonce"] + "x", "w").write("x"))
"""

_OWNER = """
import fcntl, signal, socket
ends = [*(peek("pipe", os.pipe) or ()), 0, 1, 2]
pair = peek("pair", socket.socketpair)
ends += [one.fileno() for one in pair or ()]
for fd in ends:
    for pid in (W["server_pid"], -W["server_pid"]):
        attempt("owner %d" % pid, lambda: fcntl.fcntl(fd, fcntl.F_SETOWN, pid) or "set")
        owner = (ctypes.c_int * 2)(1, pid)
        attempt("owner by structure", lambda: fcntl.fcntl(fd, 15, bytes(owner)) and "set")
        peek("signal", fcntl.fcntl, fd, 10, signal.SIGUSR2)
        peek("flags", lambda: fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | 0x2000))
        import array
        peek("by device", lambda: fcntl.ioctl(fd, 0x8901, array.array("i", [pid])))
for fd in (ends[1], ends[-1]):
    peek("write", os.write, fd, b"x")
folder = peek("folder", os.open, ".", os.O_RDONLY)
if folder is not None:
    peek("watch", fcntl.fcntl, folder, fcntl.F_NOTIFY, fcntl.DN_CREATE | fcntl.DN_MULTISHOT)
    open("touched", "w").close()
"""

_TRUNCATE = """
path = W["library_marker"]
raw = ctypes.c_char_p(path.encode())
ways = {
    "truncate": lambda: os.truncate(path, 0),
    "open to read and truncate": lambda: os.open(path, os.O_RDONLY | os.O_TRUNC),
    "open to write and truncate": lambda: os.open(path, os.O_WRONLY | os.O_TRUNC),
    "odd mode": lambda: os.open(path, 3 | os.O_TRUNC),
    "create": lambda: os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDONLY),
    "openat2": lambda: syscall("openat2", -100, raw, ctypes.byref((ctypes.c_ulonglong * 3)(os.O_TRUNC, 0,
    0)), 24),
    "ftruncate": lambda: os.ftruncate(os.open(path, os.O_RDONLY), 0),
    "by path descriptor": lambda: os.truncate(f"/proc/self/fd/{os.open(path, os.O_PATH)}", 0),
    "allocate": lambda: os.posix_fallocate(os.open(path, os.O_RDONLY), 0, 1),
    "copy into": lambda: os.copy_file_range(os.open(W["own"], os.O_RDONLY), os.open(path, os.O_RDONLY), 1),
    "through a link": lambda: (os.symlink(path, "way"), os.truncate("way", 0)),
    "old number": lambda: syscall("truncate", raw, 0),
}
open(W["own"], "w").write("own")
assert len(open(path).read()) == W["library_size"], "the marker cannot be read"
for name, way in ways.items():
    peek(name, way)
    if os.stat(path).st_size != W["library_size"]:
        escaped("emptied by", name)
        break
peek("folder", lambda: os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_TRUNC))
"""

_LOCKS = """
import fcntl
kept = []
for path in (W["library_marker"], os.__file__):
    fd = peek("open", os.open, path, os.O_RDONLY)
    if fd is None or (W["bare"] and kept):
        continue
    kept.append(fd)
    for name, number, argument in (("write lease", 1024, fcntl.F_WRLCK), ("read lease", 1024, fcntl.F_RDLCK)):
        attempt(name + " on " + path, lambda: fcntl.fcntl(fd, number, argument) or "taken")
    if not W["bare"]:
        peek("lock", lambda: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB) or print("says it is locked"))
        attempt("range", lambda: fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB) or "taken")
        import struct
        attempt("range of the open file", lambda: fcntl.fcntl(fd, 37, struct.pack("hhqqi4x", 1, 0, 0, 0, 0)))
print(len(kept), "files")
"""


def _with_a_marker(world: World) -> Mapping[str, Any]:
    return {"own": "own.bin", "library_size": world.library_size}


def _marker_is_whole(world: World, outcomes: list[Outcome]) -> None:
    assert world.library_marker.stat().st_size == world.library_size


def _host_can_lock(world: World, outcomes: list[Outcome]) -> None:
    assert world.can_lock(world.library_marker)


def _no_signal(world: World, outcomes: list[Outcome]) -> None:
    assert world.server_facts()["signals"] == 0


def _nothing_shared(world: World, outcomes: list[Outcome]) -> None:
    assert not world.nonce_places()


CASES = (
    case("sys_11_memfd_exec", _NAMELESS_PROGRAMS, control="a file without a name"),
    case("sys_12_sysv_ipc", _SHARED_MEMORY, check=_nothing_shared, control="shmget"),
    case("sys_13_fcntl_setown_signal", _OWNER, check=_no_signal, control="owner"),
    case(
        "sys_14_truncate_readonly",
        _TRUNCATE,
        plant=_with_a_marker,
        check=_marker_is_whole,
        control="emptied by truncate",
    ),
    case("sys_15_file_locks_leases", _LOCKS, check=_host_can_lock, control="write lease on"),
)
