"""Reads the content of an answer up to a limit, however small it was packed.

Unpacking goes piece by piece, so that an answer of a few kilobytes never becomes gigabytes in memory.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final, Protocol

ACCEPTED: Final = "gzip, deflate, br"
"""The ways of packing that are understood, as a request names them."""

_PIECE_BYTES: Final = 256 * 1024
# What an answer may be longer packed than unpacked: heads, and the odd format that gains nothing.
_SLACK_BYTES: Final = 64 * 1024
_GZIP_START: Final = b"\x1f\x8b"


class Unreadable(Exception):
    """The content is packed in a way that is not understood, or broken."""


class _Unpacker(Protocol):
    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """What the next bytes unpack to, at most _PIECE_BYTES at a time. Raises Unreadable."""
        ...

    @property
    def is_complete(self) -> bool: ...


async def read(packed: AsyncIterator[bytes], encoding: str, max_bytes: int) -> tuple[bytes, bool]:
    """At most `max_bytes` of the content, and whether there was more. Raises Unreadable.

    `encoding` is the header Content-Encoding.
    """
    unpacker = _unpacker(encoding)
    content, taken = bytearray(), 0
    async for chunk in packed:
        taken += len(chunk)
        for piece in unpacker.pieces(chunk):
            content += piece
            if len(content) > max_bytes:
                return bytes(memoryview(content)[:max_bytes]), True
            # Unpacking may go on for long without waiting for anything; others get their turn.
            await asyncio.sleep(0)
        if taken > max_bytes + _SLACK_BYTES:
            return bytes(content), True
    if taken and not unpacker.is_complete:
        raise Unreadable
    return bytes(content), False


def _unpacker(encoding: str) -> _Unpacker:
    match [name for part in encoding.lower().split(",") if (name := part.strip()) not in {"", "identity"}]:
        case []:
            return _Plain()
        case ["gzip" | "x-gzip"]:
            return _Gzip()
        case ["deflate"]:
            return _Deflate()
        case ["br"]:
            return _Brotli()
        case _:
            raise Unreadable


class _Plain:
    is_complete = True

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        yield packed


class _Gzip:
    """One or more members after each other; what follows the last is left out, as other readers do."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def is_complete(self) -> bool:
        return self._member.eof

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._member.eof:
                if not packed.startswith(_GZIP_START):
                    return
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield from _inflated(self._member, packed)
            packed = self._member.unused_data


class _Deflate:
    """With the head that the standard asks for, or without it as some servers send it."""

    def __init__(self) -> None:
        self._stream: Any = None

    @property
    def is_complete(self) -> bool:
        return self._stream is not None and bool(self._stream.eof)

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        if self._stream is None:
            has_head = packed[0] & 0x0F == zlib.DEFLATED and packed[0] >> 4 <= 7
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if has_head else -zlib.MAX_WBITS)
        if not self._stream.eof:
            yield from _inflated(self._stream, packed)


def _inflated(stream: Any, packed: bytes) -> Iterator[bytes]:
    while True:
        try:
            piece: bytes = stream.decompress(packed, _PIECE_BYTES)
        except zlib.error as error:
            raise Unreadable from error
        if piece:
            yield piece
        packed = stream.unconsumed_tail
        if stream.eof or not (packed or len(piece) == _PIECE_BYTES):
            return


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._stream = brotli.Decompressor()
        self._error: type[Exception] = brotli.error

    @property
    def is_complete(self) -> bool:
        return bool(self._stream.is_finished())

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            return
        while True:
            try:
                piece: bytes = self._stream.process(packed, output_buffer_limit=_PIECE_BYTES)
            except self._error as error:
                raise Unreadable from error
            if not piece and self._stream.can_accept_more_data():
                return
            yield piece
            if self._stream.is_finished():
                return
            packed = b""
