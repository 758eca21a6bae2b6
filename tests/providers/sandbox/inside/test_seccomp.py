"""The filter of system calls: what its program answers on both processors, and that the kernel obeys it."""

from __future__ import annotations

import errno
import struct
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.providers.sandbox.inside import places
from vtai.providers.sandbox.inside import seccomp, seccomp_rules, syscalls_arm64, syscalls_x86_64

TABLES = {"x86_64": syscalls_x86_64.NUMBERS, "arm64": syscalls_arm64.NUMBERS}
PROCESSORS = {"x86_64": 0xC000003E, "arm64": 0xC00000B7, "i386": 0x40000003, "arm": 0x40000028}
PID = 7
HIGH = 1 << 32


def answer(
    machine: str, number: int, *arguments: int, processor: str = "", has_namespaces: bool = False
) -> object:
    """Runs the program as the kernel would: "allow", "kill" or the number of an error."""
    program = seccomp.program(machine, TABLES[machine], PID, has_namespaces)
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, PROCESSORS[processor or machine], 0, *padded)
    at, held = 0, 0
    while True:
        code, if_true, if_false, value = program[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("<I", data, value)
        elif code == 0x54:
            held &= value
        elif code in (0x15, 0x45):
            holds = held == value if code == 0x15 else bool(held & value)
            at += if_true if holds else if_false
        elif value == 0x7FFF0000:
            return "allow"
        else:
            return "kill" if value == 0x80000000 else value & 0xFFFF


CALLS = [
    ("plain reading", "read", (), "allow"),
    ("a socket", "socket", (1, 1), errno.EPERM),
    ("a program", "execve", (), errno.EPERM),
    ("a thread", "clone", (0x3D0F00,), "allow"),
    ("a process", "clone", (17,), errno.EPERM),
    ("a process with shared memory", "clone", (0x4111,), errno.EPERM),
    ("a thread in a network namespace", "clone", (0x3D0F00 | 0x40000000,), errno.EPERM),
    ("a thread in a time namespace", "clone", (0x3D0F00 | 0x80,), errno.EPERM),
    ("a thread by clone3", "clone3", (), errno.ENOSYS),
    ("its own signals", "kill", (PID,), "allow"),
    ("its own signals, with bits the kernel does not read", "kill", (PID | HIGH,), "allow"),
    ("signals to another", "kill", (PID + 1,), errno.EPERM),
    ("signals to its group", "kill", (0,), errno.EPERM),
    ("signals to all", "kill", (0xFFFFFFFF,), errno.EPERM),
    ("its own limits", "prlimit64", (0,), "allow"),
    ("limits of another", "prlimit64", (1,), errno.EPERM),
    ("opening", "openat", (0, 0, 0o101), "allow"),
    ("emptying what it writes to", "openat", (0, 0, 0o1101), "allow"),
    ("emptying what it reads", "openat", (0, 0, 0o1000), errno.EPERM),
    ("emptying without rights", "openat", (0, 0, 0o1003), errno.EPERM),
    ("is it a terminal", "ioctl", (1, 0x5401), "allow"),
    ("type into it", "ioctl", (1, 0x5412), errno.ENOTTY),
    ("the name of a thread", "prctl", (15,), "allow"),
    ("let itself be traced", "prctl", (4, 1), errno.EPERM),
    ("flags of a descriptor", "fcntl", (0, 4), "allow"),
    ("owner of a descriptor", "fcntl", (0, 8), errno.EPERM),
    ("a lease", "fcntl", (0, 1024), errno.EPERM),
    ("a stream pair", "socketpair", (1, 0o2000001), "allow"),
    ("a datagram pair", "socketpair", (1, 2), errno.EPERM),
    ("a pair that is not local", "socketpair", (2, 1), errno.EPERM),
    ("sending to the other end", "sendto", (3, 1, 1, 0, 0, 0), "allow"),
    ("sending to an address", "sendto", (3, 1, 1, 0, 0x1000, 8), errno.EPERM),
    ("sending to an address high up", "sendto", (3, 1, 1, 0, 8 * HIGH, 8), errno.EPERM),
    ("changing times", "utimensat", (0, 0, 0x1000), 0),
    ("changing times, high up", "utimensat", (0, 0, 8 * HIGH), 0),
    ("touching", "utimensat", (0, 0, 0), errno.EPERM),
    ("changing modes", "fchmodat", (), 0),
    ("a pipe", "pipe2", (0, 0o2004000), "allow"),
    ("a pipe for notes of the kernel", "pipe2", (0, 0o200), errno.EPERM),
    ("attributes", "setxattr", (), errno.EOPNOTSUPP),
    ("a lock", "flock", (), errno.ENOLCK),
    ("a call that is not named", "openat2", (), errno.ENOSYS),
    ("a hard link", "linkat", (), errno.EPERM),
]


@pytest.mark.parametrize("machine", TABLES)
@pytest.mark.parametrize(("name", "arguments", "expected"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
def test_a_call_is_answered(machine: str, name: str, arguments: tuple[int, ...], expected: object) -> None:
    assert answer(machine, TABLES[machine][name], *arguments) == expected


@pytest.mark.parametrize("machine", TABLES)
def test_hard_links_are_allowed_where_all_files_are_the_sessions_own(machine: str) -> None:
    assert answer(machine, TABLES[machine]["linkat"], has_namespaces=True) == "allow"


@pytest.mark.parametrize("machine", TABLES)
@pytest.mark.parametrize("number", [450_000, 5000], ids=["far", "near"])
def test_a_number_that_nobody_knows_is_no_call(machine: str, number: int) -> None:
    assert answer(machine, number) == errno.ENOSYS


@pytest.mark.parametrize(
    ("machine", "number", "processor"),
    [
        ("x86_64", 0, "i386"),
        ("arm64", 63, "arm"),
        ("x86_64", 63, "arm64"),
        ("x86_64", 0x40000000, ""),
        ("x86_64", 0x40000027, ""),
        ("x86_64", 0xFFFFFFFF, ""),
    ],
    ids=["i386", "32-bit-arm", "foreign", "x32", "x32-getpid", "minus-one"],
)
def test_a_foreign_table_of_calls_ends_the_process(machine: str, number: int, processor: str) -> None:
    assert answer(machine, number, processor=processor) == "kill"


LISTS = (
    seccomp_rules.ALLOWED,
    seccomp_rules.PRETENDED,
    seccomp_rules.WITHOUT_ATTRIBUTES,
    seccomp_rules.WITHOUT_LOCKS,
    seccomp_rules.REFUSED,
    tuple(seccomp_rules.filtered(PID, has_namespaces=True)),
)


def test_each_call_stands_in_one_list() -> None:
    named = Counter(name for names in LISTS for name in names)

    assert [name for name, times in named.items() if times > 1] == []


def test_each_named_call_exists() -> None:
    assert {name for names in LISTS for name in names} <= set().union(*TABLES.values())


@pytest.mark.parametrize("machine", TABLES)
def test_no_two_calls_share_a_number(machine: str) -> None:
    assert max(Counter(TABLES[machine].values()).values()) == 1


REFUSED = (
    "tcp socket", "udp socket", "unix socket", "netlink socket", "packet socket", "vsock socket",
    "alg socket", "datagram pair", "send to an address", "send descriptors", "connect", "bind",
    "connect to an abstract socket", "execve", "execveat", "vfork by clone", "fork by clone",
    "thread in a user namespace", "ptrace", "trace an outsider", "read memory of an outsider",
    "compare with an outsider", "descriptor of an outsider", "take a descriptor", "signal an outsider",
    "signal a thread of an outsider", "signal everyone", "signal the group", "queue a signal",
    "limits of an outsider", "pin an outsider", "renice an outsider", "owner of signals", "choose a signal",
    "lease", "notification", "larger pipe", "unshare", "setns", "mount", "umount", "pivot_root", "chroot",
    "open a mount", "bpf", "keyctl", "add_key", "perf", "io_uring", "userfaultfd", "memfd", "secret memory",
    "open by handle", "handle of a name", "device node", "fifo", "watch files", "shared memory",
    "message queue", "posix queue", "semaphores", "load a module", "kexec", "splice", "session",
    "become root", "act as root on files", "capset", "personality", "another filter",
    "let itself be traced", "outlive the parent", "be an adopter", "lock memory", "truncate a library",
    "empty a library while reading", "empty a library without rights",
)  # fmt: skip
OTHERWISE = {
    "clone3": "ENOSYS",
    "openat2": "ENOSYS",
    "a call of the future": "ENOSYS",
    "attributes": errno.errorcode[errno.EOPNOTSUPP],
    "lock a library": "ENOLCK",
    "type into a terminal": "ENOTTY",
    "paste into a terminal": "ENOTTY",
    "touch": "done",
    "talk in pairs": "done",
    "signal itself": "done",
    "the library afterwards": "whole",
}


@pytest.fixture(scope="module")
def tried() -> Iterator[Callable[[places.Place], dict[str, str]]]:
    with places.open_folder() as folder:
        yield places.trials(folder, [*REFUSED, *OTHERWISE, "fork", "x32 number", "32-bit call"])


@places.LINUX
@pytest.mark.slow
@places.places()
def test_the_kernel_refuses_what_the_list_refuses(
    tried: Callable[[places.Place], dict[str, str]], place: places.Place
) -> None:
    found = tried(place)

    assert {name: found[name] for name in REFUSED} == dict.fromkeys(REFUSED, "EPERM")
    # Not every processor has a call of this name.
    assert found["fork"] in ("EPERM", "absent")


@places.LINUX
@pytest.mark.slow
@places.places()
def test_other_answers_are_those_that_programs_can_live_with(
    tried: Callable[[places.Place], dict[str, str]], place: places.Place
) -> None:
    found = tried(place)

    assert {name: found[name] for name in OTHERWISE} == OTHERWISE


@places.LINUX
@pytest.mark.slow
@pytest.mark.skipif("os.uname().machine != 'x86_64'", reason="these tables are those of x86-64")
@places.places()
@pytest.mark.parametrize("name", ["x32 number", "32-bit call"])
def test_the_second_and_third_table_of_calls_end_the_session(
    tried: Callable[[places.Place], dict[str, str]], place: places.Place, name: str
) -> None:
    assert tried(place)[name] == "ended -31"
