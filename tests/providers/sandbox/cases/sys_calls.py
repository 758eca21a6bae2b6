"""System calls that change the walls themselves or widen what the kernel offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import OK, Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_NAMESPACES = """
flags = {"mount": 0x20000, "user": 0x10000000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000,
    "uts": 0x4000000,
         "cgroup": 0x2000000, "time": 0x80, "user and mount": 0x10020000}
for name, flag in flags.items():
    got = syscall("unshare", flag)
    if got >= 0:
        escaped("unshare", name)
os.makedirs("here", exist_ok=True)
here = ctypes.c_char_p(b"here")
succeeds("chroot", ctypes.c_char_p(b"."))
if not W["bare"]:
    # Without a namespace of its own this would change the machine.
    succeeds("mount", ctypes.c_char_p(b"none"), here, ctypes.c_char_p(b"tmpfs"), 0, 0)
    succeeds("mount", ctypes.c_char_p(b"/"), here, 0, 4096, 0)
    succeeds("mount", ctypes.c_char_p(b"proc"), here, ctypes.c_char_p(b"proc"), 0, 0)
    succeeds("mount", 0, ctypes.c_char_p(b"/"), 0, 0x20 | 0x1000, 0)
    for path in (b"/proc", b"/mnt/data", b"/dev", b"/tmp", b"/"):
        succeeds("umount2", ctypes.c_char_p(path), 2)
    succeeds("pivot_root", ctypes.c_char_p(b"."), ctypes.c_char_p(b"."))
    succeeds("open_tree", -100, ctypes.c_char_p(b"/"), 1)
    succeeds("fsopen", ctypes.c_char_p(b"tmpfs"), 0)
    succeeds("clone", 0x10000000 | 17, 0, 0, 0, 0) == 0 and os._exit(0)
for name in ("mnt", "user", "net", "pid"):
    for pid in ("self", *others()):
        fd = peek("namespace", os.open, f"/proc/{pid}/ns/{name}", os.O_RDONLY)
        if fd is not None and not W["bare"]:
            succeeds("setns", fd, 0)
fd = syscall("pidfd_open", W["server_pid"], 0)
if fd >= 0 and not W["bare"]:
    succeeds("setns", fd, 0x20000)
