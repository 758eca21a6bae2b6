"""Events on their way from a service: whatever their size, they arrive as they were."""

from __future__ import annotations

import pytest

from vtai.core.code import CodeEvent, CodeFigure, CodeOutput, CodeResult
from vtai.core.events import TableReady
from vtai.providers.sandbox import remote_frames
from vtai.providers.sandbox.engine import MIB

EVENTS: list[CodeEvent] = [
    CodeOutput("stderr", "ä" * 700_000),
    CodeFigure(b"x" * (2 * MIB + 5)),
    TableReady("t", ("a", "b"), (("1", "2"),), 7),
    CodeResult("ok", "\n" * 65_536, "ü" * 1000, "r" * 24_000, notes=("one",), duration_ms=2.5, state="kept"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_fits_into_frames(event: CodeEvent) -> None:
    sent = [
        remote_frames.decoded(frame, remote_frames.FROM_SERVICE)
        for frame in remote_frames.event_frames(event)
    ]
    match event:
        case CodeOutput():
            assert "".join(remote_frames.output_of(*one).text for one in sent) == event.text
        case CodeFigure():
            assert b"".join(payload for _, payload in sent) == event.data
        case TableReady():
            assert remote_frames.table_of(sent[0][1]) == event
        case _:
            assert remote_frames.end_of(sent[0][1])[0] == event
