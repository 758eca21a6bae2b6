"""A session in a process of its own: code runs, files move and code is stopped, all over one connection."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers.sandbox.inside.sessions import HANG_S, Session, bare
from vtai.providers.sandbox.inside import frames, worker

pytestmark = pytest.mark.slow

Bare = tuple[Session, "subprocess.Popen[bytes]"]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Bare]:
    with bare(tmp_path) as started:
        yield started


@pytest.fixture
def session(both: Bare) -> Session:
    return both[0]


def test_code_runs_and_its_variables_stay(session: Session) -> None:
    assert session.run("x = 20\nx + 1") == {
        "op": "done",
        "id": 1,
        "status": "ok",
        "result": "21",
        "error": None,
        "figures_left_out": 0,
        "notes": [],
        "changed": [],
        "changed_left_out": False,
    }
    assert session.run("x * 2")["result"] == "40"


def test_code_may_come_as_payload(session: Session) -> None:
    code = b"# " + b"x" * 500_000 + b"\n'gr\xc3\xb6\xc3\x9fe'"
    session.send("run", code, id=9)
    assert session.wait_for("done")[0]["result"] == "'größe'"


PRINTS = {
    "print": ("print('a')", "a\n", ""),
    "no newline": ("print('a', end='')", "a", ""),
    "to the other stream": ("import sys; print('a', file=sys.stderr)", "", "a\n"),
    "raw": ("import os; os.write(1, b'a'); os.write(2, b'b'); None", "a", "b"),
    "C library": ("import ctypes; ctypes.CDLL(None).printf(b'a'); None", "a", ""),
    "half a character": ("print('\\ud800')", "\\ud800\n", ""),
    "warning": ("import warnings; warnings.warn('careful')", "", "<code 1>:1: UserWarning: careful\n"),
}


@pytest.mark.parametrize(("code", "out", "err"), PRINTS.values(), ids=PRINTS)
def test_all_that_was_printed_is_there_at_the_end(session: Session, code: str, out: str, err: str) -> None:
    session.run(code)
    assert session.printed() == out
    assert session.printed(session.stderr).startswith(err)


BROKEN_STREAMS = {
    "closed": "import sys; sys.stdout.close(); sys.stdin.close()",
    "replaced": "import io, sys; sys.stdout = io.StringIO()",
    "gone": "import sys; del sys.stdout, sys.stdin",
    "exit closes it": "exit()",
}


@pytest.mark.parametrize("code", BROKEN_STREAMS.values(), ids=BROKEN_STREAMS)
def test_streams_work_again_in_the_next_run(session: Session, code: str) -> None:
    session.run(code)
    assert session.run("print('here')\ninput()")["error"]["type"] == "EOFError"
    assert session.printed() == "here\n"


def test_asking_for_input_is_an_error_at_once(session: Session) -> None:
    error = session.run("input('name?')")["error"]
    assert error["type"] == "EOFError"
    assert session.printed() == "name?"


LOOPS = {
    "loop": "while True: pass",
    "sleep": "import time; time.sleep(10**6)",
    "lock": "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "repr": "class Slow:\n    def __repr__(self):\n        while True: pass\nSlow()",
    "message": "class Slow(Exception):\n    def __str__(self):\n        while True: pass\nraise Slow",
    "handler taken": "import signal as s\ns.signal(s.SIGINT, s.default_int_handler)\nwhile True: pass",
}


@pytest.mark.parametrize("code", LOOPS.values(), ids=LOOPS)
def test_code_is_stopped_and_its_variables_stay(session: Session, code: str) -> None:
    session.run("x = 5")
    session.send("run", id=1, code="print('started', flush=True)\n" + code)
    started = os.read(session.stdout, 100)
    assert started == b"started\n"
    session.send("interrupt")
    done, _ = session.wait_for("done")
    assert done["status"] == "error"
    assert done["error"]["type"] == "KeyboardInterrupt" or "KeyboardInterrupt" in done["error"]["traceback"]
    assert session.run("x")["result"] == "5"


def test_a_stop_that_comes_right_after_the_start_is_not_lost(session: Session) -> None:
    for _ in range(20):
        session.send("run", id=1, code="while True: pass")
        session.send("interrupt")
        assert session.wait_for("done")[0]["error"]["type"] == "KeyboardInterrupt"


def test_a_stop_for_nothing_or_for_another_run_does_nothing(session: Session) -> None:
    session.send("interrupt")
    session.send("interrupt", id=1)
    assert session.run("1")["status"] == "ok"
    session.send("run", id=7, code="import time\nfor _ in range(20): time.sleep(0.01)\n'end'")
    session.send("interrupt", id=6)
    assert session.wait_for("done", id=7)[0]["result"] == "'end'"


def test_stops_while_much_is_sent_never_break_a_frame(session: Session) -> None:
    code = "send = display.__self__._send\nfor n in range(10**9): send({'op': 'figure'}, b'x' * 3000)"
    for _ in range(10):
        session.send("run", id=1, code=code)
        for _ in range(20):
            assert session.wait_for("figure")[1] == b"x" * 3000
        session.send("interrupt")
        assert session.wait_for("done")[0]["error"]["type"] == "KeyboardInterrupt"


def test_code_can_send_itself_the_signal(session: Session) -> None:
    assert (
        session.run("import signal\nsignal.raise_signal(signal.SIGINT)")["error"]["type"]
        == "KeyboardInterrupt"
    )


def test_files_go_in_and_out_while_code_runs(session: Session) -> None:
    session.send("run", id=1, code="while True: pass")
    data = os.urandom(frames.MAX_PAYLOAD_BYTES)
    assert session.put("sub/a.bin", data, b"", b"end") is None
    assert session.get("sub/a.bin") == data + b"end"
    session.send("list", id=4)
    listed, _ = session.wait_for("listed", id=4)
    assert listed["files"] == [{"name": "sub/a.bin", "size": len(data) + 3, "changed": False}]
    assert not listed["left_out"]
    session.send("interrupt")
    assert session.wait_for("done")[0]["changed"] == []
    assert session.run("len(open('sub/a.bin', 'rb').read())")["result"] == str(len(data) + 3)


def test_files_that_the_code_wrote_are_named(session: Session) -> None:
    done = session.run("open('a.txt', 'w').write('abc')")
    assert done["changed"] == [{"name": "a.txt", "size": 3}]
    assert session.get("a.txt") == b"abc"
    assert session.run("1")["changed"] == []


def test_a_file_that_cannot_be_put_or_got_is_told_once(session: Session) -> None:
    assert session.put("../a", b"1", b"2", b"3") == "The name is not a plain relative name."
    assert session.get("missing") == "There is no file missing that can be read."
    assert session.put("a", b"12345") is None
    assert session.get("a", max_bytes=4) == "a is larger than 4 bytes."
    assert session.others == []


def test_two_files_may_come_in_turns(session: Session) -> None:
    for more in (True, False):
        for put_id in (1, 2):
            session.send("put", b"%d" % put_id, id=put_id, name=f"{put_id}.txt", more=more)
    session.wait_for("putted", id=2)
    assert (session.get("1.txt"), session.get("2.txt")) == (b"11", b"22")


def test_a_swap_during_collection_never_leads_outside(session: Session, tmp_path: Path) -> None:
    secret = tmp_path.parent / f"{tmp_path.name}-secret"
    secret.write_text("secret")
    session.run(f"""
