"""The same tests for both databases: `database` is one of each, empty and open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.storage.servers import Server, running
from vtai.storage.database import Database


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for all tests that want it."""
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> Iterator[SecretStr | None]:
    """What the setting would be; None for SQLite in the data folder."""
    if request.param == "sqlite":
        yield None
        return
    server: Server = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield SecretStr(url)


@pytest.fixture
async def database(database_url: SecretStr | None, tmp_path: Path) -> AsyncIterator[Database]:
    """An open database without content."""
    database = Database(database_url, tmp_path / "data")
    await database.open()
    yield database
    await database.aclose()
