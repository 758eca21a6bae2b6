"""What counts as something said. Pure functions over text and WAV."""

from __future__ import annotations

import io
import re
import wave
from typing import Final

from vtai.core.events import Choices, Event, Failed
from vtai.core.sound import Audio

# Listeners write what is no speech in brackets, or as notes of music.
_NOISE = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]")
_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*")
_HESITATIONS: Final = frozenset(
    {"uh", "uhh", "um", "umm", "hm", "hmm", "mm", "mmm", "mhm", "er", "erm", "ah", "eh", "äh", "ähm", "euh"}
)
# Fewer words than this may well be said again on purpose.
_LEAST_ECHO: Final = 3


def said(text: str) -> str:
    """The words without what stands for noise; "" where nothing but noise or a hesitation was heard."""
    kept = " ".join(_NOISE.sub(" ", text).split())
    words = _words(kept)
    return kept if any(word not in _HESITATIONS for word in words) else ""


def is_echo(text: str, spoken: str) -> bool:
    """Whether the words are but a part of what was just spoken aloud, heard by the microphone."""
    heard, whole = _words(text), _words(spoken)
    size = len(heard)
    return size >= _LEAST_ECHO and any(whole[at : at + size] == heard for at in range(len(whole) - size + 1))


def aloud(event: Event) -> str:
    """What is to be said of an event that no handler speaks: a failure, a question."""
    match event:
        case Failed(message, hint):
            return f"{message} {hint}".strip()
        case Choices(question, options):
            return " ".join([question, *(f"{option.label}?" for option in options)])
        case _:
            return ""


def without_start(audio: Audio, seconds: float) -> Audio:
    """WAV without its first seconds; as it is, where it is not WAV or not so long."""
    try:
        with wave.open(io.BytesIO(audio.data)) as file:
            parameters, skipped = file.getparams(), int(seconds * file.getframerate())
            if not 0 < skipped < parameters.nframes:
                return audio
            file.readframes(skipped)
            rest = file.readframes(parameters.nframes - skipped)
    except (wave.Error, EOFError):
        return audio
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(parameters.nchannels)
        out.setsampwidth(parameters.sampwidth)
        out.setframerate(parameters.framerate)
        out.writeframes(rest)
    return Audio(made.getvalue(), audio.media_type)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
