"""Conversations over an engine that runs nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.providers.sandbox.fakes import (
    Clock,
    FakeEngine,
)
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import SandboxOptions


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def options(tmp_path: Path) -> SandboxOptions:
    return SandboxOptions(folder=tmp_path / "sandbox", sessions=10, at_once=4)


@pytest.fixture
async def sandbox(
    engine: FakeEngine, options: SandboxOptions, clock: Clock
) -> AsyncGenerator[Conversations, None]:
    made = Conversations(engine, options, clock=clock)
    yield made
    await made.aclose()