"""

_TRACING = """
local = ctypes.create_string_buffer(64)
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
mine = Vector(ctypes.addressof(local), 64)
for pid in others():
    if pid == W["server_pid"] and not W["bare"]:
        succeeds("ptrace", 16, pid, 0, 0)
        succeeds("ptrace", 0x4206, pid, 0, 0)
    for at in (0x400000, id(W)):
        theirs = Vector(at, 8)
        succeeds("process_vm_readv", pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
        if pid == W["server_pid"] and not W["bare"]:
            succeeds("process_vm_writev", pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    succeeds("kcmp", os.getpid(), pid, 0, 0, 0)
    fd = succeeds("pidfd_open", pid, 0)
    if fd >= 0:
        for number in range(20):
            succeeds("pidfd_getfd", fd, number, 0)
        succeeds("process_madvise", fd, ctypes.byref(mine), 1, 20, 0)
    attempt("memory of", lambda: open(f"/proc/{pid}/mem", "rb"))
if not W["bare"]:
    succeeds("ptrace", 0, 0, 0, 0)
"""

# What is refused by the filter answers EPERM, ENOSYS or EACCES; every other answer is the call's own.
_SURFACE = """
text = ctypes.create_string_buffer(256)
calls = {
    "bpf": (0, text, 128), "keyctl": (0, -3, 0), "add_key": (0, 0, 0, 0, 0), "request_key": (0, 0, 0, 0),
    "perf_event_open": (text, 0, -1, -1, 0), "io_uring_setup": (1, 0), "userfaultfd": (0x7fff,),
    "open_by_handle_at": (-1, 0, 0), "name_to_handle_at": (-1, 0, 0, 0, 0), "init_module": (0, 0, 0),
    "finit_module": (-1, 0, 0), "delete_module": (0, 0), "kexec_load": (0, 17, 0, 0), "modify_ldt": (0,
    text, 16),
    "personality": (0xffffffff,), "swapon": (0, 0), "syslog": (3, text, 16), "acct": (text,),
    "quotactl": (0, 0, 0, 0),
    "clock_settime": (0, 0), "settimeofday": (0, 0), "sethostname": (0, 5000), "fanotify_init": (0xffff, 0),
    "memfd_secret": (0xffff,), "iopl": (0,), "ioperm": (0, 0, 0), "vmsplice": (-1, 0, 0, 0), "tee": (-1,
    -1, 1, 0),
    "splice": (-1, 0, -1, 0, 1, 0), "io_setup": (0, 0), "move_pages": (0, 0, 0, 0, 0, 0), "open_tree": (-1,
    0, 0),
    "move_mount": (-1, 0, -1, 0, 0), "fsopen": (0, 0), "mount_setattr": (-1, 0, 0, 0, 0),
    "quotactl_fd": (-1, 0, 0, 0),
    "process_vm_readv": (0, 0, 0, 0, 0, 0), "lookup_dcookie": (0, 0, 0), "uselib": (0,),
}
for name, arguments in calls.items():
    if name in NR:
        got = syscall(name, *arguments)
        if -got not in (errno.EPERM, errno.ENOSYS, errno.EACCES):
            escaped("the kernel listens to", name, got)
"""

_INT80 = """
import mmap
# mov eax, 20 (getpid of 32 bit); push rbx; int 0x80; pop rbx; ret
code = bytes.fromhex("b814000000 53 cd80 5b c3")
page = mmap.mmap(-1, 4096, prot=7)
page.write(code)
run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
got = run()
if got > 0:
    escaped("the calls of 32 bit answer", got)
print("answer", got)
"""
_X32 = """
for number in (39, 0, 1, 2, 57, 59, 520, 521, 545, 0x3fffffff, -1):
    got = syscall(0x40000000 | number, 0, 0, 0)
    if got != -errno.ENOSYS and got != -errno.EPERM:
        escaped("the calls of x32 answer", number, got)
"""
_ODD_NUMBERS = """
for number in (100000, 500, 600, 1024, 2000, 0x3fffffff):
    got = syscall(number, 0, 0, 0)
    if -got not in (errno.ENOSYS, errno.EPERM):
        escaped("an unknown call answers", number, got)
"""

_PRIVILEGES = """
import resource
print("uid", os.getuid(), os.geteuid(), os.getgroups() if not peek("groups", os.getgroups) is None else "")
status = peek("status", lambda: open("/proc/self/status").read()) or ""
for line in status.splitlines():
    if line.startswith(("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")) and int(line.split()[1], 16):
        escaped("capabilities", line) if not line.startswith("CapBnd") else None
    if line.startswith("NoNewPrivs") and line.split()[1] != "1":
        escaped("new privileges may be had", line)
attempt("setuid", os.setuid, 0)
attempt("setgid", os.setgid, 0)
attempt("seteuid", os.seteuid, 0)
attempt("setresuid", os.setresuid, 0, 0, 0)
attempt("setgroups", os.setgroups, [0])
head = (ctypes.c_uint * 2)(0x20080522, 0)
data = (ctypes.c_uint * 6)(*[0xffffffff] * 6)
got = syscall("capset", head, data)
if got >= 0 and any(True for _ in [0]):
    escaped("capset", got)
got = LIBC.prctl(47, 2, 21, 0, 0)
if got == 0:
    escaped("an ambient capability")
attempt("more descriptors", resource.setrlimit, resource.RLIMIT_NOFILE, (1 << 16, 1 << 16))
attempt("more memory", resource.setrlimit, resource.RLIMIT_AS, (-1, -1))
attempt("more time", resource.setrlimit, resource.RLIMIT_CPU, (-1, -1))
attempt("a better place", os.nice, -5)
"""


def _the_kernel_says_so(world: World, outcomes: list[Outcome]) -> None:
    processes = world.session_processes()
    assert processes, "no confined process was found"
    for process in processes:
        status = process.status()
        assert status["NoNewPrivs"] == "1"
        assert status["Seccomp"] == "2"
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            assert int(status[name], 16) == 0, (name, status[name])


CASES = (
    case("sys_01_ctypes_namespaces", _NAMESPACES, control="unshare"),
    case("sys_02_ptrace_process_vm", _TRACING, control="pidfd_open"),
    case("sys_03_kernel_surface", _SURFACE, control="the kernel listens to"),
    case(
        "sys_04_x32_and_i386_abi",
        *(_INT80, _X32, _ODD_NUMBERS),
        expect=(frozenset({"ok", "crashed", "blocked_syscall"}), frozenset({"ok", "blocked_syscall"}), OK),
        machines=frozenset({"x86_64"}),
        control="the calls of 32 bit answer",
    ),
    case("sys_06_privileges", _PRIVILEGES, check=_the_kernel_says_so, control="setuid"),
)
