"""Who speaks and who listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fakes import FakeSpeech
from vtai.core.errors import MissingKey, NotConfigured, UnknownName
from vtai.core.ports import Audio, Model
from vtai.core.sound import SpokenPart, Transcript
from vtai.core.turn import SpeechOptions
from vtai.providers import model_file
from vtai.providers.catalogue import TomlCatalogue
from vtai.providers.keys import KeyRing
from vtai.providers.speech import ChosenSpeech

SOUND = Audio(b"RIFF....WAVE", "audio/wav")
OWN = """
order = ["lean", "broad"]

[vendors.lean]
base_url = "http://127.0.0.1:9/v1"
key_variable = "LEAN_API_KEY"

[vendors.broad]
wire = "litellm"
key_variable = "BROAD_API_KEY"

[[models]]
name = "lean-voice"
vendor = "lean"
id = "voice-1"
capabilities = ["speech"]

[[models]]
name = "broad-all"
vendor = "broad"
id = "all-1"
capabilities = ["speech", "transcription"]
"""


@dataclass
class FakeVendor:
    """Remembers which model was asked."""

    asked: list[str] = field(default_factory=list)

    async def speak(self, model: Model, text: str, options: SpeechOptions) -> Audio:
        self.asked.append(model.name)
        return SOUND

    async def transcribe(self, model: Model, audio: Audio, language: str | None) -> Transcript:
        self.asked.append(model.name)
        return Transcript((SpokenPart(0.0, 1.0, "hello"),))


@dataclass
class Parts:
    speech: ChosenSpeech
    lean: FakeVendor
    broad: FakeVendor
    own: FakeSpeech


def parts(folder: Path, *, has_own: bool = True, **keys: str) -> Parts:
    folder.mkdir(exist_ok=True)
    (folder / "models.toml").write_text(OWN)
    file = model_file.read(folder)
    known = TomlCatalogue(file, KeyRing(keys, {}, file.vendors), lambda: has_own)
    lean, broad, own = FakeVendor(), FakeVendor(), FakeSpeech()
    speech = ChosenSpeech(known, lean, broad, own if has_own else None, own if has_own else None)
    return Parts(speech, lean, broad, own)


async def test_without_a_key_the_built_in_voice_and_ears_serve(tmp_path: Path) -> None:
    made = parts(tmp_path)
    await made.speech.speak("Hi", SpeechOptions())
    assert (await made.speech.transcribe(SOUND)).text == "hello"
    assert made.own.said == ["Hi"]
    assert made.own.heard == [SOUND]


async def test_a_vendor_serves_as_soon_as_its_key_is_set(tmp_path: Path) -> None:
    made = parts(tmp_path, LEAN_API_KEY="k", BROAD_API_KEY="k")
    await made.speech.speak("Hi", SpeechOptions())
    await made.speech.transcribe(SOUND)
    assert made.lean.asked == ["lean-voice"]
    assert made.broad.asked == ["broad-all"]
    assert not made.own.said + made.own.heard


async def test_what_no_key_covers_stays_with_the_built_in_part(tmp_path: Path) -> None:
    made = parts(tmp_path, LEAN_API_KEY="k")
    await made.speech.transcribe(SOUND)
    assert made.own.heard == [SOUND]


async def test_a_chosen_model_wins_and_so_does_the_built_in_one(tmp_path: Path) -> None:
    made = parts(tmp_path, LEAN_API_KEY="k", BROAD_API_KEY="k")
    await made.speech.speak("Hi", SpeechOptions(), model="broad-all")
    await made.speech.speak("Hi", SpeechOptions(), model="embedded")
    assert made.broad.asked == ["broad-all"]
    assert made.own.said == ["Hi"]


async def test_a_chosen_model_without_its_key_names_the_key(tmp_path: Path) -> None:
    made = parts(tmp_path)
    with pytest.raises(MissingKey) as caught:
        await made.speech.speak("Hi", SpeechOptions(), model="lean-voice")
    assert "LEAN_API_KEY" in caught.value.hint
    assert not made.lean.asked


async def test_an_unknown_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        await parts(tmp_path).speech.speak("Hi", SpeechOptions(), model="nobody-9")


async def test_with_nothing_at_all_the_hint_names_keys_and_the_extra(tmp_path: Path) -> None:
    made = parts(tmp_path, has_own=False)
    with pytest.raises(NotConfigured) as caught:
        await made.speech.speak("Hi", SpeechOptions())
    assert "LEAN_API_KEY" in caught.value.hint
    assert "vtai[embedded]" in caught.value.hint


async def test_asking_for_the_built_in_part_that_is_switched_off_says_so(tmp_path: Path) -> None:
    made = parts(tmp_path, has_own=False)
    with pytest.raises(NotConfigured, match="switched off"):
        await made.speech.transcribe(SOUND, model="embedded")
