"""Small sound files in the containers that vendors answer with, made by PyAV or by hand."""

from __future__ import annotations

import io
import math
import struct
import wave
from array import array

from vtai.core.sound import Audio

RATE_HZ = 24_000


def samples(seconds: float, hertz: float = 440.0, rate_hz: int = RATE_HZ) -> array[int]:
    count = round(seconds * rate_hz)
    return array("h", (round(9_000 * math.sin(math.tau * hertz * n / rate_hz)) for n in range(count)))


def wav(seconds: float, hertz: float = 440.0, rate_hz: int = RATE_HZ) -> Audio:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes(samples(seconds, hertz, rate_hz).tobytes())
    return Audio(file.getvalue(), "audio/wav")


def streamed_wav(seconds: float) -> Audio:
    """As vendors stream it: the head does not know the length, and a chunk of remarks is in it."""
    body = samples(seconds).tobytes()
    head = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    remarks = b"LIST" + struct.pack("<I", 5) + b"INFOx\0"
    return Audio(
        b"RIFF\xff\xff\xff\xff" + head + remarks + b"data\xff\xff\xff\xff" + body, "audio/wav; codecs=1"
    )


def encoded(seconds: float, form: str, codec: str, media_type: str, rate_hz: int = RATE_HZ) -> Audio:
    import av
    import numpy as np

    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        if form == "mp3":
            container.metadata["title"] = "A title, so that there is a tag"
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(
            np.frombuffer(samples(seconds, rate_hz=rate_hz).tobytes(), np.int16).reshape(1, -1), "s16", "mono"
        )
        frame.sample_rate = rate_hz
        resampler = av.AudioResampler(stream.format, "mono", rate_hz, stream.frame_size or None)
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return Audio(file.getvalue(), media_type)


def mp3(seconds: float, rate_hz: int = RATE_HZ) -> Audio:
    return encoded(seconds, "mp3", "libmp3lame", "audio/mpeg", rate_hz)


def opus(seconds: float) -> Audio:
    return encoded(seconds, "ogg", "libopus", "audio/ogg", 48_000)


def seconds_of(audio: Audio) -> float:
    """How much sound a decoder finds in it, whatever its head says."""
    import av

    with av.open(io.BytesIO(audio.data)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def told_seconds(audio: Audio) -> float:
    """How long a player takes it to be."""
    import av

    with av.open(io.BytesIO(audio.data)) as container:
        return (container.duration or 0) / 1_000_000
