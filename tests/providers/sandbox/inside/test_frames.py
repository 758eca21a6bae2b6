"""The frames between the server and a session: whole ones pass in any portions, anything else is refused."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from vtai.providers.sandbox.inside import frames


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def framed(header: bytes, payload: bytes = b"") -> bytes:
    return struct.pack("!II", len(header), len(payload)) + header + payload


@pytest.mark.parametrize("portion", [1, 7, 10_000], ids=["single bytes", "odd portions", "all at once"])
def test_frames_come_out_as_they_went_in(portion: int) -> None:
    sent = [
        ({"op": "run", "code": "größe = '\U0001f600'"}, b""),
        ({"op": "put", "more": True}, bytes(range(256))),
    ]
    raw = b"".join(frames.encode(*frame) for frame in sent)
    decoder = frames.Decoder()
    got = [f for at in range(0, len(raw), portion) for f in decoder.feed(raw[at : at + portion])]
    assert got == sent
    assert decoder.is_between_frames


def test_an_unfinished_frame_is_kept_for_later() -> None:
    decoder = frames.Decoder()
    assert list(decoder.feed(frames.encode({"op": "run"})[:-1])) == []
    assert not decoder.is_between_frames


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack("!II", 0xFFFFFFFF, 0),
        struct.pack("!II", 20, 0xFFFFFFFF),
        struct.pack("!II", frames.MAX_HEADER_BYTES + 1, 0),
        struct.pack("!II", 20, frames.MAX_PAYLOAD_BYTES + 1),
        framed(b"[1]"),
        framed(b"{}"),
        framed(b'{"op":1}'),
        framed(b'{"op":"run"'),
        framed(b'{"op":"run","id":NaN}'),
        framed(b'{"op":"run","id":' + b"9" * 5_000 + b"}"),
        framed(b'{"op":"\\ud800"}'),
        framed(b'{"op":"run","x":"\\uDfff"}'),
        framed(b"\xff\xfe"),
        framed(b"[" * 100_000),
        framed(b""),
    ],
    ids=[
        "endless header",
        "endless payload",
        "header a byte too long",
        "payload a byte too long",
        "no object",
        "no op",
        "op is no text",
        "no whole JSON",
        "not a number",
        "endless number",
        "half a character in the op",
        "half a character elsewhere",
        "no UTF-8",
        "deeply nested",
        "empty",
    ],
)
def test_what_is_no_frame_is_refused(raw: bytes) -> None:
    with pytest.raises(frames.BadFrame):
        list(frames.Decoder().feed(raw))


def test_a_whole_character_written_in_two_halves_is_text() -> None:
    raw = framed(b'{"op":"run","code":"\\ud83d\\ude00"}')
    assert list(frames.Decoder().feed(raw)) == [({"op": "run", "code": "\U0001f600"}, b"")]


def test_only_known_ops_pass_where_they_are_named() -> None:
    decoder = frames.Decoder(frames.FROM_SESSION)
    assert list(decoder.feed(frames.encode({"op": "ready"}))) == [({"op": "ready"}, b"")]
    with pytest.raises(frames.BadFrame):
        list(decoder.feed(frames.encode({"op": "run"})))


def test_half_a_character_is_replaced_when_a_frame_is_written() -> None:
    [(header, _)] = frames.Decoder().feed(frames.encode({"op": "done", "result": "a\ud800b"}))
    assert header["result"] == "a?b"


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({"op": "done", "result": "x" * frames.MAX_HEADER_BYTES}, b""),
        ({"op": "file"}, bytes(frames.MAX_PAYLOAD_BYTES + 1)),
        ({"op": "done", "result": object()}, b""),
        ({"op": "done", "result": float("nan")}, b""),
    ],
    ids=["long header", "long payload", "no JSON", "not a number"],
)
def test_what_does_not_fit_is_not_written(header: frames.Header, payload: bytes) -> None:
    with pytest.raises(frames.BadFrame):
        frames.encode(header, payload)


@pytest.mark.parametrize(
    ("length", "count"),
    [(0, 1), (5, 1), (frames.MAX_PAYLOAD_BYTES, 1), (frames.MAX_PAYLOAD_BYTES + 1, 2)],
    ids=["empty", "short", "just one frame", "a byte more"],
)
def test_long_payloads_travel_in_pieces_and_only_the_last_says_so(length: int, count: int) -> None:
    decoder = frames.Decoder()
    raw = b"".join(frames.pieces({"op": "figure", "id": 1}, bytes(length)))
    got = list(decoder.feed(raw))
    assert [header["more"] for header, _ in got] == [True] * (count - 1) + [False]
    assert sum(len(payload) for _, payload in got) == length


def test_a_socket_gives_the_frames_one_by_one(ends: tuple[socket.socket, socket.socket]) -> None:
    near, far = ends
    frames.write(near, {"op": "run"}, b"abc")
    frames.write(near, {"op": "bye"})
    near.shutdown(socket.SHUT_WR)
    assert frames.read(far) == ({"op": "run"}, b"abc")
    assert frames.read(far) == ({"op": "bye"}, b"")
    assert frames.read(far) is None


@pytest.mark.parametrize("kept", [3, 10, -1], ids=["in the lengths", "in the header", "in the payload"])
def test_a_socket_that_closes_inside_a_frame_is_an_error(
    ends: tuple[socket.socket, socket.socket], kept: int
) -> None:
    near, far = ends
    near.sendall(frames.encode({"op": "run"}, b"abc")[:kept])
    near.shutdown(socket.SHUT_WR)
    with pytest.raises(frames.BadFrame):
        frames.read(far)


def test_a_socket_with_an_endless_length_is_an_error_at_once(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    near, far = ends
    near.sendall(struct.pack("!II", 20, 0xFFFFFFFF))
    with pytest.raises(frames.BadFrame):
        frames.read(far)
