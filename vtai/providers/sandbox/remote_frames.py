"""What a sandbox service and its clients say to each other: one frame in each message of a WebSocket.

    client -> service: open; run (payload: the code), put, get, interrupt, rest
    service -> client: hello, opened, refused; what a run shows, ended; putted, file, rested

What is long is in the payload. Both ends check what comes: neither trusts the other with more than its job.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, cast, get_args

from vtai.core.code import (
    Check,
    CodeError,
    CodeEvent,
    CodeFigure,
    CodeOutput,
    CodeResult,
    CodeWaiting,
    RunState,
    RunStatus,
    SandboxReport,
    Strength,
)
from vtai.core.events import TableReady
from vtai.providers.sandbox import results
from vtai.providers.sandbox.engine import FileInfo
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.results import Forged, shown

# To be raised when the messages or what they mean change: service and client must agree.
PROTOCOL: Final = 1
PATH: Final = "/v1/session"
TO_SERVICE: Final = frozenset({"open", "run", "put", "get", "interrupt", "rest"})
FROM_SERVICE: Final = frozenset(
    {"hello", "opened", "refused", "started", "waiting", "output", "figure", "table", "ended"}
    | {"putted", "file", "rested"}
)
MOST_MESSAGE_BYTES: Final = frames.MAX_HEADER_BYTES + frames.MAX_PAYLOAD_BYTES + 8
_MOST_PRINTED, _MOST_NOTES, _MOST_NOTE, _MOST_CHECKS = 400_000, 40, 2_000, 60

Message = tuple[frames.Header, bytes]


def decoded(message: object, ops: frozenset[str]) -> Message:
    """The one frame of a message. Raises Forged."""
    if not isinstance(message, bytes) or len(message) > MOST_MESSAGE_BYTES:
        raise Forged("a message that is no frame")
    decoder = frames.Decoder(ops)
    try:
        found = list(decoder.feed(message))
    except frames.BadFrame as error:
        raise Forged(str(error)) from error
    if len(found) != 1 or not decoder.is_between_frames:
        raise Forged("a message that is not one frame")
    return found[0]


def hello(report: SandboxReport) -> bytes:
    return frames.encode({"op": "hello", "protocol": PROTOCOL}, json.dumps(asdict(report)).encode())


def report_of(header: Mapping[str, Any], payload: bytes) -> SandboxReport:
    """Raises Forged, also where the other side is of another version."""
    if header.get("op") != "hello" or header.get("protocol") != PROTOCOL:
        raise Forged("it is of another version than this server; bring both to the same version")
    said = _object(payload)
    strength, checks = said.get("strength"), said.get("checks")
    if strength not in get_args(Strength) or not isinstance(checks, list) or len(checks) > _MOST_CHECKS:
        raise Forged("a report that is none")
    return SandboxReport(
        _text(said.get("engine"), 100),
        said.get("is_usable") is True,
        cast("Strength", strength),
        _text(said.get("level"), 20),
        _text(said.get("reason"), _MOST_NOTE),
        _text(said.get("fix"), _MOST_NOTE),
        _texts(said.get("libraries"), 100, 100),
        tuple(_check(one) for one in checks),
    )


def event_frames(
    event: CodeEvent, made: Sequence[FileInfo] = (), *, is_alive: bool = True
) -> Iterator[bytes]:
    """The messages that carry an event. `made` and `is_alive` go with the end of a run."""
    match event:
        case CodeWaiting(ahead):
            yield frames.encode({"op": "waiting", "ahead": ahead})
        case CodeOutput(stream, text):
            data = text.encode("utf-8", "replace")
            # Cut where a character ends: each message is text by itself.
            for piece in _text_pieces(data):
                yield frames.encode({"op": "output", "stream": stream}, piece)
        case CodeFigure(data):
            yield from frames.pieces({"op": "figure"}, data)
        case TableReady(title, columns, rows, total_rows):
            fields = {"title": title, "columns": columns, "rows": rows, "total_rows": total_rows}
            yield frames.encode({"op": "table"}, json.dumps(fields).encode())
        case CodeResult():
            fields = {name: value for name, value in asdict(event).items() if name != "files"}
            fields |= {
                "is_alive": is_alive,
                "made": [{"name": one.name, "size": one.size_bytes} for one in made],
            }
            yield frames.encode({"op": "ended"}, json.dumps(fields).encode())


def output_of(header: Mapping[str, Any], payload: bytes) -> CodeOutput:
    stream: Any = header.get("stream")
    if stream not in ("stdout", "stderr"):
        raise Forged("output of no known stream")
    return CodeOutput(stream, shown(payload.decode("utf-8", "replace")))


def table_of(payload: bytes) -> TableReady:
    return results.table(_object(payload))


def waiting_of(header: Mapping[str, Any]) -> CodeWaiting:
    return CodeWaiting(_number(header.get("ahead")))


def end_of(payload: bytes) -> tuple[CodeResult, tuple[FileInfo, ...], bool]:
    """The end of a run, the files that it made, and whether the session lives on. Raises Forged."""
    said = _object(payload)
    status, state, result, error = (said.get(name) for name in ("status", "state", "result", "error"))
    duration: Any = said.get("duration_ms")
    if status not in get_args(RunStatus) or state not in get_args(RunState):
        raise Forged("an end of no known kind")
    if not isinstance(duration, int | float) or not 0 <= duration < 1e12:
        raise Forged("an end that took no time")
    ended = CodeResult(
        cast("RunStatus", status),
        _text(said.get("stdout"), _MOST_PRINTED),
        _text(said.get("stderr"), _MOST_PRINTED),
        None if result is None else _text(result, _MOST_PRINTED),
        _error(error),
        duration_ms=float(duration),
        state=cast("RunState", state),
        notes=_texts(said.get("notes"), _MOST_NOTES, _MOST_NOTE),
    )
    return ended, tuple(results.files(said.get("made"))), said.get("is_alive") is True


def _text_pieces(data: bytes) -> Iterator[bytes]:
    while len(data) > frames.MAX_PAYLOAD_BYTES:
        end = frames.MAX_PAYLOAD_BYTES
        while data[end] & 0xC0 == 0x80:
            end -= 1
        yield data[:end]
        data = data[end:]
    yield data


def _object(payload: bytes) -> dict[str, Any]:
    try:
        said = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise Forged("a message that is no JSON") from error
    if not isinstance(said, dict):
        raise Forged("a message that is no object")
    return said


def _error(said: object) -> CodeError | None:
    if said is None:
        return None
    if not isinstance(said, dict):
        raise Forged("an error that is none")
    most = 20_000
    return CodeError(*(_text(said.get(name), most) for name in ("type", "message", "traceback")))


def _check(said: object) -> Check:
    if not isinstance(said, dict):
        raise Forged("a check that is none")
    texts = [_text(said.get(name), _MOST_NOTE) for name in ("name", "detail", "fix")]
    return Check(texts[0], said.get("passed") is True, texts[1], texts[2])


def _text(said: object, most: int) -> str:
    if not isinstance(said, str) or len(said) > most:
        raise Forged("a text that is none, or too long")
    return shown(said)


def _texts(said: object, most: int, most_each: int) -> tuple[str, ...]:
    if not isinstance(said, list) or len(said) > most:
        raise Forged("a list that is none, or too long")
    return tuple(_text(entry, most_each) for entry in said)


def _number(said: object) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said < 1 << 31:
        raise Forged("a number that is none")
    return said
