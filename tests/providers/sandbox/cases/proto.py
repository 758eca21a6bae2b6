"""Breaking the worker, ending the process, looking for what the host left in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import ANY, CRASHED, ENDED, ERROR, OK, Outcome, case
from tests.providers.sandbox.cases.neighbour import BESIDE, is_well

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_CLOSE = "import os\nos.closerange(0, 4096)\n"
_CLOSE_ONE = (
    "import os\nfor fd in range(3, 256):\n    try:\n        os.close(fd)\n    except OSError:\n        pass\n"
)
_CLOSE_SOME = "import os\nos.close(1)\nos.close(2)\nprint('x' * 100)\n"
_SHUT = """
import socket
for fd in range(3, 64):
    try:
        socket.socket(fileno=fd).shutdown(socket.SHUT_RDWR)
    except BaseException as why:
        print(why)
"""

# The first process of a namespace cannot signal itself to death; ending its last thread it can.
_FALLS = """
import ctypes, threading
threading.Thread(target=lambda: ctypes.CDLL(None).exit(7)).start()
import time
time.sleep(60)
"""

_MONKEY = """
import builtins, gc, io, json, sys, threading, types
class Evil:
    def __call__(self, *a, **k):
        raise BaseException("no")
    def __getattr__(self, name):
        return self
evil = Evil()
for module in list(sys.modules.values()):
    for name in list(vars(module)) if getattr(module, "__name__", "").rpartition(".")[2] in (
        "frames", "worker", "execute", "display", "storage", "json", "struct", "traceback", "ast",
        "linecache") else ():
        try:
            setattr(module, name, evil)
        except BaseException:
            pass
sys.stdout = sys.stderr = sys.stdin = sys.displayhook = sys.excepthook = evil
threading.Thread.run = evil
os.write = os.read = evil
sys.modules.clear()
for name in ("print", "repr", "isinstance", "len", "compile", "exec", "eval", "open", "__import__",
    "__build_class__", "str"):
    setattr(builtins, name, evil)
"""
_TRACING = """
import sys, threading
def trace(*a):
    raise SystemExit("traced")
sys.settrace(trace)
threading.settrace(trace)
sys.setprofile(trace)
"""
_AUDIT = "import sys\nsys.addaudithook(lambda *a: 1 / 0)\n"

_WALK = """
import gc, socket
mine = set()
def known(value):
    mine.add(id(value))
    if isinstance(value, dict):
        for name, one in value.items():
            known(name), known(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            known(one)
known(W)
avoid = [W["home"], W["config"], W["data"], W["secret_file"], W["unix"]]
known(avoid)
found, seen, sockets, todo = set(), set(), [], []
frame = sys._getframe()
while frame:
    todo += [dict(frame.f_locals), dict(frame.f_globals), frame.f_code.co_filename]
    frame = frame.f_back
todo += gc.get_objects() + [vars(module) for module in list(sys.modules.values()) if hasattr(module,
    "__dict__")]
until = time.monotonic() + 12
while todo and time.monotonic() < until:
    value = todo.pop()
    if id(value) in seen or id(value) in mine:
        continue
    seen.add(id(value))
    kind = type(value)
    if kind in (str, bytes):
        if has_secret(value):
            found.add("the secret")
        text = value if kind is str else value.decode("latin-1")
        found |= {"a path of the host " + one for one in avoid if one in text and len(text) < 10000}
    elif kind is dict:
        for name, one in list(value.items()):
            todo += [name, one]
    elif kind in (list, tuple, set, frozenset):
        todo += list(value)
    elif isinstance(value, socket.socket):
        sockets.append(value.fileno())
    elif str(kind.__module__).startswith("vtai.") and ".inside" not in str(kind.__module__):
        found.add("an object of the host " + repr(kind))
for name in list(sys.modules):
    if name.startswith("vtai.") and hasattr(sys.modules[name], "__file__") and ".inside" not in name:
        if getattr(sys.modules[name], "__file__", None):
            found.add("a module of the host " + name)
sockets = [fd for fd in sockets if fd >= 0]
if len(set(sockets)) > 1:
    found.add("sockets %r" % sorted(set(sockets)))
for one in sorted(found):
    escaped("found", one)
print(len(seen), "objects seen")
assert len(seen) > 1000
"""

_PICKLE = """
import pickle
class Evil:
    def __reduce__(self):
        return (open, (W["outside"] + "/pwned", "w"))
    def __repr__(self):
        return "__import__('os').close(__import__('os').open(%r, 65))" % (W["outside"] + "/pwned")
    __str__ = __repr__
class Text(str):
    def __reduce__(self):
        return (open, (W["outside"] + "/pwned", "w"))
raw = pickle.dumps(Evil())
for name in ("evil.pkl", "evil.npy", "evil.joblib", "evil.pt", "__init__.py", "conftest.py",
    "sitecustomize.py"):
    open(name, "wb").write(raw if not name.endswith(".py") else b"open(%r, 'w')" % (W["outside"] + "/pwned"))
import numpy
numpy.save("objects.npy", numpy.array([Evil()], dtype=object), allow_pickle=True)
print(repr(Evil()))
"""
_PICKLE_RESULT = "class Worse(Evil):\n    pass\nWorse()"
_PICKLE_ERROR = "class Bad(Exception, Evil):\n    pass\nraise Bad(Text('x'), Evil())"


def _nothing_ran_here(world: World, outcomes: list[Outcome]) -> None:
    assert world.outside_now() == world.outside_before
    is_well(world, outcomes)


def _exit_was_told(world: World, outcomes: list[Outcome]) -> None:
    assert [outcome.state for outcome in outcomes[1:]] == ["reset"] * 3
    is_well(world, outcomes)


def _ended_the_call_only(world: World, outcomes: list[Outcome]) -> None:
    assert outcomes[-1].stdout.strip().endswith("41")
    assert outcomes[-1].state == "kept"


CASES = (
    case(
        "proto_02_close_all_fds",
        *(_CLOSE, _CLOSE_ONE, _CLOSE_SOME, _SHUT),
        expect=(ANY,),
        check=is_well,
        **BESIDE,
    ),
    case(
        "proto_03_exit",
        *("import os\nos._exit(0)", "import os\nos._exit(3)", _FALLS),
        "print(6 * 7)",
        expect=(CRASHED, CRASHED, CRASHED, OK),
        check=_exit_was_told,
        **BESIDE,
    ),
    case(
        "proto_04_sys_exit",
        *("x = 41\nimport sys\nsys.exit(3)", "raise SystemExit('bye')", "exit()", "print(x)"),
        expect=(ENDED, ENDED, ENDED, OK),
        check=_ended_the_call_only,
    ),
    case(
        "proto_05_monkeypatch_worker",
        *(_MONKEY, _TRACING, _AUDIT),
        expect=(ANY,),
        check=is_well,
        survives=False,
        **BESIDE,
    ),
    case("proto_06_frame_walk", _WALK, timeout_s=40),
    case(
        "proto_07_pickle_return",
        *(_PICKLE, _PICKLE_RESULT, _PICKLE_ERROR),
        expect=(OK, OK, ERROR),
        check=_nothing_ran_here,
        **BESIDE,
    ),
)
