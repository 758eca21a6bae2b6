"""Lying to the host: frames that are forged, broken, too large or without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.providers.sandbox.cases.case import ANY, Outcome, case
from tests.providers.sandbox.cases.neighbour import BESIDE, is_well

if TYPE_CHECKING:
    from tests.providers.sandbox.world import World

_FRAMES = """
import json, struct
def frame(header, payload=b"", length=None, size=None):
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack(">II", length or len(raw), len(payload) if size is None else size) + raw + payload
def forged(number):
    yield frame({"op": "done", "id": number, "status": "ok", "result": "FORGED", "changed": [{"name": "x",
        "size": 9}]})
    yield frame({"op": "done", "id": number, "status": ["no"], "result": {"a": 1}, "error": 7,
        "changed": "x"})
    yield frame({"op": "done", "id": number, "status": "unavailable", "figures_left_out": -1,
        "error": {"type": 1}})
    yield frame({"op": "figure", "id": number, "more": False}, b"not a picture")
    yield frame({"op": "table", "id": number, "title": 1, "columns": [["x"]] * 9, "rows": "x",
        "total_rows": -5})
    yield frame({"op": "file", "id": number, "more": False}, b"x" * 1000)
    yield frame({"op": "listed", "id": number, "files": [{"name": "../../up", "size": -1}, 5, None]})
    yield frame({"op": "ready", "level": "Z"}) + frame({"op": "forked", "id": number, "pid": W["server_pid"]})
    yield frame({"op": "exited", "pid": W["server_pid"], "status": 0}) + frame({"op": "hello",
        "libraries": ["x"]})
"""
_FORGED = (
    _FRAMES
    + """
for fd in range(3, 256):
    for number in (*range(0, 6), -1, None, "x", 10**30):
        for one in forged(number):
            try:
                os.set_blocking(fd, False)
                os.write(fd, one)
            except OSError:
                break
time.sleep(0.2)
"""
)
_GARBAGE = """
import os
for fd in range(3, 256):
    for raw in (b"\\0" * 8, b"{}" * 3, os.urandom(5000), b"\\xff" * 100):
        try:
            os.write(fd, raw)
        except OSError:
            break
"""
_HUGE = (
    _FRAMES
    + """
for fd in range(3, 256):
    for length, size in ((1 << 31, 0), (2, 1 << 31), (0xFFFFFFFF, 0xFFFFFFFF), (70000, 0), (2, 1 << 21)):
        try:
            os.write(fd, frame(b"{}", b"", length, size))
        except OSError:
            break
"""
)
_NESTED = (
    _FRAMES
    + """
for fd in range(3, 256):
    for raw in (b"[" * 60000, b'{"a":' * 12000, b'{"op":"done","id":' + b"9" * 60000 + b"}", b'{"op":NaN}',
        b'"x"', b"\\xff"):
        try:
            os.write(fd, frame(raw))
        except OSError:
            break
"""
)

_FLOOD = """
from vtai.providers.sandbox.inside import frames
plain = frames.encode
def flood(header, payload=b""):
    sent = plain(header, payload)
    if header.get("op") == "done":
        more = plain({"op": "figure", "id": header["id"], "more": False}, b"x" * (1 << 20))
        table = {"op": "table", "id": header["id"], "title": "t", "columns": ["c"], "rows": [["x"]]}
        table["total_rows"] = 1
        return more * 200 + plain(table) * 20000 + sent
    return sent
frames.encode = flood
open("made.txt", "w").write("x")
"""
_FILE_WITHOUT_END = """
from vtai.providers.sandbox.inside import frames
plain = frames.encode
def endless(header, payload=b""):
    if header.get("op") == "file":
        return plain({**header, "more": True}, b"x" * (1 << 20)) * 200
    return plain(header, payload)
frames.encode = endless
open("made2.txt", "w").write("x")
"""


def _only_lied_about_itself(world: World, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.figures <= 8
        assert len(outcome.tables) <= 100
    grown = world.server_peak_bytes() - world.peak_before
    assert grown < 250 << 20, f"the server took {grown >> 20} MB more"
    is_well(world, outcomes)


CASES = (
    case(
        "proto_01_forge_frames",
        *(_FORGED, _GARBAGE, _HUGE, _NESTED, _FLOOD, _FILE_WITHOUT_END),
        expect=(ANY,),
        check=_only_lied_about_itself,
        **BESIDE,
    ),
)
