"""Sessions of people and conversations: who runs when, and what is closed."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.providers.sandbox.fakes import (
    Clock,
    FakeEngine,
    end_of,
    events_of,
    key,
    printed,
    waits,
)
from vtai.core.code import CodeFigure, CodeOutput, CodeRequest, CodeResult
from vtai.core.errors import Busy
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import SandboxOptions


async def started(
    sandbox: Conversations, code: str, engine: FakeEngine, **where: str
) -> asyncio.Task[object]:
    """A run that is under way."""
    before = sum(len(session.ran) for session in engine.sessions)
    task: asyncio.Task[object] = asyncio.create_task(events_of(sandbox, code, key(**where)))
    while sum(len(session.ran) for session in engine.sessions) == before and not task.done():
        await asyncio.sleep(0)
    return task


async def test_what_the_engine_yields_comes_through_and_the_result_comes_last(sandbox: Conversations) -> None:
    events = await events_of(sandbox, "say hello\nplot")
    assert [type(event) for event in events] == [CodeOutput, CodeFigure, CodeResult]


async def test_a_session_is_kept_for_its_conversation_and_rests_between_runs(
    sandbox: Conversations, engine: FakeEngine
) -> None:
    states = [(await end_of(sandbox, "say 1")).state for _ in range(2)]
    assert states == ["fresh", "kept"]
    assert len(engine.sessions) == 1
    assert engine.sessions[0].is_frozen


async def test_another_conversation_and_another_person_have_sessions_of_their_own(
    sandbox: Conversations, engine: FakeEngine
) -> None:
    for where in (key("c1"), key("c2"), key("c1", "bob")):
        assert (await end_of(sandbox, "say 1", where)).state == "fresh"
    assert len(engine.open_sessions) == 3


async def test_runs_of_one_conversation_follow_each_other(sandbox: Conversations, engine: FakeEngine) -> None:
    first = await started(sandbox, "wait", engine)
    second = asyncio.create_task(events_of(sandbox, "say 2"))
    third = asyncio.create_task(events_of(sandbox, "say 3"))
    await asyncio.sleep(0.01)
    assert engine.sessions[0].ran == ["wait"]
    engine.go.set()
    await first
    assert waits(await second) == [1]
    assert waits(await third) == [2, 1]
    assert engine.sessions[0].ran == ["wait", "say 2", "say 3"]


async def test_as_many_run_at_once_as_there_are_places(engine: FakeEngine, options: SandboxOptions) -> None:
    sandbox = Conversations(engine, replace(options, at_once=2))
    running = [await started(sandbox, "wait", engine, person=name) for name in ("ann", "bob")]
    waiting = asyncio.create_task(events_of(sandbox, "say 1", key(person="cleo")))
    await asyncio.sleep(0.01)
    assert len(engine.sessions) == 2
    engine.go.set()
    assert waits(await waiting) == [1]
    await asyncio.gather(*running)
    await sandbox.aclose()


async def test_too_many_that_wait_are_refused(engine: FakeEngine, options: SandboxOptions) -> None:
    sandbox = Conversations(engine, replace(options, most_waiting=3, most_waiting_per_person=2, at_once=1))
    tasks = [await started(sandbox, "wait", engine)]
    tasks += [asyncio.create_task(events_of(sandbox, "say 1", key())) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(Busy):
        await events_of(sandbox, "say 1", key("c2"))
    tasks.append(asyncio.create_task(events_of(sandbox, "say 1", key(person="bob"))))
    await asyncio.sleep(0.01)
    with pytest.raises(Busy):
        await events_of(sandbox, "say 1", key(person="cleo"))
    engine.go.set()
    await asyncio.gather(*tasks)
    await sandbox.aclose()


async def test_a_person_has_two_sessions_and_the_one_used_longest_ago_goes(
    sandbox: Conversations, engine: FakeEngine, clock: Clock
) -> None:
    for conversation in ("c1", "c2", "c1", "c3"):
        clock.now += 1
        await end_of(sandbox, f"say {conversation}", key(conversation))
    assert [session.ran[0] for session in engine.open_sessions] == ["say c1", "say c3"]
    assert (await end_of(sandbox, "say again", key("c2"))).state == "reset"


async def test_the_server_closes_what_was_used_longest_ago_when_there_are_too_many(
    engine: FakeEngine, options: SandboxOptions, clock: Clock
) -> None:
    sandbox = Conversations(engine, replace(options, sessions=3), clock=clock)
    for person in ("ann", "bob", "cleo", "dan", "eve"):
        clock.now += 1
        await end_of(sandbox, f"say {person}", key(person=person))
    assert [session.ran[0] for session in engine.open_sessions] == ["say cleo", "say dan", "say eve"]
    await sandbox.aclose()


async def test_a_session_that_runs_is_not_closed_for_another_one(
    sandbox: Conversations, engine: FakeEngine, clock: Clock
) -> None:
    running = await started(sandbox, "wait", engine, conversation="c1")
    for conversation in ("c2", "c3"):
        clock.now += 1
        await end_of(sandbox, "say 1", key(conversation))
    assert not engine.sessions[0].is_closed
    assert len(engine.open_sessions) == 2
    engine.go.set()
    await running


async def test_stopping_a_run_stops_the_code_and_keeps_the_session(
    sandbox: Conversations, engine: FakeEngine
) -> None:
    async with aclosing(sandbox.run(CodeRequest(key(), "say 1\nwait"))) as events:
        assert await anext(events) == CodeOutput("stdout", "1")
    assert engine.sessions[0].stopped == 1
    assert (await end_of(sandbox, "say 2")).status == "ok"
    assert len(engine.sessions) == 1


async def test_a_cancelled_run_stops_the_code_and_frees_its_place(
    engine: FakeEngine, options: SandboxOptions
) -> None:
    sandbox = Conversations(engine, replace(options, at_once=1))
    running = await started(sandbox, "wait", engine)
    waiting = asyncio.create_task(events_of(sandbox, "say 1", key("c2")))
    await asyncio.sleep(0.01)
    for task in (waiting, running):
        task.cancel()
    await asyncio.gather(waiting, running, return_exceptions=True)
    assert engine.sessions[0].stopped == 1
    assert (await end_of(sandbox, "say 2", key(person="bob"))).status == "ok"
    await sandbox.aclose()


async def test_ending_a_conversation_ends_what_runs_in_it(sandbox: Conversations, engine: FakeEngine) -> None:
    running = await started(sandbox, "make a.txt 1\nwait", engine)
    await sandbox.end(key())
    await running
    assert engine.open_sessions == []
    assert printed(await events_of(sandbox, "files")) == ""


async def test_without_a_session_the_run_is_unavailable_and_later_ones_are_not(
    options: SandboxOptions,
) -> None:
    engine = FakeEngine(failures=2)
    sandbox = Conversations(engine, options)
    assert (await end_of(sandbox, "say 1")).status == "unavailable"
    assert (await end_of(sandbox, "say 1")).status == "ok"
    await sandbox.aclose()


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        pytest.param(None, 30.0, id="none"),
        pytest.param(5.0, 5.0, id="some"),
        pytest.param(9e9, 120.0, id="much"),
    ],
)
async def test_the_time_of_a_run_has_a_limit(
    sandbox: Conversations, engine: FakeEngine, asked: float | None, given: float
) -> None:
    await end_of(sandbox, "say 1", timeout_s=asked)
    assert engine.sessions[0].timeouts == [given]
