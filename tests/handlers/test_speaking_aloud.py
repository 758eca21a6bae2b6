"""A given text aloud: piece by piece, within limits, and as a file."""

from __future__ import annotations

import pytest

from tests.fakes import events_of, services
from tests.handlers.helpers import notices
from tests.handlers.sounds import seconds_of
from tests.handlers.voices import LIMITED, ONE, THREE, TWO, Gated, files
from vtai.core.errors import NotConfigured, VTError
from vtai.core.events import FileReady, Notice, SpeechPiece
from vtai.core.ports import Audio
from vtai.core.turn import Turn
from vtai.handlers import speaking


async def test_a_given_text_is_spoken_in_pieces_and_as_one_file() -> None:
    voice = Gated()
    events = await events_of(speaking.aloud(ONE + TWO + THREE, Turn("read"), services(speech=voice)))
    assert [type(event) for event in events] == [SpeechPiece] * 3 + [FileReady]


async def test_a_very_long_text_is_spoken_to_the_limit_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "MAX_CHARACTERS", 1_000)
    voice = Gated()
    events = await events_of(speaking.aloud(ONE * 40, Turn("read"), services(speech=voice)))
    assert 800 < sum(map(len, voice.said)) <= 1_000
    assert notices(events)["speech length"] == "Only the first 1,000 characters are spoken."
    assert len(files(events)) == 1


async def test_much_sound_comes_as_several_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "_MOST_FILE_BYTES", 8_000)
    events = await events_of(speaking.aloud(ONE + TWO + THREE, Turn("read"), services(speech=Gated())))
    assert [file.name for file in files(events)] == ["speech.wav", "speech-2.wav"]
    assert sum(seconds_of(Audio(file.data, "audio/wav")) for file in files(events)) == pytest.approx(
        0.3, abs=0.001
    )


@pytest.mark.parametrize(
    "error", [LIMITED, NotConfigured("No voice.", "Add a key.")], ids=["refused", "no voice"]
)
async def test_a_given_text_that_cannot_be_spoken_at_all_is_an_error(error: VTError) -> None:
    voice = Gated(errors={ONE.strip(): error})
    with pytest.raises(type(error)):
        await events_of(speaking.aloud(ONE + TWO, Turn("read"), services(speech=voice)))


async def test_a_given_text_that_is_spoken_in_part_keeps_that() -> None:
    voice = Gated(errors={TWO.strip(): LIMITED})
    events = await events_of(speaking.aloud(ONE + TWO + THREE, Turn("read"), services(speech=voice)))
    assert [type(event) for event in events] == [SpeechPiece, Notice, FileReady]
    assert "The rest was not spoken: Too many requests." in notices(events)["speech"]


@pytest.mark.parametrize("text", ["", "---", "```\ncode\n```"])
async def test_a_given_text_without_words_is_an_error(text: str) -> None:
    with pytest.raises(VTError, match="no words"):
        await events_of(speaking.aloud(text, Turn("read"), services(speech=Gated())))
