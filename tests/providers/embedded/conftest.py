"""The real model, for the tests that are marked so."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.providers.embedded.packaged import packaged_models
from vtai.providers.embedded.server import EmbeddedServer


@pytest.fixture(scope="session")
def models_dir() -> Path:
    return packaged_models()


@pytest.fixture
async def server(models_dir: Path) -> AsyncGenerator[EmbeddedServer, None]:
    """A real child process, ended after the test."""
    running = EmbeddedServer(models_dir, slots=2)
    yield running
    await running.aclose()
