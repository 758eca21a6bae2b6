"""Taking time: loops that end when asked and loops that do not, threads, waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import ANY, ENDED, ERROR, OK, TIMEOUT, Outcome, case

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_LIMIT_S = 3.0
_SIGNAL_PROOF = """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except BaseException as why:
        pass
try:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    signal.signal(signal.SIGINT, lambda *a: None)
except BaseException as why:
    pass
while True:
    try:
        while True:
            try:
                time.sleep(0.01)
            except BaseException:
                pass
    except BaseException:
        pass
"""
_C_LOOP = "import collections, itertools\ncollections.deque(itertools.repeat(0), maxlen=0)\n"
_REGEX = "import re\nre.match('(a+)+$', 'a' * 60 + 'b')\n"

_THREADS = """
import threading
hold = threading.Event()
made = 0
try:
    for _ in range(5 if W["bare"] else 5000):
        threading.Thread(target=hold.wait, daemon=True).start()
        made += 1
except BaseException as why:
    refused("thread", why)
if made > 1000 or (W["bare"] and made):
    escaped("threads", made)
hold.set()
print(made, "threads")
"""

_FORKS = """
import multiprocessing, signal
def recurse(depth):
    # Bounded, should there be no wall: two to the power of three at most.
    if depth:
        for _ in range(2):
            if os.fork() == 0:
                recurse(depth - 1)
                os._exit(0)
def fork():
    pid = os.fork()
    if pid == 0:
        if not W["bare"]:
            recurse(3)
        os._exit(0)
    os.waitpid(pid, 0)
    return pid
def raw(*call):
    pid = syscall(*call)
    if pid == 0:
        os._exit(0)
    if pid < 0:
        raise OSError(-pid, os.strerror(-pid))
    os.waitpid(pid, 0)
    return pid
attempt("fork", fork)
attempt("clone", raw, "clone", signal.SIGCHLD, 0, 0, 0, 0)
attempt("clone for a parent", raw, "clone", 0x8000 | signal.SIGCHLD, 0, 0, 0, 0)
attempt("clone3", raw, "clone3", (ctypes.c_ulonglong * 11)(0, 0, 0, 0, signal.SIGCHLD), 88)
if not W["bare"]:
    if "fork" in NR:
        attempt("fork by number", raw, "fork")
        # A plain one in its stead: what shares the stack would break this test's own process.
    attempt("forkpty", lambda: os.forkpty()[0] or os._exit(0))
    attempt("spawn", lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", "1"], {}))
    for how in ("fork", "spawn", "forkserver"):
        def start():
            process = multiprocessing.get_context(how).Process(target=abs, args=(1,))
            process.start()
            process.join(5)
            return process.exitcode
        got = peek(how, start)
        if got == 0:
            escaped("a process of multiprocessing", how)
"""

_LEFT_BEHIND = """
import threading, zlib
def burn():
    block = b"abcdefgh" * 100000
    while True:
        zlib.compress(block, 9)
for _ in range(3):
    threading.Thread(target=burn, daemon=True).start()
time.sleep(0.2)
used = time.process_time()
"""
_LEFT_BEHIND_AFTER = """
grown = time.process_time() - used
print("grown", grown)
if grown > 2.0:
    escaped("the threads ran on", grown)
"""
_LEFT_BEHIND_LIMIT = """
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
print("limit", soft, hard)
if soft == resource.RLIM_INFINITY or hard == resource.RLIM_INFINITY:
    escaped("no limit of processor time")
"""
_HOLDS_THE_INTERPRETER = """
import collections, itertools, threading, time
open("made.txt", "w").write("x")
def hold():
    time.sleep(0.05)
    collections.deque(itertools.repeat(0), maxlen=0)
threading.Thread(target=hold, daemon=True).start()
time.sleep(0.04)
"""


def _kept(world: World, outcomes: list[Outcome]) -> None:
    assert outcomes[-1].state == "kept"
    assert outcomes[-1].stdout.strip() == "42"


def _reset(world: World, outcomes: list[Outcome]) -> None:
    assert outcomes[-1].state == "reset"
    assert outcomes[-1].stdout.strip() == "42"
    assert any("variables" in note for note in outcomes[-1].notes), outcomes[-1].notes


def _nothing_left(world: World, outcomes: list[Outcome]) -> None:
    assert world.survivors() == []


def _end_of_file(world: World, outcomes: list[Outcome]) -> None:
    error = outcomes[0].error
    assert error is not None
    assert error["type"] == "EOFError"


_COUNT = ("x = 41", "print(x + 1)")
_AFRESH = "print(6 * 7)"

CASES = (
    case(
        "res_01_infinite_loop",
        *(_COUNT[0], "while True: pass", _COUNT[1]),
        expect=(OK, TIMEOUT, OK),
        timeout_s=_LIMIT_S,
        check=_kept,
    ),
    case(
        "res_02_signal_proof_loop",
        *(_SIGNAL_PROOF, _AFRESH),
        expect=(TIMEOUT, OK),
        timeout_s=_LIMIT_S,
        check=_reset,
    ),
    case(
        "res_03_c_loop_holding_gil",
        *(_C_LOOP, _AFRESH),
        expect=(TIMEOUT, OK),
        timeout_s=_LIMIT_S,
        check=_reset,
    ),
    case("res_06_fork_bomb", _FORKS, check=_nothing_left, control="fork"),
    case("res_07_thread_bomb", _THREADS, expect=(ANY,), control="threads"),
    case(
        "res_23_background_thread_after_call",
        *(_LEFT_BEHIND, _LEFT_BEHIND_AFTER, _LEFT_BEHIND_LIMIT),
        *(_HOLDS_THE_INTERPRETER, "print(6 * 7)", "print(6 * 7)"),
        expect=(OK, OK, OK, ANY, ANY, ANY),
        timeout_s=_LIMIT_S,
        pause_s=3.0,
    ),
    case(
        "res_24_sleep_forever",
        *(_COUNT[0], "import time\ntime.sleep(10**6)", _COUNT[1]),
        expect=(OK, TIMEOUT, OK),
        timeout_s=_LIMIT_S,
        check=_kept,
    ),
    case(
        "res_25_stdin_wait",
        "escaped('a line of standard input', input())",
        expect=(ERROR,),
        check=_end_of_file,
        control="a line of standard input",
    ),
    case("res_26_regex_dos", _REGEX, expect=(TIMEOUT,), timeout_s=_LIMIT_S),
    case(
        "res_27_compile_bomb",
        *(
            "eval('(' * 100000 + ')' * 100000)",
            "eval('-' * 1000000 + '1')",
            "eval('0' + '+1' * 300000)",
            "exec('x = ' + '[' * 500 + ']' * 500 + chr(10) + 'y = ' + '(' * 150 + '1' + ',)' * 150)",
            "import ast\nast.literal_eval('[' * 5000 + ']' * 5000)",
            "len((1,) * 10**10)",
            "2 ** 10**9 and len('x' * (1 << 40))",
        ),
        expect=(ANY,),
        timeout_s=8.0,
    ),
)
assert ENDED <= ANY
