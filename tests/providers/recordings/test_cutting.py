"""Where clips begin and end, chunk by chunk."""

from __future__ import annotations

import random
import struct

import pytest

from vtai.providers.recordings.cutting import CHUNK_BYTES, CHUNK_S, Cut, Cutter
from vtai.providers.recordings.detecting import LoudnessDetector

SPEECH, QUIET = b"\x01" * CHUNK_BYTES, bytes(CHUNK_BYTES)


def spoken(chunk: bytes) -> float:
    return float(chunk[0])


def cuts(*stretches: tuple[bytes, float], most_s: float = 30.0) -> list[Cut]:
    """What comes of stretches of so many seconds."""
    cutter = Cutter(spoken, most_s)
    found = [
        cut
        for chunk, seconds in stretches
        for _ in range(round(seconds / CHUNK_S))
        for cut in cutter.feed(chunk)
    ]
    return [*found, *cutter.finish()]


def test_a_clip_has_a_margin_on_both_sides_and_its_samples() -> None:
    (cut,) = cuts((QUIET, 5), (SPEECH, 3), (QUIET, 5))
    assert cut.start_s == pytest.approx(4.75, abs=0.1)
    assert cut.end_s == pytest.approx(8.25, abs=0.1)
    assert len(cut.samples) / 32_000 == pytest.approx(cut.end_s - cut.start_s)


@pytest.mark.parametrize(
    ("pause_s", "count"), [pytest.param(1.0, 1, id="a breath"), pytest.param(3.0, 2, id="a silence")]
)
def test_only_a_silence_ends_a_clip(pause_s: float, count: int) -> None:
    assert len(cuts((SPEECH, 2), (QUIET, pause_s), (SPEECH, 2), (QUIET, 3))) == count


def test_a_click_is_no_speech() -> None:
    assert not cuts((QUIET, 2), (SPEECH, 0.1), (QUIET, 3))


def test_speech_without_end_is_cut_at_its_longest_breath_and_nothing_is_lost() -> None:
    found = cuts((SPEECH, 7), (QUIET, 0.5), (SPEECH, 9), most_s=10.0)
    assert found[0].end_s == pytest.approx(7.25, abs=0.3)
    assert all(cut.end_s - cut.start_s <= 10.0 for cut in found)
    assert found[-1].end_s == pytest.approx(16.5, abs=0.1)
    assert [cut.start_s for cut in found[1:]] == [pytest.approx(cut.end_s) for cut in found[:-1]]


def test_without_the_model_what_is_loud_against_the_noise_is_speech() -> None:
    chance, detector = random.Random(4), LoudnessDetector()

    def noise(level: float) -> bytes:
        return struct.pack("<512h", *(int(chance.gauss(0, level)) for _ in range(512)))

    assert max(detector(noise(60)) for _ in range(100)) == 0.0
    assert min(detector(noise(3_000)) for _ in range(100)) == 1.0
    assert max(detector(noise(60)) for _ in range(100)) == 0.0
