"""The interface with everything in its usual state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.parts import Desk, desk, make_app


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(make_app(tmp_path)) as made:
        yield made
