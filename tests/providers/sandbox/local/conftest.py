"""The local engine with real processes, at a level that this machine has."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from vtai.core.code import SandboxReport, Strength
from vtai.providers.sandbox.conversations import Conversations
from vtai.providers.sandbox.engine import (
    KIB,
    MIB,
    Level,
    SandboxOptions,
)
from vtai.providers.sandbox.local import LocalEngine
from vtai.providers.sandbox.session import LocalSession


@dataclass
class _At:
    """The engine at a level, without its self-test."""

    engine: LocalEngine
    level: Level
    name: str = "local"
    strength: Strength = "kernel"

    async def report(self) -> SandboxReport:
        return SandboxReport(self.name, True, self.strength, self.level)

    async def open(self) -> LocalSession:
        return await self.engine.open_at(self.level)

    async def give_back(self) -> None:
        await self.engine.give_back()

    async def close(self) -> None:
        await self.engine.close()


@pytest.fixture(params=["A", "B"])
def level(request: pytest.FixtureRequest) -> Level:
    found: Level = request.param
    return found


@pytest.fixture
def options(tmp_path: Path) -> SandboxOptions:
    return SandboxOptions(
        preload=False,
        resident_bytes=256 * MIB,
        workspace_bytes=32 * MIB,
        workspace_files=500,
        most_output_bytes=2 * MIB,
        shown_output_bytes=64 * KIB,
        model_output_bytes=4 * KIB,
        folder=_passable(tmp_path) / "sandbox",
    )


def _passable(folder: Path) -> Path:
    """Sessions of other users get through to their folders."""
    folder.chmod(0o755)
    return folder


@pytest.fixture
async def engine(options: SandboxOptions, level: Level) -> AsyncGenerator[LocalEngine, None]:
    made = LocalEngine(options)
    if reason := await made.probe(level):
        await made.close()
        pytest.skip(f"level {level}: {reason}")
    yield made
    await made.close()


@pytest.fixture
async def session(engine: LocalEngine, level: Level) -> LocalSession:
    return await engine.open_at(level)


@pytest.fixture
async def sandbox(
    engine: LocalEngine, level: Level, options: SandboxOptions
) -> AsyncGenerator[Conversations, None]:
    made = Conversations(_At(engine, level), replace(options, at_once=1))
    yield made
    await made.aclose()
