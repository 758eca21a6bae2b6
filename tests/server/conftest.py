"""What tests of the server have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.hosted import Hosted, hosted


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Hosted]:
    """Ada looks after it, Max does not."""
    async with hosted(tmp_path) as server:
        await server.person("Ada", "admin")
        await server.person("Max")
        yield server
