"""The child process that cuts one recording: the file is its standard input, clips go out as frames.

Started as a script, apart from the server: it inherits no keys, opens no file by name, and what breaks here
breaks nothing else. It waits while nobody takes its clips, so that little is held at any time.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

Frame = tuple[dict[str, Any], bytes]

# Seconds of sound between two signs of life.
_SIGN_S = 60.0
# Processor time: a start, and a share of the recording's length. The share is ten times what is needed.
_START_CPU_S, _CPU_SHARE = 120, 0.7


def main() -> None:
    """Sends one frame a clip, and a last one that says how it ended."""
    outgoing = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints goes to the log and not between the frames.
    os.dup2(2, 1)
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from vtai.providers import workshop_child

    options: dict[str, Any] = json.loads(sys.argv[1])
    workshop_child.confine(memory_mb=options["memory_mb"])
    workshop_child.allow_cpu(_START_CPU_S)
    try:
        with os.fdopen(os.dup(0), "rb") as file:
            for frame in frames(file, options["clip_s"], options["most_s"]):
                workshop_child.send(outgoing, *frame)
    except BrokenPipeError:
        return
    except MemoryError:
        workshop_child.send(outgoing, {"failed": "memory"}, b"")
    except Exception as error:  # noqa: BLE001 the parent must get an answer whatever happens
        workshop_child.log(f"recording: {type(error).__name__}: {error}"[:500])
        workshop_child.send(outgoing, {"failed": "damaged"}, b"")


def frames(file: BinaryIO, clip_s: float, most_s: float) -> Iterator[Frame]:
    """What is told of a file: its extent, its clips and signs of life, and how it ended."""
    from vtai.providers.recordings import cutting, detecting, sound
    from vtai.providers.workshop_child import allow_cpu

    try:
        extent = sound.extent(file, most_s)
        yield {"held_s": extent.held_s, "promised_s": extent.promised_s, "cut": extent.is_broken_off}, b""
        allow_cpu(_START_CPU_S + int(extent.held_s * _CPU_SHARE))
        cutter = cutting.Cutter(detecting.detector(), clip_s)
        told_s = 0.0
        for chunk in _chunks(sound.samples(file)):
            for cut in cutter.feed(chunk):
                yield {"start_s": cut.start_s, "end_s": cut.end_s}, cut.samples
            if cutter.at_s - told_s >= _SIGN_S:
                told_s = cutter.at_s
                yield {"at_s": told_s}, b""
        for cut in cutter.finish():
            yield {"start_s": cut.start_s, "end_s": cut.end_s}, cut.samples
    except sound.NotSound as error:
        yield {"failed": error.kind}, b""
        return
    yield {"done_s": cutter.at_s}, b""


def _chunks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same samples in chunks of the size that detectors take; the last one is filled with silence."""
    from vtai.providers.recordings.cutting import CHUNK_BYTES

    held = bytearray()
    for piece in pieces:
        held += piece
        whole = len(held) - len(held) % CHUNK_BYTES
        for at in range(0, whole, CHUNK_BYTES):
            yield bytes(held[at : at + CHUNK_BYTES])
        del held[:whole]
    if held:
        yield bytes(held).ljust(CHUNK_BYTES, b"\0")


if __name__ == "__main__":
    main()
