"""Other processes and programs: signals, terminals, crashes, daemons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import CRASHED, OK, Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_SIGNALS = """
import resource, signal
for pid in others():
    # Signal 0 asks only whether another one could be sent.
    attempt("signal to %d" % pid, os.kill, pid, 0)
    attempt("signal by thread", lambda: syscall("tgkill", pid, pid, 0) and 1 / 0)
    attempt("signal by thread number", lambda: syscall("tkill", pid, 0) and 1 / 0)
    info = (ctypes.c_int * 32)(0, 0, -1)
    attempt("queued signal", lambda: syscall("rt_sigqueueinfo", pid, 0, info) and 1 / 0)
    attempt("other limits", resource.prlimit, pid, resource.RLIMIT_NOFILE)
    # What they have already: being allowed to set it is enough.
    attempt("other processors", os.sched_setaffinity, pid, range(os.cpu_count()))
    attempt("another rank", os.setpriority, os.PRIO_PROCESS, pid, 0)
    attempt("another rank of reading", lambda: syscall("ioprio_set", 1, pid, 0) and 1 / 0)
    attempt("another kind of rank", os.sched_setscheduler, pid, os.SCHED_OTHER, os.sched_param(0))
    attempt("group", os.getpgid, pid) if W["bare"] else None
    fd = syscall("pidfd_open", pid, 0)
    if fd >= 0:
        attempt("signal by descriptor", lambda: syscall("pidfd_send_signal", fd, 0, 0, 0) and 1 / 0)
if not W["bare"]:
    attempt("signal to all", os.kill, -1, 0)
    attempt("signal to the group of the server", os.killpg, W["server_pid"], 0)
    attempt("rank of the user", os.setpriority, os.PRIO_USER, 0, 0)
"""

_TERMINAL = """
import fcntl, termios
for fd in range(0, 32):
    for name, number, argument in (("TIOCSTI", 0x5412, b"x"), ("TIOCLINUX", 0x541C, b"\\x03"), ("TIOCCONS",
        0x541D, 0),
                                   ("TIOCSCTTY", 0x540E, 1), ("TIOCNOTTY", 0x5422, 0), ("TIOCSETD", 0x5423,
                                   b"\\0\\0\\0\\0"),
                                   ("high bits", 0x5412 | 1 << 32, b"x")):
        try:
            got = fcntl.ioctl(fd, number, argument)
        except (OSError, OverflowError, ValueError):
            continue
        escaped("a terminal takes", name, fd)
for path in ("/dev/tty", "/dev/pts/0", "/dev/ptmx", "/dev/console"):
    fd = peek(path, os.open, path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    if fd is not None:
        escaped("a terminal opens", path)
"""

_CRASH = "import ctypes\nctypes.string_at(0)\n"
_ABORT = "import os\nos.abort()\n"
_BUS = """
import mmap, os
# Past the end of a file there is no page to give.
target = open("short.bin", "wb+")
target.truncate(4096)
page = mmap.mmap(target.fileno(), 4096)
target.truncate(0)
page[0]
"""

_PROGRAMS = """
import subprocess
def ran(work):
    done = work()
    if isinstance(done, subprocess.CompletedProcess):
        return (done.returncode, done.stdout)
    return done
quiet = dict(capture_output=True, timeout=10)
programs = {"cat": ["/bin/cat", W["secret_file"]], "shell": ["/bin/sh", "-c", "id"],
    "python": [sys.executable, "-c", "1"],
            "su": ["/bin/su", "-c", "id"], "mount": ["/bin/mount"],
            "loader": ["/lib64/ld-linux-x86-64.so.2", "/bin/true"]}
for name, command in programs.items():
    attempt("subprocess " + name, lambda: ran(lambda: subprocess.run(command, **quiet)))
for name, how in {"system": lambda: os.system("true") or "ran", "libc": lambda: LIBC.system(b"true") or "ran",
                  "popen": lambda: os.popen("echo hello").read() or 1 / 0}.items():
    got = peek(name, how)
    if got in ("ran", "hello" + chr(10)):
        escaped("program by", name)
if not W["bare"]:
    attempt("exec", os.execv, "/bin/true", ["true"])
    attempt("exec of itself", os.execv, sys.executable, [sys.executable, "-c", "print('ESCAPED exec')"])
    for path in ("/bin/true", "/usr/bin/true", sys.executable):
        fd = peek("open", os.open, path, os.O_RDONLY)
        if fd is not None:
            attempt("exec by descriptor", os.execve, fd, ["true"], {})
            got = syscall("execveat", fd, ctypes.c_char_p(b""), 0, 0, 0x1000)
            if got >= 0:
                escaped("execveat")
    with open("script.sh", "w") as target:
        target.write("#!/bin/sh\\necho ESCAPED script")
    peek("mode", os.chmod, "script.sh", 0o755)
    attempt("own script", os.execv, "./script.sh", ["script.sh"])
"""

_DAEMON = """
import signal, threading
def daemon():
    if os.fork():
        return "a daemon was started"
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork():
        os._exit(0)
    LIBC.prctl(15, W["nonce"].encode()[:15], 0, 0, 0)
    time.sleep(60)
    os._exit(0)
attempt("fork", daemon)
attempt("session", os.setsid)
LIBC.prctl(15, W["nonce"].encode()[:15], 0, 0, 0)
peek("no death with the parent", lambda: LIBC.prctl(1, 0, 0, 0, 0))
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
def stay():
    while True:
        time.sleep(0.1)
for _ in range(3):
    threading.Thread(target=stay, daemon=False).start()
"""


def _no_core(world: World, outcomes: list[Outcome]) -> None:
    assert [outcome.state for outcome in outcomes[1:]] == ["reset"] * 3
    assert not [name for outcome in outcomes for name in outcome.names if "core" in name]
    assert world.cores() == []


def _server_is_untouched(world: World, outcomes: list[Outcome]) -> None:
    facts = world.server_facts()
    assert facts["signals"] == 0
    assert facts["nice"] == world.facts_before["nice"]
    assert facts["affinity"] == world.facts_before["affinity"]
    assert facts["descriptors"] == world.facts_before["descriptors"]


def _no_survivor(world: World) -> None:
    world.wait_until(lambda: not world.survivors() and not world.session_processes())


CASES = (
    case("sys_05_kill_parent", _SIGNALS, check=_server_is_untouched, control="signal to"),
    case("sys_07_tiocsti", _TERMINAL, control="a terminal opens"),
    case(
        "sys_08_core_dump_and_segv",
        *(_CRASH, _ABORT, _BUS, "print(6 * 7)"),
        expect=(CRASHED, CRASHED, CRASHED, OK),
        check=_no_core,
    ),
    case("sys_09_exec_other_binaries", _PROGRAMS, control="subprocess cat"),
    case("sys_10_daemon_survivor", _DAEMON, after=_no_survivor),
)