import os, threading
def swap():
    while True:
        for make in (lambda: os.symlink({str(secret)!r}, "b"), lambda: open("b", "w").write("mine")):
            make(); os.rename("b", "a")
threading.Thread(target=swap, daemon=True).start()""")
    got = {session.get("a") for _ in range(300)}
    assert got <= {b"mine", b"", "There is no file a that can be read."}
    assert b"mine" in got


def test_the_session_ends_with_its_connection(both: Bare) -> None:
    session, process = both
    session.sock.close()
    assert process.wait(HANG_S) == 0


def test_goodbye_ends_the_session_also_while_code_runs(both: Bare) -> None:
    session, process = both
    session.send("run", id=1, code="while True: pass")
    session.send("bye")
    assert session.has_ended()
    assert process.wait(HANG_S) == 0


NONSENSE = {
    "garbage": b"GET / HTTP/1.1\r\n\r\n",
    "endless": struct.pack("!II", 1 << 31, 1 << 31),
    "unknown": frames.encode({"op": "done"}),
    "run without id": frames.encode({"op": "run", "code": "1"}),
    "id is a text": frames.encode({"op": "run", "id": "1", "code": "1"}),
    "id is true": frames.encode({"op": "list", "id": True}),
    "code is a number": frames.encode({"op": "run", "id": 1, "code": 1}),
    "get without size": frames.encode({"op": "get", "id": 1, "name": "a"}),
    "put without name": frames.encode({"op": "put", "id": 1}),
    "too many puts": b"".join(
        frames.encode({"op": "put", "id": n, "name": f"{n}", "more": True}) for n in range(9)
    ),
}


@pytest.mark.parametrize("raw", NONSENSE.values(), ids=NONSENSE)
def test_a_request_that_breaks_the_rules_ends_the_session(both: Bare, raw: bytes) -> None:
    session, process = both
    session.sock.sendall(raw)
    assert session.has_ended()
    assert process.wait(HANG_S) == worker.BAD_REQUEST


ENDINGS = {
    "os._exit": ("import os; os._exit(3)", 3),
    "abort": ("import os; os.abort()", -6),
    "bad pointer": ("import ctypes; ctypes.string_at(0)", -11),
    "descriptors closed": ("import os; os.closerange(0, 65536)", worker.NO_CONNECTION),
}


@pytest.mark.parametrize(("code", "status"), ENDINGS.values(), ids=ENDINGS)
def test_code_that_ends_the_process_ends_its_session(both: Bare, code: str, status: int) -> None:
    session, process = both
    session.send("run", id=1, code=code)
    assert session.has_ended()
    assert process.wait(HANG_S) == status


THREADS = """
import threading
def spin():
    while True: pass
for _ in range(6): threading.Thread(target=spin).start()"""
TAMPERING = {
    "modules": "import json, os, threading\njson.dumps = os.write = threading.Lock = os.open = None",
    "switching": "import sys; sys.setswitchinterval(10**6)",
    "tracing": "import sys; sys.setprofile(lambda *a: 1 / 0)",
    "threads": THREADS,
    "main": "import sys; del sys.modules['__main__']",
    "own builtins": "import builtins; del builtins.repr, builtins.len",
    "warnings are errors": "import warnings; warnings.simplefilter('error')",
}  # fmt: skip


@pytest.mark.parametrize("code", TAMPERING.values(), ids=TAMPERING)
def test_tampering_ends_the_session_at_worst(session: Session, code: str) -> None:
    for step in (code, "1", "2"):
        session.send("run", id=1, code=step)
        try:
            assert session.wait_for("done")[0]["op"] == "done"
        except (EOFError, ConnectionError):
            return


def test_random_numbers_are_new_after_a_reseed() -> None:
    import random

    random.seed(1)
    first = random.random()
    random.seed(1)
    worker.reseed()
    assert random.random() != first
