"""Sessions of a service over real connections: fakes mostly, and a real one."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.providers.sandbox.fakes import FakeEngine, attached, end_of, events_of, key, printed, waits
from tests.providers.sandbox.remote.rig import OPTIONS, pieces, run, running
from vtai.core.code import CodeResult
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import MIB, FileRefused
from vtai.providers.sandbox.local import LocalEngine


async def test_the_session_ends_with_its_connection() -> None:
    fake = FakeEngine()
    async with running(fake) as there:
        engine = there.engine()
        session = await engine.open()
        assert (await run(session, "say 1"))[1].status == "ok"
        await session.close()
        while fake.open_sessions:
            await asyncio.sleep(0.01)
        assert not session.is_alive
        assert (await run(session, "say 1"))[1].status == "unavailable"


async def test_a_session_that_nobody_uses_is_ended() -> None:
    fake = FakeEngine()
    async with running(fake, replace(OPTIONS, idle_s=0.1)) as there:
        engine = there.engine()
        session = await engine.open()
        while session.is_alive:
            await asyncio.sleep(0.01)
        while fake.open_sessions:
            await asyncio.sleep(0.01)
        await engine.close()


async def test_a_run_is_not_idle_however_long_it_takes() -> None:
    fake = FakeEngine()
    async with running(fake, replace(OPTIONS, idle_s=0.1)) as there:
        engine = there.engine()
        session = await engine.open()
        task = asyncio.create_task(run(session, "wait\nsay done"))
        await asyncio.sleep(0.5)
        fake.go.set()
        events, end = await task
        assert (end.status, printed(events)) == ("ok", "done")
        await engine.close()


async def test_runs_of_all_clients_wait_for_their_turn() -> None:
    fake = FakeEngine()
    async with running(fake, at_once=1) as there:
        engine = there.engine()
        first, second = await engine.open(), await engine.open()
        blocking = asyncio.create_task(run(first, "wait"))
        while not fake.sessions[0].ran:
            await asyncio.sleep(0.01)
        async with aclosing(second.run("say 2", 10.0)) as events:
            assert waits([await anext(events)]) == [1]
            fake.go.set()
            rest = [event async for event in events]
        assert printed(rest) == "2"
        await blocking
        await engine.close()


async def test_stopped_code_is_stopped_there() -> None:
    fake = FakeEngine()
    async with running(fake) as there:
        engine = there.engine()
        session = await engine.open()
        async with aclosing(session.run("say first\nwait", 60.0)) as events:
            assert printed([await anext(events)]) == "first"
        await session.rest()
        assert (fake.sessions[0].stopped, fake.sessions[0].is_frozen) == (1, True)
        assert session.is_alive
        assert (await run(session, "say again"))[1].status == "ok"
        await engine.close()


async def test_the_longest_time_is_that_of_the_service() -> None:
    fake = FakeEngine()
    async with running(fake, replace(OPTIONS, most_timeout_s=5.0)) as there:
        engine = there.engine()
        await run(await engine.open(), "say 1", 3600.0)
        assert fake.sessions[0].timeouts == [5.0]
        await engine.close()


async def test_a_refused_file_leaves_the_session_alive() -> None:
    async with running(FakeEngine(refuses=frozenset({"big.csv"}))) as there:
        engine = there.engine()
        session = await engine.open()
        with pytest.raises(FileRefused, match="There is no room"):
            await session.put("big.csv", pieces(*[b"x" * MIB] * 12))
        await session.put("small.csv", pieces(b"x" * MIB, b"y"))
        assert await session.get("small.csv", 2 * MIB) == b"x" * MIB + b"y"
        await engine.close()


async def test_a_service_that_goes_away_costs_the_variables_only(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    file = attached(tmp_path / "up", "in.csv")
    first = FakeEngine()
    async with running(first) as there:
        engine = there.engine()
        sandbox = Conversations(engine, replace(OPTIONS, folder=tmp_path))
        assert (await end_of(sandbox, "make a.txt 3", key(), files=(file,))).status == "ok"
    async with running(FakeEngine()) as there:
        engine._url = there.url
        events = await events_of(sandbox, "files", key(), files=(file,))
        end = events[-1]
        assert isinstance(end, CodeResult)
        assert (printed(events), end.state) == ("a.txt in.csv", "reset")
        await sandbox.aclose()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
async def test_the_local_engine_works_through_the_service(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    local = LocalEngine(replace(OPTIONS, folder=tmp_path / "there"))
    if not (await local.report()).is_usable:
        await local.close()
        pytest.skip("this kernel has no walls")
    async with running(local) as there:
        engine = there.engine()
        assert (await engine.report()).checks
        session = await engine.open()
        _, end = await run(session, "x = 6\nprint('out')\nopen('b.txt', 'w').write('made')\nx * 7")
        assert (end.status, end.stdout, end.result, end.state) == ("ok", "out\n", "42", "kept")
        assert await session.get(session.made[0].name, 100) == b"made"
        assert (await run(session, "while True: pass", 0.3))[1].status == "timeout"
        assert (await run(session, "x"))[1].result == "6"
        async with aclosing(session.run("print(1, flush=True)\nwhile True: pass", 60.0)) as events:
            await anext(events)
        await session.rest()
        assert session.is_alive
        for _ in range(2):
            _, end = await run(session, "import os\nos._exit(1)")
        assert (end.status, session.is_alive) == ("unavailable", False)
        await engine.close()
