"""Makes sound files of every kind from recorded speech that a package ships, and from silence."""

from __future__ import annotations

import importlib.util
import io
import wave
from pathlib import Path
from typing import Any

import pytest

from vtai.core.messages import Attachment

RATE_HZ = 48_000
# Container and codec of each suffix.
KINDS = {
    "mp3": ("mp3", "libmp3lame"),
    "wav": ("wav", "pcm_s16le"),
    "m4a": ("ipod", "aac"),
    "ogg": ("ogg", "vorbis"),
    "opus": ("ogg", "libopus"),
    "flac": ("flac", "flac"),
    "webm": ("webm", "libopus"),
    "mkv": ("matroska", "aac"),
}


def speech(seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    """Somebody reading a novel aloud, 16 bit, mono."""
    import numpy as np

    found = importlib.util.find_spec("moonshine_voice")
    if found is None or found.origin is None:
        pytest.skip("the package with recorded speech is not installed")
    with wave.open(str(Path(found.origin).parent / "assets" / "two_cities.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    places = np.arange(int(seconds * rate_hz)) * (RATE_HZ / rate_hz) % (samples.size - 1)
    return np.interp(places, np.arange(samples.size), samples).astype(np.int16).tobytes()


def silence(seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    return bytes(2 * int(seconds * rate_hz))


def sound(
    suffix: str,
    samples: bytes,
    *,
    rate_hz: int = RATE_HZ,
    layout: str = "mono",
    codec: str | None = None,
    has_picture: bool = False,
    is_live: bool = False,
) -> bytes:
    """The samples as a file of that kind. `is_live`: written as a browser does, without an end known."""
    import av
    import numpy as np

    kind, usual = KINDS.get(suffix, (suffix, "aac"))
    made = io.BytesIO()
    options = {"live": "1"} if is_live else {}
    layout = "stereo" if suffix == "ogg" else layout
    with av.open(made, "w", format=kind, options=options) as container:
        stream: Any = container.add_stream(codec or usual, rate=rate_hz, options={"strict": "-2"})
        stream.layout = layout
        film: Any = container.add_stream("mpeg4", rate=1) if has_picture else None
        if film is not None:
            film.width, film.height, film.pix_fmt = 32, 32, "yuv420p"
            container.mux(film.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
            container.mux(film.encode(None))
        even = av.AudioResampler(format=stream.codec_context.format.name, layout=layout, rate=rate_hz)
        every = np.frombuffer(samples, np.int16)
        for at in range(0, every.size, rate_hz * 60):
            block = np.ascontiguousarray(every[None, at : at + rate_hz * 60])
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.rate, frame.pts = rate_hz, at
            for part in even.resample(frame):
                container.mux(stream.encode(part))
        for part in even.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return made.getvalue()


def film_without_sound() -> bytes:
    import av
    import numpy as np

    made = io.BytesIO()
    with av.open(made, "w", format="mp4") as container:
        film: Any = container.add_stream("mpeg4", rate=5)
        film.width, film.height, film.pix_fmt = 32, 32, "yuv420p"
        for _ in range(10):
            container.mux(film.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
        container.mux(film.encode(None))
    return made.getvalue()


def with_cover(mp3: bytes) -> bytes:
    """The same with a picture in a tag before the sound, as shops send music."""
    picture = b"\x00image/png\x00\x03\x00" + b"\x89PNG\r\n\x1a\n" + bytes(2_000)
    frame = b"APIC" + len(picture).to_bytes(4, "big") + b"\x00\x00" + picture
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame + mp3


def attached(folder: Path, name: str, content: bytes) -> Attachment:
    path = folder / "kept"
    path.write_bytes(content)
    return Attachment(name, "", path, len(content))
