"""Child processes that read what people send: they answer, fail in plain words, and end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vtai.core.errors import BadAttachment, Busy
from vtai.providers.workshop import Workshop

pytestmark = pytest.mark.slow
JOBS = "tests.providers.workshop_jobs"


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    workshop = Workshop(memory_mb=1_000)
    yield workshop
    await workshop.aclose()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


async def test_a_job_gets_its_payload_and_its_options_and_no_keys(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    result, data = await workshop.run(f"{JOBS}:echo", b"abc", {"page": 3})
    assert data == b"cba"
    assert result["options"] == {"page": 3}
    assert "OPENAI_API_KEY" not in result["variables"]


async def test_a_child_stays_for_the_next_job(workshop: Workshop) -> None:
    first, _ = await workshop.run(f"{JOBS}:echo")
    second, _ = await workshop.run(f"{JOBS}:echo", b"x" * 5_000_000)
    assert first["pid"] == second["pid"]


async def test_an_idle_child_leaves() -> None:
    workshop = Workshop(idle_s=0.01)
    result, _ = await workshop.run(f"{JOBS}:echo")
    async with asyncio.timeout(20):
        while is_running(result["pid"]):
            await asyncio.sleep(0.01)
    await workshop.aclose()


async def test_what_the_job_says_to_people_reaches_them(workshop: Workshop) -> None:
    with pytest.raises(BadAttachment, match="It is locked") as refused:
        await workshop.run(f"{JOBS}:refuse")
    assert refused.value.hint == "Send it without a password."


@pytest.mark.parametrize(
    ("job", "said"),
    [("fail", "damaged"), ("recurse", "damaged"), ("swell", "memory"), ("crash", "damaged")],
)
async def test_a_job_that_breaks_is_told_in_plain_words_and_harms_no_later_one(
    workshop: Workshop, job: str, said: str
) -> None:
    with pytest.raises(BadAttachment, match=said) as refused:
        await workshop.run(f"{JOBS}:{job}", options={"name": "a.pdf"})
    assert refused.value.message.startswith("a.pdf")
    assert "/" not in refused.value.message + refused.value.hint
    _, data = await workshop.run(f"{JOBS}:echo", b"ab")
    assert data == b"ba"


async def test_a_job_that_hangs_is_killed(workshop: Workshop) -> None:
    pid = (await workshop.run(f"{JOBS}:echo"))[0]["pid"]
    with pytest.raises(BadAttachment, match="too long"):
        await workshop.run(f"{JOBS}:hang", timeout_s=0.3)
    assert not is_running(pid)


async def test_stopping_kills_the_job(workshop: Workshop) -> None:
    pid = (await workshop.run(f"{JOBS}:echo"))[0]["pid"]
    running = asyncio.create_task(workshop.run(f"{JOBS}:hang"))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_running(pid)


async def test_too_many_at_once_are_told_so(workshop: Workshop) -> None:
    running = [asyncio.create_task(workshop.run(f"{JOBS}:hang")) for _ in range(33)]
    await asyncio.sleep(0.05)
    with pytest.raises(Busy):
        await workshop.run(f"{JOBS}:echo")
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
