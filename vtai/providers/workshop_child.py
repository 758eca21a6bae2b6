"""The child of a workshop: does one job after the other, within limits that it cannot lift again.

Started as a script, apart from the server: it inherits no keys, and what breaks here breaks nothing else.
A frame is two lengths of four bytes, a JSON header and a payload, in both directions.
"""

from __future__ import annotations

import importlib
import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

_LENGTHS = struct.Struct("!II")
_MOST_FILES = 128
_LARGEST_FILE_BYTES = 256_000_000


def main() -> None:
    """Serves until the parent closes the pipe."""
    incoming = sys.stdin.buffer
    # Whatever a library prints goes to the log and not between the frames.
    outgoing = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    confine(memory_mb=int(sys.argv[1]))
    while (frame := receive(incoming)) is not None:
        header, payload = frame
        allow_cpu(header["cpu_s"])
        send(outgoing, *done(header, payload))


def done(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
    """What came of a job: its result, what people should read, or the kind of failure."""
    from vtai.core.errors import VTError

    module, _, name = header["job"].partition(":")
    try:
        result, data = getattr(importlib.import_module(module), name)(payload, header["options"])
    except VTError as error:
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}, b""
    except MemoryError:
        return {"error": "memory"}, b""
    except (Exception, RecursionError) as error:  # noqa: BLE001 the parent must get an answer whatever happens
        log(f"{header['job']}: {type(error).__name__}: {error}"[:500])
        return {"error": "failed"}, b""
    return {"result": result}, data


def confine(memory_mb: int) -> None:
    """Limits memory, files and what they may hold. A system without these limits leaves the time-out."""
    try:
        import resource
    except ImportError:
        return
    limits = (
        (resource.RLIMIT_AS, memory_mb * 1_000_000),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE_BYTES),
    )
    for kind, most in limits:
        hard = resource.getrlimit(kind)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (least, least))
        except (OSError, ValueError) as error:
            log(f"a limit could not be set: {error}")


def allow_cpu(seconds: int) -> None:
    """Allows that much more processor time before the system ends this process."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(
        resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
    )


def log(line: str) -> None:
    """Tells the parent's log."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """The next frame, or None at the end."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header_bytes, payload_bytes = _LENGTHS.unpack(lengths)
    header: dict[str, Any] = json.loads(stream.read(header_bytes))
    return header, stream.read(payload_bytes)


def send(stream: BinaryIO, header: dict[str, Any], payload: bytes) -> None:
    encoded = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(encoded), len(payload)) + encoded)
    stream.write(payload)
    stream.flush()


if __name__ == "__main__":
    main()
