"""The packaged ears: Moonshine's small English model, loaded when it is first needed.

A transcriber must not be called by two threads at once, so each thread has its own; they serve everybody.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import logging
import threading
import wave
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadAttachment, NotConfigured, NotReady, VendorDown
from vtai.core.sound import Audio, SpokenPart, Transcript
from vtai.providers.resampling import SPEECH_RATE_HZ, resampled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

MAX_SECONDS = 10 * 60

# Silence at both ends halves the errors: first and last words are caught whole.
_PADDING_S = 0.3
_SAMPLE_RATES_HZ = range(4_000, 192_001)
# What the model makes of a breath or a knock before the words.
_STRAY = "you"


class EmbeddedEars:
    """Writes down English speech from WAV files, `instances` at once.

    Each instance takes about 120 MB, and is loaded when it is first needed: the second when two recordings
    come at the same time. Two are nearly twice as fast as one where there are two processors.
    """

    def __init__(self, instances: int = 1) -> None:
        # Threads of its own: whoever waits for a transcriber keeps no thread from anybody else.
        self._threads = ThreadPoolExecutor(instances, thread_name_prefix="ears")
        self._lock = threading.Lock()
        self._idle: list[Any] = []

    async def transcribe(self, audio: Audio, language: str | None = None) -> Transcript:
        """The words with their times, none for silence.

        Raises NotConfigured, NotReady, BadAttachment or VendorDown.
        """
        if language is not None and language.lower().partition("-")[0] not in {"en", "english"}:
            raise NotConfigured(
                "Built-in listening understands English only.",
                "Add a key for other languages: vtai --api-key openai=...",
            )
        samples = await asyncio.to_thread(_samples, audio)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._transcribe, samples)

    def _transcribe(self, samples: NDArray[np.float32]) -> Transcript:
        import numpy as np

        silence = np.zeros(round(_PADDING_S * SPEECH_RATE_HZ), np.float32)
        padded = np.concatenate([silence, samples, silence]).tolist()
        with self._lock:
            transcriber = self._idle.pop() if self._idle else None
        if transcriber is None:
            transcriber = _load()
        try:
            heard = transcriber.transcribe_without_streaming(padded, SPEECH_RATE_HZ)
        except Exception as error:
            logger.warning("listening failed: %s", error)
            raise VendorDown(
                "Built-in listening failed on this recording.", "Record it again, a little longer."
            ) from error
        finally:
            with self._lock:
                self._idle.append(transcriber)
        return Transcript(_parts(heard.lines, samples.size / SPEECH_RATE_HZ), "en")


def _samples(audio: Audio) -> NDArray[np.float32]:
    return resampled(*decoded(audio))


def _parts(lines: list[Any], seconds: float) -> tuple[SpokenPart, ...]:
    """The lines with words, in times of the recording as it came."""
    parts = []
    for number, line in enumerate(lines):
        text = line.text.strip()
        if not text or (number == 0 and text.rstrip(" .,!?").lower() == _STRAY):
            continue
        start_s = min(max(0.0, line.start_time - _PADDING_S), seconds)
        end_s = min(max(start_s, line.start_time - _PADDING_S + line.duration), seconds)
        parts.append(SpokenPart(round(start_s, 3), round(end_s, 3), text))
    return tuple(parts)


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
