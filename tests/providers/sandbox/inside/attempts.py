"""What code tries behind walls. Each attempt gives "done", the name of the error, or what it found."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.providers.sandbox.inside import deeds
from vtai.providers.sandbox.inside import identity, kernel

_SETOWN, _SETSIG, _SETLEASE, _NOTIFY, _SETPIPE = 8, 10, 1024, 1026, 1031
_READ_AND_EMPTY, _NO_RIGHTS_AND_EMPTY = os.O_RDONLY | os.O_TRUNC, 3 | os.O_TRUNC

ATTEMPTS: dict[str, Callable[[deeds.Scene], object]] = {
    "tcp socket": deeds.call("socket", socket.AF_INET, socket.SOCK_STREAM, 0),
    "udp socket": deeds.call("socket", socket.AF_INET, socket.SOCK_DGRAM, 0),
    "unix socket": deeds.call("socket", socket.AF_UNIX, socket.SOCK_STREAM, 0),
    "netlink socket": deeds.call("socket", 16, 3, 0),
    "packet socket": deeds.call("socket", 17, 3, 0),
    "vsock socket": deeds.call("socket", 40, 1, 0),
    "alg socket": deeds.call("socket", 38, 5, 0),
    "datagram pair": lambda _: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "send to an address": deeds.send_to_address,
    "send descriptors": deeds.send_message,
    "execve": deeds.call("execve", "/bin/true", None, None),
    "execveat": deeds.call("execveat", -100, "/bin/true", None, None, 0),
    "fork": deeds.call("fork"),
    "vfork by clone": deeds.call("clone", 0x4100 | 17, 0, 0, 0, 0),
    "fork by clone": deeds.call("clone", 17, 0, 0, 0, 0),
    "thread in a user namespace": deeds.call("clone", 0x10010100, 0, 0, 0, 0),
    "clone3": deeds.call("clone3", 0, 0),
    "ptrace": deeds.call("ptrace", 0, 0, 0, 0),
    "trace an outsider": lambda scene: kernel.call("ptrace", 16, scene.outsider, 0, 0),
    "read memory of an outsider": deeds.on_outsider("process_vm_readv", 0, 0, 0, 0, 0),
    "compare with an outsider": lambda scene: kernel.call("kcmp", os.getpid(), scene.outsider, 0, 0, 0),
    "descriptor of an outsider": deeds.on_outsider("pidfd_open", 0),
    "take a descriptor": deeds.call("pidfd_getfd", 0, 0, 0),
    "signal an outsider": deeds.on_outsider("kill", 0),
    "signal a thread of an outsider": lambda scene: kernel.call("tgkill", scene.outsider, scene.outsider, 0),
    "signal everyone": deeds.call("kill", -1, 0),
    "signal the group": deeds.call("kill", 0, 0),
    "queue a signal": deeds.on_outsider("rt_sigqueueinfo", 10, 0),
    "limits of an outsider": deeds.on_outsider("prlimit64", 7, 0, 0),
    "pin an outsider": deeds.on_outsider("sched_setaffinity", 8, b"\x01" + bytes(7)),
    "renice an outsider": lambda scene: kernel.call("setpriority", 0, scene.outsider, 19),
    "owner of signals": deeds.file_command(_SETOWN, 1),
    "choose a signal": deeds.file_command(_SETSIG, 12),
    "lease": deeds.file_command(_SETLEASE, 0),
    "notification": deeds.file_command(_NOTIFY, 1),
    "larger pipe": deeds.file_command(_SETPIPE, 1 << 20),
    "unshare": deeds.call("unshare", 0x10000000),
    "setns": deeds.call("setns", 0, 0),
    "mount": deeds.call("mount", "none", "/tmp", "tmpfs", 0, None),
    "umount": deeds.call("umount2", "/proc", 2),
    "pivot_root": deeds.call("pivot_root", ".", "."),
    "chroot": deeds.call("chroot", "."),
    "open a mount": deeds.call("open_tree", -100, "/", 1),
    "bpf": deeds.call("bpf", 0, 0, 0),
    "keyctl": deeds.call("keyctl", 0, 0, 0, 0, 0),
    "add_key": deeds.call("add_key", "user", "x", b"x", 1, -3),
    "perf": deeds.call("perf_event_open", 0, 0, -1, -1, 0),
    "io_uring": deeds.call("io_uring_setup", 1, bytes(120)),
    "userfaultfd": deeds.call("userfaultfd", 1),
    "memfd": deeds.call("memfd_create", "x", 0),
    "secret memory": deeds.call("memfd_secret", 0),
    "open by handle": deeds.call("open_by_handle_at", -100, bytes(16), 0),
    "handle of a name": deeds.call("name_to_handle_at", -100, ".", bytes(140), bytes(4), 0),
    "device node": deeds.call("mknodat", -100, "node", 0o60600, 0x100),
    "fifo": lambda _: os.mkfifo("fifo"),
    "watch files": deeds.call("inotify_init1", 0),
    "shared memory": deeds.call("shmget", 0, 4096, 0o1600),
    "message queue": deeds.call("msgget", 0, 0o1600),
    "posix queue": deeds.call("mq_open", "x", 0o100, 0o600, None),
    "semaphores": deeds.call("semget", 0, 1, 0o1600),
    "load a module": deeds.call("finit_module", 0, "", 0),
    "kexec": deeds.call("kexec_load", 0, 0, 0, 0),
    "splice": deeds.call("splice", 0, 0, 0, 0, 0, 0),
    "session": deeds.call("setsid"),
    "become root": deeds.call("setresuid", 0, 0, 0),
    "act as root on files": deeds.call("setfsuid", 0),
    "capset": deeds.call("capset", bytes(8), bytes(24)),
    "personality": deeds.call("personality", 0),
    "another filter": deeds.call("seccomp", 2, 0, bytes(4)),
    "let itself be traced": deeds.call("prctl", 4, 1, 0, 0, 0),
    "outlive the parent": deeds.call("prctl", 1, 0, 0, 0, 0),
    "be an adopter": deeds.call("prctl", 36, 1, 0, 0, 0),
    "lock memory": deeds.call("mlockall", 1),
    "type into a terminal": lambda _: fcntl.ioctl(1, 0x5412, b"x"),
    "paste into a terminal": lambda _: fcntl.ioctl(1, 0x541C, b"\x03"),
    "open the terminal": deeds.terminal,
    "attributes": deeds.call("setxattr", ".", "user.x", b"x", 1, 0),
    "lock a library": deeds.lock_library,
    "openat2": deeds.call("openat2", -100, ".", bytes(24), 24),
    "a call of the future": lambda _: deeds.raw(9999),
    "truncate a library": lambda scene: kernel.call("truncate", scene.library, 0),
    "empty a library while reading": deeds.opening("library", _READ_AND_EMPTY),
    "empty a library without rights": deeds.opening("library", _NO_RIGHTS_AND_EMPTY),
    "write to a library": deeds.opening("library", os.O_WRONLY),
    "link a library": lambda scene: os.link(scene.library, "linked"),
    "the library afterwards": deeds.library_unharmed,
    "read a library": deeds.opening("library", os.O_RDONLY),
    "read a file outside": deeds.opening("canary", os.O_RDONLY),
    "read a hidden file": deeds.opening("hidden", os.O_RDONLY),
    "write to a file outside": deeds.opening("canary", os.O_WRONLY),
    "remove a file outside": lambda scene: Path(scene.canary).unlink(),
    "list the folder outside": lambda scene: [*Path(scene.canary).parent.iterdir()],
    "make a file outside": lambda scene: deeds.open_new(Path(scene.canary).parent / "planted"),
    "make a file in the root": lambda _: deeds.open_new(Path("/planted")),
    "read passwords": lambda _: Path("/etc/passwd").read_bytes(),
    "environment of process 1": lambda _: Path("/proc/1/environ").read_bytes(),
    "environment of an outsider": lambda scene: Path(f"/proc/{scene.outsider}/environ").read_bytes(),
    "make and move files": deeds.make_and_move,
    "move across folders": deeds.move_across,
    "touch": deeds.touch,
    "talk in pairs": deeds.talk_in_pairs,
    "write to /dev/null": lambda _: os.close(os.open("/dev/null", os.O_RDWR)),
    "random bytes": lambda _: os.close(os.open("/dev/urandom", os.O_RDONLY)),
    "signal itself": lambda _: os.kill(os.getpid(), 0),
    "a large file": deeds.grow(2 << 20, "large"),
    "a full folder": deeds.grow(1 << 20, "part", 10),
    "a full /tmp": deeds.grow(1 << 20, "/tmp/part", 10),
    "a full /dev/shm": deeds.grow(1 << 20, "/dev/shm/part", 10),
    "many files": deeds.many_files,
    "much memory": lambda _: mmap.mmap(-1, 2 << 30).close(),
    "much time": deeds.much_time,
    "many descriptors": deeds.many_descriptors,
    "threads": deeds.threads,
    "capabilities": lambda _: "some" if any(identity.capabilities()) else "none",
    "who": deeds.who,
    "connect": deeds.connect,
    "bind": deeds.bind,
    "connect to an abstract socket": deeds.connect_abstract,
    "x32 number": deeds.x32,
    "32-bit call": deeds.int80,
    "crash": deeds.crash,
}


def outcome(name: str, scene: deeds.Scene) -> str:
    """What came of the attempt: "done", what it found, or the name of the error."""
    try:
        found = ATTEMPTS[name](scene)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, type(error).__name__)
    except KeyError:
        return "absent"
    return found if isinstance(found, str) else "done"
