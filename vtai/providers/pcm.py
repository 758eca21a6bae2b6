"""Sound of any container as plain samples: what is played piece by piece in a conversation by voice."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING, Final

from vtai.core.errors import BadAttachment, NotConfigured
from vtai.providers.resampling import resampled

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from vtai.core.sound import Audio

RATE_HZ: Final = 24_000
# A piece of speech is a few sentences; a quarter of an hour is none.
_MOST_BYTES: Final = 15 * 60 * RATE_HZ * 2
# Kinds that hold sound themselves: no lists of other files, no devices.
_OPTIONS: Final = {
    "format_whitelist": "mp3,wav,ogg,flac,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,aac",
    "protocol_whitelist": "none",
}


async def samples_24k(audio: Audio) -> bytes:
    """16 bit mono samples at 24 kHz. WAV needs nothing more; other kinds need the package `av`.

    Raises BadAttachment where it is no sound or too long, NotConfigured where `av` is missing.
    """
    return await asyncio.to_thread(decoded, audio)


def decoded(audio: Audio) -> bytes:
    """The same, blocking."""
    samples = _of_wav(audio.data)
    if samples is None:
        samples = _of_any(audio.data)
    if not samples:
        raise _unplayable("holds no sound")
    if len(samples) > _MOST_BYTES:
        raise _unplayable("is too long")
    return samples


def _of_wav(data: bytes) -> bytes | None:
    """None where it is not WAV with 16 bit samples."""
    import numpy as np

    try:
        with wave.open(io.BytesIO(data)) as file:
            if file.getsampwidth() != 2 or not 1 <= file.getnchannels() <= 8:
                return None
            rate_hz, channels = file.getframerate(), file.getnchannels()
            # The length in the header may be a mere guess: what is there counts.
            frames = file.readframes(_MOST_BYTES * 4)
    except (wave.Error, EOFError):
        return None
    whole = len(frames) - len(frames) % (2 * channels)
    values = np.frombuffer(frames[:whole], "<i2")
    if (rate_hz, channels) == (RATE_HZ, 1):
        return values.tobytes()
    mono = values.reshape(-1, channels).mean(axis=1).astype(np.float32)
    return _bytes(resampled(mono, rate_hz, RATE_HZ))


def _bytes(values: NDArray[np.float32]) -> bytes:
    import numpy as np

    return np.clip(np.rint(values), -32_768, 32_767).astype("<i2").tobytes()


def _of_any(data: bytes) -> bytes:
    try:
        import av
    except ImportError as error:
        raise NotConfigured(
            "Speech of this kind cannot be played in a conversation.",
            "Install the package that opens it: pip install 'vtai[embedded]'.",
        ) from error
    try:
        made = bytearray()
        for piece in _pieces(data):
            made += piece
            if len(made) > _MOST_BYTES:
                break
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise _unplayable("cannot be read") from error
    return bytes(made)


def _pieces(data: bytes) -> Iterator[bytes]:
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
    with av.open(io.BytesIO(data), "r", options=dict(_OPTIONS), metadata_errors="ignore") as container:
        for frame in container.decode(audio=0):
            frame.pts = None
            for piece in resampler.resample(frame):
                yield bytes(piece.planes[0])[: piece.samples * 2]
        for piece in resampler.resample(None):
            yield bytes(piece.planes[0])[: piece.samples * 2]


def _unplayable(what: str) -> BadAttachment:
    return BadAttachment(f"The sound that the voice gave {what}.", "Choose another voice or model.")
