"""One limit, several processes, all at once."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.limiting.asking import MOST
from tests.standins.redis import RedisServer
from tests.storage.servers import running

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where they all count."""
    match request.param:
        case "sqlite":
            yield str(tmp_path)
        case "postgresql":
            with running() as server, server.database() as url:
                yield url
        case _:
            with RedisServer() as server:
                yield server.url


async def test_several_processes_let_in_as_many_as_the_limit_has_room_for(where: str) -> None:
    ask = (sys.executable, "-m", "tests.limiting.asking", where, str(MOST))
    processes = [await asyncio.create_subprocess_exec(*ask, stdout=PIPE) for _ in range(3)]
    outputs = await asyncio.gather(*(process.communicate() for process in processes))
    assert sum(int(output) for output, _ in outputs) == MOST
