"""The fork server makes sessions behind their walls, buries them, and takes them along when it ends."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vtai
from tests.providers.sandbox.inside.fork_servers import Server, fork_server
from tests.providers.sandbox.inside.sessions import HANG_S, Session
from vtai.providers.sandbox.inside import confine, frames
from vtai.providers.sandbox.inside.walls import Level, Walls

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the walls are those of Linux"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with fork_server(tmp_path / "cache") as started:
        yield started


def walls_of(level: Level, folder: Path) -> Walls:
    package = str(Path(vtai.__file__).parent)
    workspace = str(folder) if level == "B" else ""
    return Walls(level, workspace, confine.readable_paths(), confine.hidden_paths(package))


@pytest.fixture(params=["A", "B", "C"])
def walls(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Walls:
    """Of each level that works on this machine."""
    return working(server, request.param, tmp_path)


def working(server: Server, level: Level, tmp_path: Path) -> Walls:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    walls = walls_of(level, folder)
    reason = server.ask("probe", id=1, level=level, walls=walls.to_json())["reason"]
    if reason is not None:
        pytest.skip(f"level {level}: {reason}")
    return walls


@pytest.fixture
def some_walls(server: Server, tmp_path: Path) -> Walls:
    return working(server, "B", tmp_path)


def wait_until_gone(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        import select

        assert select.select([descriptor], [], [], HANG_S)[0]
    finally:
        os.close(descriptor)


def open_descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def test_it_says_hello_and_has_one_thread(server: Server) -> None:
    python = ".".join(map(str, sys.version_info[:3]))
    assert server.hello == {"op": "hello", "libraries": [], "python": python, "missing": []}
    assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1


def test_a_session_runs_code_in_its_own_folder(server: Server, walls: Walls) -> None:
    session = server.fork(walls)
    done = session.run("open('a.txt', 'w').write('abc')\nimport os, tempfile\nos.getcwd()")
    assert done["result"] == repr(walls.data)
    assert done["changed"] == [{"name": "a.txt", "size": 3}]
    assert session.get("a.txt") == b"abc"
    assert session.put("in/b.txt", b"xyz") is None
    assert session.run("open('in/b.txt').read()")["result"] == "'xyz'"
    assert session.run("os.path.expanduser('~')")["result"] == repr(walls.data)
    assert session.run("tempfile.TemporaryFile().write(b'abc')")["result"] == "3"


def test_a_session_is_stopped_and_goes_on(server: Server, walls: Walls) -> None:
    session = server.fork(walls)
    session.run("x = 1")
    session.send("run", id=1, code="import time\nprint('started')\ntime.sleep(10**6)")
    assert os.read(session.stdout, 100) == b"started\n"
    session.send("interrupt")
    assert session.wait_for("done")[0]["error"]["type"] == "KeyboardInterrupt"
    assert session.run("x")["result"] == "1"


def test_a_session_holds_only_its_own_descriptors(server: Server, walls: Walls) -> None:
    # Held: without it the first one would end, and its end would be told in between.
    first, session = server.fork(walls), server.fork(walls)
    code = """
import os, stat
def kind(n):
    try: return stat.S_IFMT(os.fstat(n).st_mode)
    except OSError: return None
