"""Sound from the microphone, from the browser's pieces to something a speech provider takes."""

from __future__ import annotations

import io
import wave

from vtai.core.ports import Audio
from vtai.ui.session import Recording

# The browser sends this, whatever it is told.
RATE_HZ = 24_000
_BYTES_A_SAMPLE = 2
MOST_SECONDS = 300
# A piece is 8 KB; more than this is not from our page.
MOST_BYTES_A_PIECE = 65_536
# Shorter than this nobody said anything.
_LEAST_SECONDS = 0.3


def start() -> Recording:
    return Recording(MOST_SECONDS * RATE_HZ * _BYTES_A_SAMPLE)


def sound_of(recording: Recording) -> Audio | None:
    """The recording as a WAV file, or None where it is too short to hold a word."""
    samples = bytes(recording.samples[: len(recording.samples) // _BYTES_A_SAMPLE * _BYTES_A_SAMPLE])
    if len(samples) < _LEAST_SECONDS * RATE_HZ * _BYTES_A_SAMPLE:
        return None
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(_BYTES_A_SAMPLE)
        wav.setframerate(RATE_HZ)
        wav.writeframes(samples)
    return Audio(file.getvalue(), "audio/wav")
