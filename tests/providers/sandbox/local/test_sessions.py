"""Sessions of the local engine, with real processes."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.providers.sandbox.fakes import printed
from tests.providers.sandbox.local.driving import STUBBORN, pieces, run
from vtai.core.code import CodeOutput, CodeResult
from vtai.providers.sandbox.engine import (
    KIB,
    MIB,
    FileRefused,
    Level,
    SessionLost,
)
from vtai.providers.sandbox.local import LocalEngine
from vtai.providers.sandbox.session import LocalSession

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]


async def test_code_runs_streams_and_keeps_its_variables(session: LocalSession) -> None:
    events, end = await run(session, "import sys\nx = 20\nprint('out')\nprint('err', file=sys.stderr)\nx + 1")
    assert {event.stream: event.text for event in events if isinstance(event, CodeOutput)} == {
        "stdout": "out\n",
        "stderr": "err\n",
    }
    assert (end.status, end.stdout, end.stderr, end.result, end.state) == (
        "ok",
        "out\n",
        "err\n",
        "21",
        "kept",
    )
    assert (await run(session, "x * 2"))[1].result == "40"


async def test_an_exception_is_told_and_the_session_lives_on(session: LocalSession) -> None:
    _, end = await run(session, "y = 5\n1 / 0")
    assert end.status == "error"
    assert end.error is not None
    assert end.error.type == "ZeroDivisionError"
    assert "line 2" in end.error.traceback
    assert (await run(session, "y"))[1].result == "5"


async def test_code_that_takes_too_long_is_interrupted_and_keeps_its_variables(session: LocalSession) -> None:
    _, end = await run(session, "x = 1\nwhile True: pass", 0.5)
    assert (end.status, end.state, end.notes) == ("timeout", "kept", ("The limit is 0.5 seconds.",))
    assert (await run(session, "x"))[1].result == "1"


async def test_code_that_does_not_obey_is_killed(session: LocalSession) -> None:
    _, end = await run(session, STUBBORN, 1.5)
    assert (end.status, end.state) == ("timeout", "reset")
    assert not session.is_alive
    with pytest.raises(SessionLost):
        await session.put("a", pieces(b"x"))
    assert (await run(session, "1"))[1].status == "unavailable"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        pytest.param(
            "held = []\nwhile True: held.append(bytearray(b'x') * (16 << 20))", "memory", id="memory"
        ),
        pytest.param("import os\nwhile True: os.write(1, b'x' * 65536)", "output_limit", id="output"),
        pytest.param("import os\nos._exit(3)", "crashed", id="exit"),
        pytest.param("import ctypes\nctypes.string_at(0)", "crashed", id="segmentation fault"),
        pytest.param("import os\nos.closerange(0, 64)\nwhile True: pass", "crashed", id="closes everything"),
        pytest.param(
            "import os\nfor number in range(3, 64):\n  try: os.write(number, b'x' * 5000)\n"
            "  except OSError: pass\nwhile True: pass",
            "crashed",
            id="garbage on every descriptor",
        ),
    ],
)
async def test_what_code_does_to_its_process_is_told(
    engine: LocalEngine, session: LocalSession, level: Level, code: str, status: str
) -> None:
    # One that has closed its connection is found out when its time is up.
    _, end = await run(session, code, 2.0 if "closerange" in code else 60.0)
    assert (end.status, end.state) == (status, "reset")
    other = await engine.open_at(level)
    assert (await run(other, "1 + 1"))[1].result == "2"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param('{"op":"done","id":1,"status":"ok","result":7}', id="a result that is no text"),
        pytest.param('{"op":"done","id":99,"status":"ok"}', id="of another run"),
        pytest.param('{"op":"file","id":1,"more":false}', id="an answer to nothing"),
        pytest.param('{"op":"ready","level":"A"}', id="ready again"),
        pytest.param('{"op":"exited","pid":1}', id="not its to say"),
    ],
)
async def test_a_forged_answer_costs_the_session_its_life(session: LocalSession, header: str) -> None:
    forged = (
        f"import os, struct\nheader = {header!r}.encode()\n"
        "frame = struct.pack('!II', len(header), 0) + header\n"
        "for number in range(3, 64):\n  try: os.write(number, frame)\n  except OSError: pass\n"
        "while True: pass"
    )
    _, end = await run(session, forged)
    assert (end.status, end.state) == ("crashed", "reset")


async def test_a_full_folder_ends_in_an_error_or_a_kill(session: LocalSession, level: Level) -> None:
    fill = "number = 0\nwhile True:\n  number += 1\n  open(f'f{number}', 'wb').write(bytes(1 << 20))"
    _, end = await run(session, fill)
    assert end.status == ("disk_limit" if level == "B" else "error")


async def test_long_output_keeps_its_beginning_and_its_end(session: LocalSession) -> None:
    events, end = await run(session, "print('begin')\nfor _ in range(100_000): print('x' * 9)\nprint('end')")
    assert end.status == "ok"
    assert end.stdout.startswith("begin\n")
    assert end.stdout.endswith("end\n")
    assert len(end.stdout) < 5 * KIB
    assert len(printed(events)) == 64 * KIB
    assert end.notes == (
        "1,000,010 bytes were printed; of what is longer the middle is left out here.",
        "The person was shown the beginning of the output only.",
    )


async def test_files_go_in_and_come_out(session: LocalSession) -> None:
    content = os.urandom(3 * MIB + 17)
    await session.put(
        "in.bin", pieces(content[:MIB], content[MIB : 2 * MIB], content[2 * MIB :][:MIB], b"x" * 0)
    )
    await session.put("empty", pieces())
    _, end = await run(
        session, "data = open('in.bin', 'rb').read()\nopen('out.bin', 'wb').write(data[::-1])\nlen(data)"
    )
    assert end.result == str(3 * MIB)
    assert [(file.name, file.size_bytes) for file in session.made] == [("out.bin", 3 * MIB)]
    assert await session.get("out.bin", 4 * MIB) == content[: 3 * MIB][::-1]
    assert await session.get("empty", 10) == b""


async def test_only_regular_files_within_the_limit_come_out(session: LocalSession) -> None:
    await run(session, "import os\nos.symlink('/etc/passwd', 'link')\nopen('big', 'wb').write(bytes(2000))")
    for name in ("link", "big", "missing", "../../etc/passwd"):
        with pytest.raises(FileRefused):
            await session.get(name, 1000)
    assert (await run(session, "1 + 1"))[1].result == "2"


async def test_a_file_that_does_not_fit_is_refused_and_the_session_lives_on(
    session: LocalSession, level: Level
) -> None:
    if level == "B":
        pytest.skip("the folder has no quota at this level")
    with pytest.raises(FileRefused):
        await session.put("big", pieces(*[bytes(MIB)] * 40))
    assert (await run(session, "1 + 1"))[1].result == "2"


async def test_stopped_code_ends_and_its_variables_stay(session: LocalSession) -> None:
    code = "import time\nx = 3\nprint('on', flush=True)\ntime.sleep(1000)"
    async with aclosing(session.run(code, 60)) as events:
        assert await anext(events) == CodeOutput("stdout", "on\n")
    await session.rest()
    assert session.is_alive
    assert (await run(session, "x"))[1].result == "3"


async def test_stopped_code_that_does_not_obey_is_killed(session: LocalSession) -> None:
    async with aclosing(session.run(STUBBORN, 60)) as events:
        await anext(events)
    await session.rest()
    assert not session.is_alive


async def test_an_interrupt_from_outside_is_a_keyboard_interrupt(session: LocalSession) -> None:
    code = "print('on', flush=True)\nwhile True: pass"
    ends = []
    async with aclosing(session.run(code, 60)) as events:
        async for event in events:
            if isinstance(event, CodeOutput):
                await session.interrupt()
            ends.append(event)
    assert isinstance(ends[-1], CodeResult)
    assert ends[-1].status == "error"
    assert session.is_alive


async def test_a_resting_session_uses_no_processor_and_wakes_up(session: LocalSession) -> None:
    spinning = "threading.Thread(target=spin, daemon=True).start()"
    await run(session, f"import threading\ndef spin():\n  while True: pass\n{spinning}")
    await session.rest()
    while _state_of(session.pid) != "T":
        await asyncio.sleep(0.01)
    assert (await run(session, "1 + 1"))[1].result == "2"


def _state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
