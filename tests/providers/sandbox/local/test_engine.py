"""The local engine as a whole: its processes, its self-test, conversations on it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from tests.providers.sandbox.fakes import attached, end_of, key
from tests.providers.sandbox.local.driving import STUBBORN, pieces, run
from tests.providers.sandbox.world import NOBODY, ROOT, as_user
from vtai.core.code import CodeOutput, CodeRequest
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import (
    MIB,
    Level,
    NoSession,
    SandboxOptions,
)
from vtai.providers.sandbox.local import LocalEngine

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")]


async def test_closing_leaves_no_process_no_folder_and_no_descriptor(
    engine: LocalEngine, level: Level, options: SandboxOptions
) -> None:
    before = _descriptors()
    session = await engine.open_at(level)
    await run(session, "import os\nfor _ in range(300): os.mkdir('d'); os.chdir('d')\nopen('f', 'w').close()")
    await session.close()
    await session.close()
    assert not Path(f"/proc/{session.pid}").exists()
    assert options.folder is not None
    assert not list(options.folder.glob("*/work/*"))
    assert _descriptors() == before


async def test_closing_the_engine_ends_every_session(engine: LocalEngine, level: Level) -> None:
    sessions = [await engine.open_at(level) for _ in range(3)]
    await engine.close()
    await engine.close()
    assert [session.is_alive for session in sessions] == [False] * 3
    with pytest.raises(NoSession):
        await engine.open_at(level)


async def test_the_process_that_sessions_come_from_is_started_again(
    engine: LocalEngine, level: Level
) -> None:
    first = await engine.open_at(level)
    parent = int(Path(f"/proc/{first.pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    _, end = await run(first, "while True: pass")
    assert (end.status, end.state) == ("crashed", "reset")
    second = await engine.open_at(level)
    assert (await run(second, "1 + 1"))[1].result == "2"


def test_it_works_on_uvloop_too(options: SandboxOptions) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def all_of_it() -> str | None:
        engine = LocalEngine(options)
        try:
            level: Level = "B" if await engine.probe("A") else "A"
            session = await engine.open_at(level)
            await session.put("in.bin", pieces(bytes(MIB), bytes(MIB)))
            return (await run(session, "len(open('in.bin', 'rb').read())"))[1].result
        finally:
            await engine.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(all_of_it()) == str(2 * MIB)


@pytest.mark.parametrize(
    "user", [pytest.param(os.getuid(), id="this user"), pytest.param(NOBODY, id="nobody")]
)
def test_the_self_test_passes(user: int, level: Level, tmp_path: Path) -> None:
    if os.getuid() != 0 and user != os.getuid():
        pytest.skip("needs root")
    script = f"""
import asyncio
from vtai.providers.sandbox.engine import SandboxOptions
from vtai.providers.sandbox.local import LocalEngine

async def main():
    engine = LocalEngine(SandboxOptions(level={level!r}))
    report = await engine.report()
    await engine.close()
    if report.checks and not report.checks[0].passed:
        print("no such level:", report.reason)
    else:
        print(report.is_usable, report.level, report.reason, [c for c in report.checks if not c.passed])

asyncio.run(main())
"""
    command = as_user(user, [sys.executable, "-c", script])
    environment = {"PATH": os.environ["PATH"], "OPENAI_API_KEY": "sk-canary"}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    if ran.stdout.startswith("no such level"):
        pytest.skip(ran.stdout)
    assert ran.stdout == f"True {level}  []\n", ran.stderr


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_a_conversation_goes_on_after_a_crash_with_its_files(
    sandbox: Conversations, tmp_path: Path
) -> None:
    data = attached(tmp_path, "data.csv", b"a,b\n1,2\n")
    made = await end_of(
        sandbox, "text = open('data.csv').read()\nopen('up.txt', 'w').write(text)", files=(data,)
    )
    assert [(file.name, file.media_type, file.data) for file in made.files] == [
        ("up.txt", "text/plain", b"a,b\n1,2\n")
    ]
    assert (await end_of(sandbox, "import os\nos._exit(1)")).state == "reset"
    again = await end_of(sandbox, "open('up.txt').read() + open('data.csv').read()", files=(data,))
    assert (again.status, again.state, again.files) == ("ok", "reset", ())
    assert again.result == repr("a,b\n1,2\n" * 2)
    assert (await end_of(sandbox, "len(text)")).error is not None


async def test_stopping_stubborn_code_gives_the_place_to_the_next(sandbox: Conversations) -> None:
    request = CodeRequest(key(), STUBBORN)
    async with aclosing(sandbox.run(request)) as events:
        assert await anext(events) == CodeOutput("stdout", "on\n")
    assert (await end_of(sandbox, "1 + 1", key(person="bob"))).result == "2"
    assert (await end_of(sandbox, "1 + 1")).state in {"fresh", "reset"}


async def test_ending_a_conversation_ends_its_process(sandbox: Conversations) -> None:
    await sandbox.report()
    before = set(_children_of_children(os.getpid()))
    await end_of(sandbox, "1")
    opened = set(_children_of_children(os.getpid())) - before
    assert opened
    await sandbox.end(key())
    assert not [pid for pid in opened if Path(f"/proc/{pid}").exists()]


@pytest.fixture
def elsewhere() -> frozenset[int]:
    """Processes that this one had before the engine: servers that other tests share."""
    return frozenset(_children(os.getpid()))


async def test_an_engine_that_nobody_uses_gives_its_memory_back_and_works_again(
    elsewhere: frozenset[int], sandbox: Conversations
) -> None:
    await end_of(sandbox, "x = 1")
    held = set(_children(os.getpid())) - elsewhere
    assert held
    await sandbox.end(key())
    await sandbox.give_back()
    assert not [pid for pid in held if Path(f"/proc/{pid}").exists()]
    assert (await end_of(sandbox, "1 + 1")).result == "2"


async def test_an_engine_in_use_keeps_its_memory(sandbox: Conversations) -> None:
    await end_of(sandbox, "x = 1")
    await sandbox.give_back()
    assert (await end_of(sandbox, "x + 1")).result == "2"


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _children_of_children(pid: int) -> list[int]:
    return [inner for child in _children(pid) for inner in _children(child)]
