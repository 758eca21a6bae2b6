"""The packaged ears: Moonshine's small English model, loaded when it is first needed.

One transcriber serves everybody, one recording at a time: it must not be called by two threads at once.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import logging
import threading
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadAttachment, NotConfigured, NotReady, VendorDown
from vtai.core.ports import Audio

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

MAX_SECONDS = 10 * 60

# Silence at both ends halves the errors: first and last words are caught whole.
_PADDING_S = 0.3
_MODEL_RATE_HZ = 16_000
_FILTER_TAPS = 64
_SAMPLE_RATES_HZ = range(4_000, 192_001)


class EmbeddedEars:
    """Writes down English speech from WAV files."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._transcriber: Any = None

    async def transcribe(self, audio: Audio, language: str | None = None) -> str:
        """The words, or "" for silence. Raises NotConfigured, NotReady, BadAttachment or VendorDown."""
        if language is not None and language.lower().partition("-")[0] not in {"en", "english"}:
            raise NotConfigured(
                "Built-in listening understands English only.",
                "Add a key for other languages: vtai --api-key openai=...",
            )
        return await asyncio.to_thread(self._transcribe, audio)

    def _transcribe(self, audio: Audio) -> str:
        import numpy as np

        samples = resampled(*decoded(audio))
        silence = np.zeros(round(_PADDING_S * _MODEL_RATE_HZ), np.float32)
        padded = np.concatenate([silence, samples, silence]).tolist()
        with self._lock:
            if self._transcriber is None:
                self._transcriber = _load()
            try:
                transcript = self._transcriber.transcribe_without_streaming(padded, _MODEL_RATE_HZ)
            except Exception as error:
                logger.warning("listening failed: %s", error)
                raise VendorDown(
                    "Built-in listening failed on this recording.", "Record it again, a little longer."
                ) from error
        return " ".join(text for line in transcript.lines if (text := line.text.strip()))


def is_installed() -> bool:
    """Whether the model is there; nothing is loaded."""
    found = importlib.util.find_spec("moonshine_voice")
    return found is not None and found.origin is not None and _weights(found.origin).is_dir()


def decoded(audio: Audio) -> tuple[NDArray[np.float32], int]:
    """Mono samples in -1..1 and their rate in Hz. Raises BadAttachment unless it is a sound PCM WAV file."""
    import numpy as np

    if audio.data[:4] not in {b"RIFF", b"RIFX"} or audio.data[8:12] != b"WAVE":
        raise BadAttachment(
            "Built-in listening cannot read this kind of sound file.",
            "It takes WAV files. Convert the recording to WAV, or add a key: vtai --api-key openai=...",
        )
    try:
        with wave.open(io.BytesIO(audio.data)) as file:
            width, channels, rate_hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
            _refuse_odd(width, channels, rate_hz)
            frames = file.readframes(MAX_SECONDS * rate_hz + 1)
    except (wave.Error, EOFError, ValueError) as error:
        raise BadAttachment(
            "This WAV file is damaged or of an unusual kind.", "Save it as 16-bit PCM WAV and send it again."
        ) from error
    whole = len(frames) - len(frames) % (width * channels)
    if whole > MAX_SECONDS * rate_hz * width * channels:
        raise BadAttachment(
            f"The recording is longer than {MAX_SECONDS // 60} minutes.", "Send it in shorter parts."
        )
    samples = _floats(frames[:whole], width)
    return samples.reshape(-1, channels).mean(axis=1, dtype=np.float32), rate_hz


def resampled(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """The sound at the model's own rate. Frequencies that do not fit are filtered out, not folded back."""
    import numpy as np

    if rate_hz == _MODEL_RATE_HZ or not samples.size:
        return samples
    if rate_hz > _MODEL_RATE_HZ:
        taps = _FILTER_TAPS * -(-rate_hz // _MODEL_RATE_HZ) + 1
        at = np.arange(taps) - taps // 2
        kernel = np.sinc(at * _MODEL_RATE_HZ / rate_hz) * np.hamming(taps)
        samples = np.convolve(samples, (kernel / kernel.sum()).astype(np.float32), "same")
    count = round(samples.size * _MODEL_RATE_HZ / rate_hz)
    places = np.arange(count) * (rate_hz / _MODEL_RATE_HZ)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), np.float32)


def _refuse_odd(width: int, channels: int, rate_hz: int) -> None:
    if width not in {1, 2, 3, 4} or not 1 <= channels <= 8 or rate_hz not in _SAMPLE_RATES_HZ:
        raise ValueError(f"width {width}, channels {channels}, rate {rate_hz}")


def _floats(frames: bytes, width: int) -> NDArray[np.float32]:
    """Samples of 1 (unsigned) to 4 bytes as -1..1."""
    import numpy as np

    raw = np.frombuffer(frames, np.uint8)
    if width == 1:
        return (raw.astype(np.float32) - np.float32(128)) / np.float32(128)
    # Filled up to the top of 32 bits, whatever the width.
    wide = np.zeros((len(raw) // width, 4), np.uint8)
    wide[:, 4 - width :] = raw.reshape(-1, width)
    return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)


def _load() -> Any:
    """The transcriber, from the weights inside the package: nothing is downloaded."""
    if not is_installed():
        raise NotConfigured(
            "Built-in listening is not installed.",
            "Install it: pip install 'vtai[embedded]', or add a key: vtai --api-key openai=...",
        )
    try:
        import moonshine_voice

        folder = _weights(str(moonshine_voice.__file__))
        return moonshine_voice.Transcriber(folder, moonshine_voice.ModelArch.TINY)
    except Exception as error:
        logger.warning("listening cannot be loaded: %s", error)
        raise NotReady(
            "Built-in listening cannot be loaded on this machine.", "The server's log has the reason."
        ) from error


def _weights(package_file: str) -> Path:
    return Path(package_file).parent / "assets" / "tiny-en"
