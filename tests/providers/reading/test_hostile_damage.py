"""Every sample cut off in the middle, and with bytes changed: read as far as it goes, or refused."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.samples.kinds import KINDS
from tests.samples.trouble import faults, outcome
from vtai.providers.reading.files import FileReader
from vtai.providers.workshop import Workshop

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[FileReader]:
    workshop = Workshop()
    yield FileReader(workshop)
    await workshop.aclose()


def half(data: bytes, _: random.Random) -> bytes:
    return data[: len(data) // 2]


def scratched(data: bytes, chance: random.Random) -> bytes:
    """One byte in two hundred is another one."""
    changed = bytearray(data)
    for _ in range(len(data) // 200 + 1):
        changed[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(changed)


def shuffled(data: bytes, chance: random.Random) -> bytes:
    """The first bytes tell what it is; the rest is in another order."""
    parts = [data[start : start + 64] for start in range(512, len(data), 64)]
    chance.shuffle(parts)
    return data[:512] + b"".join(parts)


@pytest.mark.parametrize("damage", [half, scratched, shuffled])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_damaged_file_is_read_as_far_as_it_goes_or_refused(
    reader: FileReader, tmp_path: Path, kind: str, damage: object
) -> None:
    assert callable(damage)
    for name, maker in KINDS[kind].items():
        sample = maker()
        broken = replace(sample, data=damage(sample.data, random.Random(name)))
        got = await outcome(reader, broken.saved(tmp_path))
        assert not faults(got, sample.name), name
