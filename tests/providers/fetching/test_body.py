"""Content is unpacked up to a limit, however small it was packed."""

from __future__ import annotations

import asyncio
import gzip
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from vtai.providers.fetching.body import Unreadable, read

TEXT = bytes(random.Random(4).choices(b"abcdefgh  \n", k=700_000))
MB = 1_000_000
BOMB = bytes(40 * MB)
# Packed in haste: each run of the tests packs it anew.
GZIPPED, GZIPPED_BOMB = gzip.compress(TEXT, 1), gzip.compress(BOMB, 1)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def brotlied(data: bytes) -> bytes:
    import brotli

    packed: bytes = brotli.compress(data, quality=4)
    return packed


PACKED = {
    "nothing": ("", TEXT),
    "identity": ("identity", TEXT),
    "gzip": ("gzip", GZIPPED),
    "gzip-capitals": (" GZIP , identity", GZIPPED),
    "x-gzip": ("x-gzip", GZIPPED),
    "gzip-in-members": ("gzip", gzip.compress(TEXT[:300_000]) + gzip.compress(TEXT[300_000:])),
    "gzip-and-more": ("gzip", GZIPPED + b"\x00" * 10),
    "deflate": ("deflate", zlib.compress(TEXT)),
    "deflate-without-a-head": ("deflate", raw_deflate(TEXT)),
    "brotli": ("br", brotlied(TEXT)),
}


async def sent(packed: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(packed), size):
        yield packed[start : start + size]


@pytest.mark.parametrize("size", [777, 65_536, 10 * MB])
@pytest.mark.parametrize(("encoding", "packed"), PACKED.values(), ids=PACKED.keys())
async def test_content_comes_out_as_it_went_in(encoding: str, packed: bytes, size: int) -> None:
    assert await read(sent(packed, size), encoding, MB) == (TEXT, False)


@pytest.mark.parametrize(("encoding", "packed"), PACKED.values(), ids=PACKED.keys())
async def test_what_is_over_the_limit_is_cut_off(encoding: str, packed: bytes) -> None:
    assert await read(sent(packed), encoding, 100_000) == (TEXT[:100_000], True)
    assert await read(sent(packed), encoding, len(TEXT)) == (TEXT, False)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        pytest.param("gzip", GZIPPED[:-9], id="half-a-gzip"),
        pytest.param("deflate", zlib.compress(TEXT)[:-9], id="half-a-deflate"),
        pytest.param("br", brotlied(TEXT)[:-9], id="half-a-brotli"),
        pytest.param("gzip", b"Hello, this is no gzip.", id="no-gzip"),
        pytest.param("deflate", b"Hello, this is no deflate.", id="no-deflate"),
        pytest.param("br", b"Hello, this is no brotli.", id="no-brotli"),
        pytest.param("gzip, br", GZIPPED, id="packed-twice"),
        pytest.param("zstd", b"\x28\xb5\x2f\xfd", id="another-way-of-packing"),
    ],
)
async def test_what_cannot_be_unpacked_is_refused(encoding: str, packed: bytes) -> None:
    with pytest.raises(Unreadable):
        await read(sent(packed), encoding, MB)


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        pytest.param("gzip", GZIPPED_BOMB, id="gzip"),
        pytest.param("deflate", zlib.compress(BOMB, 1), id="deflate"),
        pytest.param("br", brotlied(BOMB), id="brotli"),
    ],
)
async def test_a_bomb_takes_no_more_memory_than_the_limit_asks_for(encoding: str, bomb: bytes) -> None:
    tracemalloc.start()
    try:
        content, is_cut = await read(sent(bomb), encoding, MB)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (len(content), is_cut) == (MB, True)
    assert most < 10 * MB


async def test_others_get_their_turn_while_much_is_unpacked() -> None:
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    await read(sent(GZIPPED_BOMB), "gzip", len(BOMB))
    other.cancel()
    assert turns > 100


async def test_bytes_that_unpack_to_nothing_come_to_an_end() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"\x1f\x8b\x08\x08" + bytes(6)
        while True:
            yield b"a long name" * 1_000

    assert await read(endless(), "gzip", 1_000) == (b"", True)


async def test_nothing_is_nothing_in_every_way_of_packing() -> None:
    for encoding in ("", "gzip", "deflate", "br"):
        assert await read(sent(b""), encoding, MB) == (b"", False)
