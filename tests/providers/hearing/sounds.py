"""Speech, noise and silence as a microphone gives them, and the pieces that a page sends of them."""

from __future__ import annotations

import importlib.util
import io
import random
import tomllib
import wave
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np  # noqa: TID253 tests of sound need it anyway
import pytest

from vtai.core.sound import Audio, HeardEvent
from vtai.providers.hearing.listening import MICROPHONE_RATE_HZ
from vtai.providers.resampling import SPEECH_RATE_HZ, resampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vtai.core.ports import Listener

    Sound = NDArray[np.float32]

SAMPLES = Path(__file__).parents[2] / "samples" / "speech"
WORDS: dict[str, str] = tomllib.loads((SAMPLES / "transcripts.toml").read_text())
PIECE_BYTES = 8_192

Kind = TypeVar("Kind", bound=HeardEvent)
Piece = tuple[bytes, float | None]


def spoken(name: str) -> Sound:
    """A sentence of the samples at 16 kHz, -1..1."""
    import av

    with av.open(str(SAMPLES / f"{name}.flac")) as file:
        found = [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]
    return np.concatenate(found).astype(np.float32) / np.float32(32_768)


def read_aloud(name: str) -> Sound:
    """A recording of a person that a package ships, at 16 kHz, -1..1."""
    found = importlib.util.find_spec("moonshine_voice")
    if found is None or found.origin is None:
        pytest.skip("the package with recorded speech is not installed")
    with wave.open(str(Path(found.origin).parent / "assets" / f"{name}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return resampled(samples.astype(np.float32) / np.float32(32_768), file.getframerate())


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * SPEECH_RATE_HZ), np.float32)


def noise(kind: str, seconds: float, db: float, seed: int = 0) -> Sound:
    """White or pink noise, the hum of the mains, or a tune, `db` below full scale on average."""
    count = round(seconds * SPEECH_RATE_HZ)
    white = np.random.default_rng(seed).standard_normal(count)
    at = np.arange(count) / SPEECH_RATE_HZ
    match kind:
        case "white":
            made = white
        case "pink":
            made = np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.arange(count // 2 + 1) + 1), count)
        case "hum":
            made = sum(np.sin(2 * np.pi * 50 * part * at + part) / part for part in range(1, 12))
        case _:
            note_hz = np.array([262, 330, 392, 523])[(at / 0.4).astype(int) % 4]
            tones = sum(np.sin(2 * np.pi * note_hz * part * at) / part for part in range(1, 6))
            made = tones * np.exp(-3 * (at % 0.4))
    return (made / made.std() * 10 ** (db / 20)).astype(np.float32)


def level(sound: Sound) -> float:
    """Decibels below full scale."""
    return float(20 * np.log10(np.sqrt(np.mean(sound**2))))


def noisy(sound: Sound, kind: str, below_db: float) -> Sound:
    """With noise that is so much quieter than the sound."""
    return sound + noise(kind, sound.size / SPEECH_RATE_HZ, level(sound) - below_db)[: sound.size]


def in_a_room(*parts: Sound) -> Sound:
    """The parts after one another in a quiet room."""
    joined = np.concatenate(parts)
    return joined + noise("pink", joined.size / SPEECH_RATE_HZ, -70.0)[: joined.size]


def microphone(sound: Sound) -> bytes:
    """The same as a page sends it: 16 bit at 24 kHz, cut off where it is too loud."""
    wide = resampled(sound, SPEECH_RATE_HZ, MICROPHONE_RATE_HZ)
    return np.clip(np.rint(wide * 32_768), -32_768, 32_767).astype("<i2").tobytes()


def pieces(samples: bytes, size: int = PIECE_BYTES, began_ms: float | None = None) -> list[Piece]:
    """In pieces of that size, with the times of their ends where the beginning is told."""
    cuts = [samples[at : at + size] for at in range(0, len(samples), size)]
    ends = np.cumsum([len(cut) / 2 / MICROPHONE_RATE_HZ * 1_000 for cut in cuts])
    return [
        (cut, None if began_ms is None else round(began_ms + end))
        for cut, end in zip(cuts, ends, strict=True)
    ]


def shuffled(ordered: list[Piece], seed: int = 0) -> list[Piece]:
    """Neighbours change places, as far as tasks of one connection overtake one another."""
    chance = random.Random(seed)
    mixed = list(ordered)
    for at in range(0, len(mixed) - 1, 2):
        if chance.random() < 0.6:
            mixed[at], mixed[at + 1] = mixed[at + 1], mixed[at]
    return mixed


async def hear(listener: Listener, sent: Iterable[Piece], *, is_closed: bool = True) -> list[HeardEvent]:
    events: list[HeardEvent] = []
    for samples, at_ms in sent:
        events += await listener.feed(samples, at_ms)
    return events + list(await listener.finish()) if is_closed else events


async def heard_in(listener: Listener, sound: Sound, *, is_closed: bool = True) -> list[HeardEvent]:
    return await hear(listener, pieces(microphone(sound)), is_closed=is_closed)


def only(kind: type[Kind], events: Iterable[HeardEvent]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def samples_of(audio: Audio) -> Sound:
    with wave.open(io.BytesIO(audio.data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SPEECH_RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32_768


def place_of(part: Sound, whole: Sound) -> float:
    """Where a part stands in the whole, in seconds: where they fit best."""
    size = 1 << (whole.size + part.size).bit_length()
    fit = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size)), size)
    return int(fit[: whole.size].argmax()) / SPEECH_RATE_HZ


def wav(sound: Sound) -> Audio:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SPEECH_RATE_HZ)
        file.writeframes(np.clip(np.rint(sound * 32_768), -32_768, 32_767).astype("<i2").tobytes())
    return Audio(made.getvalue(), "audio/wav")
