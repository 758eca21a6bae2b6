"""Parts load, become ready or fail, and who waits is told."""

from __future__ import annotations

import asyncio

import pytest

from vtai.core.errors import NotConfigured, NotReady
from vtai.core.readiness import Readiness


def test_every_part_starts_as_loading() -> None:
    readiness = Readiness(("routing", "model"))
    assert readiness.states == {"routing": "loading", "model": "loading"}
    assert readiness.is_loading("model")
    assert not readiness.is_ready


def test_it_is_ready_when_all_parts_are() -> None:
    readiness = Readiness(("routing", "model"))
    readiness.mark_ready("routing")
    assert not readiness.is_ready
    readiness.mark_ready("model")
    assert readiness.is_ready


async def test_who_waits_goes_on_when_the_part_is_ready() -> None:
    readiness = Readiness(("model",))
    waiting = asyncio.create_task(readiness.wait("model"))
    await asyncio.sleep(0)
    assert not waiting.done()
    readiness.mark_ready("model")
    await waiting


async def test_who_waits_gets_the_error_of_a_failed_part_until_it_is_repaired() -> None:
    readiness = Readiness(("model",))
    readiness.mark_failed("model", NotConfigured("No model.", "Add a key."))
    assert readiness.states == {"model": "failed"}
    assert not readiness.is_loading("model")
    with pytest.raises(NotConfigured, match="No model"):
        await readiness.wait("model")
    readiness.mark_ready("model")
    await readiness.wait("model")
    assert readiness.is_ready


async def test_who_waits_too_long_is_told_what_is_loading() -> None:
    with pytest.raises(NotReady, match="loading its model"):
        await Readiness(("model",)).wait("model", timeout_s=0)
