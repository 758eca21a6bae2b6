"""The wire between the server and the processes that run code: small frames of a JSON header and raw bytes.

One frame is the header's length and the payload's length (4 bytes each, the biggest first), the header as a
UTF-8 JSON object, and the payload. Lengths are checked before anything is kept, so that a length alone costs
nothing. What is longer than a frame is sent in pieces: all but the last carry `"more": true`. Text that comes
out of a frame is proper Unicode, and an op that was not agreed on is no frame.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

# Room for 20 kB of result in the longest way to write it, and for a table of 50 x 30 cells of usual length.
MAX_HEADER_BYTES = 256 * 1024
MAX_PAYLOAD_BYTES = 1024 * 1024

# What the server asks of a session:
#   run        id, code (or the code as payload)
#   put        id, name, more; payload: the next piece of the file, answered by `putted` after the last
#   get        id, name, max_bytes; answered by `file`
#   list       id; answered by `listed`
#   interrupt  id, if only that run is meant
#   bye        the session ends
TO_SESSION = frozenset({"run", "put", "get", "list", "interrupt", "bye"})

# What a session says:
#   ready      level; code may run from now on
#   refused    reason; the walls could not be built and the session ends
#   figure     id, more; payload: the next piece of a PNG
#   table      id, title, columns, rows, total_rows
#   done       id, status, result, error {type, message, traceback} or null, figures_left_out, notes,
#              changed [{name, size}] (the newest first), changed_left_out
#   putted     id, error (null when it is there)
#   file       id, more; payload: the next piece of the file. Or id, error
#   listed     id, files [{name, size, changed}], left_out (true if there are more than listed)
FROM_SESSION = frozenset({"ready", "refused", "figure", "table", "done", "putted", "file", "listed"})

# What the server asks of the fork server:
#   fork       id, walls; carries three descriptors: the session's socket, stdout, stderr
#   probe      id, level, walls
TO_FORK_SERVER = frozenset({"fork", "probe"})

# What the fork server says:
#   hello      libraries, python, missing
#   forked     id, pid
#   exited     pid, status (like a subprocess's return code: below zero for a signal), signal (its name or "")
#   probed     id, level, reason (null where the level works)
#   refused    id, reason; a request that could not be done
FROM_FORK_SERVER = frozenset({"hello", "forked", "exited", "probed", "refused"})

Header = dict[str, Any]

_LENGTHS = struct.Struct("!II")
_READ_BYTES = 256 * 1024


class BadFrame(Exception):
    """What came over the wire is no frame. The connection is of no more use."""


def encode(header: Header, payload: bytes = b"") -> bytes:
    """The frame's bytes. Raises BadFrame where the header or the payload is too long or is no JSON."""
    try:
        text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadFrame("a header that is no JSON") from error
    raw = text.encode("utf-8", "replace")
    _check_lengths(len(raw), len(payload))
    return b"".join((_LENGTHS.pack(len(raw), len(payload)), raw, payload))


def pieces(header: Header, payload: bytes) -> Iterator[bytes]:
    """The frames that carry a payload of any length: each has the header and `more`, true but on the last."""
    for start in range(0, max(len(payload), 1), MAX_PAYLOAD_BYTES):
        end = start + MAX_PAYLOAD_BYTES
        yield encode({**header, "more": end < len(payload)}, payload[start:end])


class Decoder:
    """Turns bytes, in whatever portions they come, into frames. After BadFrame it is of no more use.

    `ops` are the known ones; without them every op passes.
    """

    def __init__(self, ops: frozenset[str] | None = None) -> None:
        self._ops = ops
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Header, bytes]]:
        """The frames that are whole with this portion. Raises BadFrame.

        The portion is taken when the iterator is first asked; read it to its end before the next portion, so
        that no more than one frame and one portion is ever kept.
        """
        self._buffer += data
        while (frame := self._next()) is not None:
            yield frame

    @property
    def is_between_frames(self) -> bool:
        """Whether nothing of an unfinished frame is waiting: a connection that ends here ended properly."""
        return not self._buffer

    def _next(self) -> tuple[Header, bytes] | None:
        if len(self._buffer) < _LENGTHS.size:
            return None
        header_bytes, payload_bytes = _LENGTHS.unpack_from(self._buffer)
        _check_lengths(header_bytes, payload_bytes)
        payload_start = _LENGTHS.size + header_bytes
        end = payload_start + payload_bytes
        if len(self._buffer) < end:
            return None
        header = _parse(bytes(self._buffer[_LENGTHS.size : payload_start]), self._ops)
        payload = bytes(self._buffer[payload_start:end])
        del self._buffer[:end]
        return header, payload


def read(sock: socket.socket, ops: frozenset[str] | None = None) -> tuple[Header, bytes] | None:
    """The next frame, waiting for it; None where the other side has closed between two frames.

    Raises BadFrame for what is none, or for an end in the middle of one.
    """
    lengths = _read_exactly(sock, _LENGTHS.size)
    if lengths is None:
        return None
    header_bytes, payload_bytes = _LENGTHS.unpack(lengths)
    _check_lengths(header_bytes, payload_bytes)
    text = _read_exactly(sock, header_bytes) if header_bytes else b""
    payload = _read_exactly(sock, payload_bytes) if payload_bytes else b""
    if text is None or payload is None:
        raise BadFrame("the connection ended inside a frame")
    return _parse(text, ops), payload


def write(sock: socket.socket, header: Header, payload: bytes = b"") -> None:
    """Sends one frame, waiting until it is taken. Raises BadFrame, or OSError if nobody listens."""
    sock.sendall(encode(header, payload))


def _check_lengths(header_bytes: int, payload_bytes: int) -> None:
    if header_bytes > MAX_HEADER_BYTES:
        raise BadFrame(f"a header of {header_bytes} bytes")
    if payload_bytes > MAX_PAYLOAD_BYTES:
        raise BadFrame(f"a payload of {payload_bytes} bytes")


def _parse(raw: bytes, ops: frozenset[str] | None) -> Header:
    try:
        header = json.loads(raw.decode("utf-8"), parse_constant=_no_number)
        if b"\\ud" in raw.lower():
            # Half a surrogate pair is JSON but not text: it would fail whoever writes it next.
            json.dumps(header, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise BadFrame("a header that is no JSON") from error
    if not isinstance(header, dict) or not isinstance(header.get("op"), str):
        raise BadFrame("a header that is no object with an op")
    if ops is not None and header["op"] not in ops:
        raise BadFrame("an op that is not known")
    return header


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _read_exactly(sock: socket.socket, count: int) -> bytes | None:
    """None where the connection ended before the first byte."""
    buffer = bytearray()
    while len(buffer) < count:
        portion = sock.recv(min(count - len(buffer), _READ_BYTES))
        if not portion:
            if buffer:
                raise BadFrame("the connection ended inside a frame")
            return None
        buffer += portion
    return bytes(buffer)
