"""Sessions in containers: the worker of the image, run by a stand-in for docker."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.providers.sandbox.container.rig import Docker, pieces, run
from vtai.core.code import CodeFigure, CodeOutput
from vtai.providers.sandbox.container import ContainerEngine
from vtai.providers.sandbox.engine import MIB, FileRefused
from vtai.providers.sandbox.session import LocalSession

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]


async def test_code_runs_streams_and_keeps_its_variables(session: LocalSession) -> None:
    events, end = await run(session, "import sys\nx = 20\nprint('out')\nprint('err', file=sys.stderr)\nx + 1")
    streams = {event.stream: event.text for event in events if isinstance(event, CodeOutput)}
    assert streams == {"stdout": "out\n", "stderr": "err\n"}
    assert (end.status, end.stdout, end.stderr, end.result) == ("ok", "out\n", "err\n", "21")
    assert (await run(session, "x * 2"))[1].result == "40"


async def test_what_code_prints_by_itself_never_looks_like_a_frame(session: LocalSession) -> None:
    _, end = await run(session, "import os\nos.write(1, bytes(16) + b'\\x00\\x00\\x00\\x02{}')\n'alive'")
    assert (end.status, end.result) == ("ok", "'alive'")
    assert end.stdout.endswith("{}")


async def test_all_that_was_printed_comes_before_the_end(session: LocalSession) -> None:
    events, end = await run(session, "print('x' * 300_000)")
    text = "".join(event.text for event in events if isinstance(event, CodeOutput))
    assert (end.status, len(text)) == ("ok", 300_001)


async def test_a_figure_comes_out(session: LocalSession) -> None:
    pytest.importorskip("matplotlib")
    events, end = await run(session, "from matplotlib import pyplot\npyplot.plot([1, 2])\nNone")
    assert end.status == "ok", end
    assert [event.data[:4] for event in events if isinstance(event, CodeFigure)] == [b"\x89PNG"]


async def test_files_go_in_and_out(session: LocalSession) -> None:
    await session.put("a.txt", pieces(b"x" * MIB, b"y" * MIB))
    _, end = await run(session, "open('b.txt', 'w').write(open('a.txt').read()[::-1])")
    assert end.status == "ok", end
    assert [(one.name, one.size_bytes) for one in session.made] == [("b.txt", 2 * MIB)]
    assert await session.get("b.txt", 4 * MIB) == b"y" * MIB + b"x" * MIB
    with pytest.raises(FileRefused):
        await session.get("none.txt", MIB)


async def test_code_that_takes_too_long_is_interrupted_and_keeps_its_variables(session: LocalSession) -> None:
    _, end = await run(session, "x = 1\nwhile True: pass", 0.5)
    assert (end.status, end.state) == ("timeout", "kept")
    assert (await run(session, "x"))[1].result == "1"


async def test_code_that_does_not_obey_ends_with_its_container(
    docker: Docker, engine: ContainerEngine, session: LocalSession
) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    _, end = await run(session, stubborn, 0.2)
    assert (end.status, end.state) == ("timeout", "reset")
    await session.close()
    await engine.close()
    (name,) = docker.started()
    assert ["rm", "--force", name] in docker.asked
    assert not docker.is_running(name)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param("import os\nos._exit(3)", "crashed", id="exit"),
        pytest.param("import ctypes\nctypes.string_at(0)", "crashed", id="segmentation fault"),
        pytest.param("import os\nos.closerange(3, 100)\nwhile True: pass", "crashed", id="closes everything"),
        pytest.param("import os\nwhile True: os.write(1, b'x' * 65536)", "output_limit", id="flood"),
        pytest.param("import os\nos.fork()", "error", id="fork"),
        pytest.param("import subprocess\nsubprocess.run(['true'])", "error", id="another program"),
        pytest.param("import socket\nsocket.create_connection(('127.0.0.1', 1))", "error", id="network"),
        pytest.param("x = bytearray(6 << 30)", "memory", id="memory"),
    ],
)
async def test_how_code_ends_is_told(session: LocalSession, code: str, status: str) -> None:
    _, end = await run(session, code, 5.0)
    assert end.status == status, end


async def test_code_cannot_look_into_or_end_what_passes_its_frames_on(session: LocalSession) -> None:
    _, end = await run(
        session,
        """
import os
done = []
try:
    os.kill(os.getppid(), 9)
    done.append("kill")
except OSError:
    pass
for name in ("mem", "environ", "fd/0"):
    try:
        open(f"/proc/{os.getppid()}/{name}", "rb").read(1)
        done.append(name)
    except OSError:
        pass
done
""",
    )
    assert (end.status, end.result) == ("ok", "[]"), end


async def test_a_session_at_rest_wakes_up_for_the_next_run(session: LocalSession) -> None:
    await run(session, "import threading, time\nx = 0\ndef count():\n    global x\n    while True: x += 1")
    await run(session, "threading.Thread(target=count, daemon=True).start()")
    await session.rest()
    _, end = await run(session, "x > 0")
    assert end.result == "True"


async def test_output_between_runs_waits_for_the_next_one(session: LocalSession) -> None:
    code = (
        "import os, threading, time\n"
        "def later():\n    time.sleep(0.2)\n    os.write(1, b'z' * 1_500_000)\n"
        "threading.Thread(target=later, daemon=True).start()"
    )
    await run(session, code)
    await asyncio.sleep(0.6)
    # Were it read, the pipe would fill and nothing else would come through.
    await session.put("a.txt", pieces(b"abc"))
    assert await session.get("a.txt", 10) == b"abc"
    assert (await run(session, "1"))[1].result == "1"