[n for n in range(256) if kind(n)], stat.S_ISCHR(kind(0)), stat.S_ISFIFO(kind(1)), stat.S_ISSOCK(kind(3))
"""
    assert session.run(code)["result"] == "([0, 1, 2, 3], True, True, True)"
    assert first.run("1 + 1")["result"] == "2"


def test_the_rest_of_the_package_is_not_there(server: Server, walls: Walls) -> None:
    session = server.fork(walls)
    for name in ("vtai.core", "vtai.settings", "vtai.providers.sandbox.local"):
        assert session.run(f"import {name}")["error"]["type"] == "ModuleNotFoundError"
    code = f"import sys, os\n[p for p in sys.path if {str(Path(vtai.__file__).parents[1])!r} == p]"
    assert session.run(code)["result"] == "[]"


def test_sessions_do_not_share_variables_or_random_numbers(server: Server, some_walls: Walls) -> None:
    one, other = server.fork(some_walls), server.fork(some_walls)
    one.run("x = 1")
    assert other.run("x")["error"]["type"] == "NameError"
    assert (
        one.run("import random\nrandom.random()")["result"]
        != other.run("import random\nrandom.random()")["result"]
    )


ENDS = {
    "leaves": ("import os; os._exit(3)", 3, ""),
    "crashes": ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV, "SIGSEGV"),
    "goodbye": (None, 0, ""),
}


@pytest.mark.parametrize(("code", "status", "name"), ENDS.values(), ids=ENDS)
def test_the_end_of_a_session_is_told(
    server: Server, walls: Walls, code: str | None, status: int, name: str
) -> None:
    session = server.fork(walls)
    session.send("run", id=1, code=code) if code else session.send("bye")
    assert server.read() == {"op": "exited", "pid": server.sessions[0], "status": status, "signal": name}
    assert server.fork(walls).run("1")["result"] == "1"


def test_a_session_that_is_killed_is_gone(server: Server, walls: Walls) -> None:
    session = server.fork(walls)
    os.kill(server.sessions[0], signal.SIGKILL)
    ended = server.read()
    assert (ended["pid"], ended["status"], ended["signal"]) == (server.sessions[0], -9, "SIGKILL")
    assert session.has_ended()


def test_all_sessions_end_with_the_fork_server(server: Server, walls: Walls) -> None:
    busy, frozen = server.fork(walls), server.fork(walls)
    busy.send("run", id=1, code="while True: pass")
    os.kill(server.sessions[1], signal.SIGSTOP)
    server.control.close()
    assert server.process.wait(HANG_S) == 0
    assert busy.has_ended()
    assert frozen.has_ended()


def test_all_sessions_end_when_the_fork_server_is_killed(server: Server, walls: Walls) -> None:
    session = server.fork(walls)
    session.send("run", id=1, code="while True: pass")
    server.process.kill()
    assert session.has_ended()


def test_requests_that_make_no_sense_are_refused_and_the_next_one_works(
    server: Server, some_walls: Walls
) -> None:
    good = some_walls.to_json()
    null = os.open(os.devnull, os.O_RDONLY)
    before = open_descriptors(server)
    for header, count in (
        ({"op": "dance", "id": [1]}, 16),
        ({"op": "fork", "id": 1, "walls": good}, 0),
        ({"op": "fork", "id": 1, "walls": good}, 2),
        ({"op": "fork", "id": 1, "walls": good}, 4),
        ({"op": "fork", "id": 1}, 3),
        ({"op": "fork", "id": 1, "walls": []}, 3),
        ({"op": "fork", "id": 1, "walls": {**good, "level": "Z"}}, 3),
        ({"op": "fork", "id": 1, "walls": {**good, "workspace": "/nowhere"}}, 3),
        ({"op": "probe", "id": 1}, 3),
        # Descriptors are closed after the answer: with this one all of the others' are.
        ({"op": "dance", "id": 1}, 0),
    ):
        fields = {key: value for key, value in header.items() if key != "op"}
        answer = server.ask(str(header["op"]), [null] * count, **fields)
        assert answer["op"] == "refused", header
        assert answer["reason"]
    assert open_descriptors(server) == before
    assert server.fork(some_walls).run("1 + 1")["result"] == "2"
    os.close(null)


def test_nothing_is_left_in_the_fork_server_by_its_sessions(server: Server, walls: Walls) -> None:
    before = open_descriptors(server)
    for _ in range(3):
        server.fork(walls).send("bye")
        assert server.read()["op"] == "exited"
    assert open_descriptors(server) == before
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    assert not children.exists() or children.read_text() == ""


@pytest.mark.parametrize("raw", [b"GET / HTTP/1.1\r\n\r\n", struct.pack("!II", 1 << 31, 0)])
def test_what_is_no_frame_ends_it(server: Server, some_walls: Walls, raw: bytes) -> None:
    session = server.fork(some_walls)
    server.control.sendall(raw)
    assert server.process.wait(HANG_S) == 0
    assert session.has_ended()


def test_garbage_of_a_session_never_reaches_the_fork_server(server: Server, some_walls: Walls) -> None:
    session = server.fork(some_walls)
    session.send(
        "run",
        id=1,
        code="import os\nfor n in range(256):\n  try: os.write(n, b'x' * 1000)\n  except OSError: pass",
    )
    with pytest.raises(frames.BadFrame):
        session.wait_for("done")
    assert server.fork(some_walls).run("1")["result"] == "1"


def test_walls_that_cannot_be_sealed_refuse_the_session(server: Server, some_walls: Walls) -> None:
    limits = dataclasses.replace(some_walls.limits, descriptors=-5)
    walls = dataclasses.replace(some_walls, limits=limits).to_json()
    near, far = socket.socketpair()
    with near, far, Path(os.devnull).open("wb") as null:
        ends = [far.fileno(), null.fileno(), null.fileno()]
        assert server.ask("fork", ends, id=1, walls=walls)["op"] == "forked"
        far.close()
        header, _ = Session(near, -1, -1).wait_for("refused")
        assert header["reason"]
    assert server.read()["status"] != 0


def test_a_session_finds_the_libraries_loaded(tmp_path: Path) -> None:
    for name in ("numpy", "pandas", "matplotlib", "PIL"):
        pytest.importorskip(name)
    with fork_server(tmp_path / "cache", with_libraries=True) as server:
        assert {library.split()[0] for library in server.hello["libraries"]} >= {
            "numpy",
            "pandas",
            "matplotlib",
            "pillow",
        }
        assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1
        walls = working(server, "B", tmp_path)
        one, other = server.fork(walls), server.fork(walls)
        numbers = [each.run("import numpy as np\nnp.random.rand()")["result"] for each in (one, other)]
        assert numbers[0] != numbers[1]
        done = one.run("import pandas as pd\npd.DataFrame({'a': [1, 2]}).plot()\npd.DataFrame({'a': [1, 2]})")
        assert [header["op"] for header, _ in one.others] == ["table", "figure"]
        assert done["status"] == "ok"
        assert one.printed(one.stderr) == ""
