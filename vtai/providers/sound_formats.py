"""Sound in the format that a program asks for: whole, or piece by piece while it is being made."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, cast

from vtai.core.errors import NotConfigured
from vtai.providers.pcm import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SoundFormat = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]

MEDIA_TYPES: Final[Mapping[SoundFormat, str]] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
# Container, codec and rate.
_CODED: Final[Mapping[SoundFormat, tuple[str, str, int]]] = {
    "mp3": ("mp3", "libmp3lame", RATE_HZ),
    "opus": ("ogg", "libopus", 48_000),
    "aac": ("adts", "aac", RATE_HZ),
    "flac": ("flac", "flac", RATE_HZ),
}
_UNKNOWN_LENGTH: Final = 0xFFFFFFFF
# The header after its first eight bytes.
_HEADER_REST: Final = 36


class Encoder(Protocol):
    """Takes 16 bit mono samples at 24 kHz in pieces, gives the file in pieces. Blocking."""

    def feed(self, samples: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


def encoder(wanted: SoundFormat, size_bytes: int | None = None) -> Encoder:
    """Makes a file of that format. `size_bytes` is how much will be fed, where that is known.

    Raises NotConfigured where the package that encodes is not installed.
    """
    if wanted in {"pcm", "wav"}:
        return _Plain(wav_header(size_bytes) if wanted == "wav" else b"")
    return _Coded(*_CODED[wanted])


def encoded(samples: bytes, wanted: SoundFormat) -> bytes:
    """The whole sound. Blocking."""
    made = encoder(wanted, len(samples))
    return made.feed(samples) + made.finish()


def wav_header(size_bytes: int | None) -> bytes:
    """The beginning of a WAV file; of one that is still being made it claims the longest there is."""
    size = _UNKNOWN_LENGTH if size_bytes is None else size_bytes
    whole = _UNKNOWN_LENGTH if size_bytes is None else size_bytes + _HEADER_REST
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", whole, b"WAVE") + form + struct.pack("<4sI", b"data", size)


class _Plain:
    """Samples as they are, behind a header."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def feed(self, samples: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + samples

    def finish(self) -> bytes:
        return self.feed(b"")


class _Spout:
    """What the container writes to: it cannot go back."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def taken(self) -> bytes:
        written, self._written = bytes(self._written), bytearray()
        return written


class _Coded:
    """Samples through a codec."""

    def __init__(self, container: str, codec: str, rate_hz: int) -> None:
        try:
            import av
        except ImportError as error:
            raise NotConfigured(
                "Sound cannot be made in this format here.",
                "Ask for wav or pcm, or install what encodes: pip install 'vtai[embedded]'.",
            ) from error
        self._spout = _Spout()
        options = {"write_xing": "0"} if container == "mp3" else {}
        self._file = cast("Any", av.open)(self._spout, "w", format=container, container_options=options)
        self._stream = cast("Any", self._file.add_stream(codec, rate=rate_hz))
        self._stream.layout = "mono"
        kinds = [kind.name for kind in self._stream.codec_context.codec.audio_formats or ()]
        kind = "s16" if "s16" in kinds else kinds[0]
        self._stream.format = kind
        self._resampler = av.AudioResampler(format=kind, layout="mono", rate=rate_hz)

    def feed(self, samples: bytes) -> bytes:
        import av
        import numpy as np

        if samples:
            values = np.frombuffer(samples[: len(samples) // 2 * 2], "<i2").reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(values, format="s16", layout="mono")
            frame.sample_rate = RATE_HZ
            self._write(self._resampler.resample(frame))
        return self._spout.taken()

    def finish(self) -> bytes:
        self._write(self._resampler.resample(None))
        self._write(iter((None,)))
        self._file.close()
        return self._spout.taken()

    def _write(self, frames: Iterator[Any] | list[Any]) -> None:
        for frame in frames:
            if frame is not None:
                frame.pts = None
            for packet in self._stream.encode(frame):
                self._file.mux(packet)
