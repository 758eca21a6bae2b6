"""Two installations of the same kind: one where things are kept, and an empty one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.storage.backup.parts import Place
from tests.storage.servers import Server
from vtai.storage.database import Database


@pytest.fixture
def place(database: Database, tmp_path: Path) -> Place:
    return Place(tmp_path, database)


@pytest.fixture
async def empty(request: pytest.FixtureRequest, place: Place, tmp_path: Path) -> AsyncIterator[Place]:
    """Another installation of the same kind, where nothing was kept yet."""
    if place.database.is_sqlite:
        database = Database(None, tmp_path / "other" / "data")
        yield Place(tmp_path / "other", database)
        await database.aclose()
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.database() as url:
        database = Database(SecretStr(url), tmp_path / "other" / "data")
        await database.open()
        yield Place(tmp_path / "other", database)
        await database.aclose()
