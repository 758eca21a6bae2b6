"""A connection that speaks frames, on the event loop. What comes over it is trusted with nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from vtai.providers.sandbox.inside.frames import BadFrame, Decoder, Header, encode

CLOSED: Final = "the connection was closed"
_READ_BYTES = 256 * 1024

OnFrame = Callable[[Header, bytes], None]
OnEnd = Callable[[str], None]


class Wire:
    """Our end of a socket, which it owns. `on_end` is called with the reason when nothing more will come."""

    def __init__(self, sock: socket.socket, ops: frozenset[str], on_frame: OnFrame, on_end: OnEnd) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._decoder = Decoder(ops)
        self._on_frame = on_frame
        self._on_end = on_end
        self._sending = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._read)
        self._is_open = True

    async def send(self, header: Header, payload: bytes = b"", descriptors: Sequence[int] = ()) -> None:
        """Raises BadFrame for what does not fit into a frame, OSError where the other side is gone."""
        data = encode(header, payload)
        async with self._sending:
            if not self._is_open:
                raise ConnectionError
            if descriptors:
                # They go with the first byte: the rest follows like everything else.
                socket.send_fds(self._socket, [data[:1]], list(descriptors))
                data = data[1:]
            await self._loop.sock_sendall(self._socket, data)

    def send_now(self, header: Header) -> None:
        """Sends a small frame if nothing is being sent and there is room. For what may be lost."""
        if self._is_open and not self._sending.locked():
            with suppress(OSError):
                self._socket.send(encode(header))

    def close(self) -> None:
        """May be called twice."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(f"the connection broke ({error})")
            return
        if not data:
            self._end(CLOSED)
            return
        try:
            for header, payload in self._decoder.feed(data):
                self._on_frame(header, payload)
                if not self._is_open:
                    return
        except BadFrame as error:
            self._end(str(error))

    def _end(self, reason: str) -> None:
        if self._is_open:
            self.close()
            self._on_end(reason)
