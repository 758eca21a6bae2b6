"""Speech: which text is meant, what is written or translated first, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, FakeModels, FakeSpeech, model, services, text_of
from tests.handlers.helpers import attached, notices, reply, said
from vtai.core.errors import NotConfigured, VTError
from vtai.core.events import FileReady, SpeechPiece, TextDelta, ToolFinished, ToolStarted, Usage
from vtai.core.ports import Audio
from vtai.core.turn import Preferences, SpeechOptions, Turn
from vtai.handlers import speech

ANSWER = "The **tide** is out."
SPOKEN = "The tide is out."


class ChoosySpeech(FakeSpeech):
    """Remembers options and model too."""

    asked: tuple[SpeechOptions, str | None] | None = None

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        self.asked = (options, model)
        return Audio(b"ID3", "audio/mpeg")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        pytest.param('Say "good morning" in a warm voice', "good morning", id="quoted"),
        pytest.param("Please pronounce “coup d'état”", "coup d'état", id="curly quotes"),
        pytest.param("say 'hello there' please", "hello there", id="single quotes"),
        pytest.param('Read "one." and then "two." aloud', "one. two.", id="two quotations"),
        pytest.param(
            'Create Japanese audio from the following text: "こんにちは、私"',
            "こんにちは、私",
            id="quoted, colon",
        ),
        pytest.param("Read this to me: The tide is out", "The tide is out", id="colon"),
        pytest.param(
            "Read the following aloud:\n\nFirst.\nSecond: third.", "First. Second: third.", id="own lines"
        ),
        pytest.param("say hello world", "hello world", id="verb"),
        pytest.param("Could you please say it's a boy out loud?", "it's a boy", id="polite"),
        pytest.param("read aloud the tide is out", "the tide is out", id="read aloud"),
        pytest.param("say a cat sat on the mat", "a cat sat on the mat", id="verb and article"),
        pytest.param("read that aloud", SPOKEN, id="that"),
        pytest.param("Read your last answer to me please", SPOKEN, id="your last answer"),
        pytest.param("can you say that again?", SPOKEN, id="again"),
        pytest.param("Convert this to speech", SPOKEN, id="convert this"),
        pytest.param("read it out loud in a deep voice", SPOKEN, id="it, with a voice"),
        pytest.param("repeat what you just said", SPOKEN, id="what you said"),
    ],
)
async def test_the_text_that_is_meant_is_spoken(text: str, spoken: str) -> None:
    voice = FakeSpeech()
    models = FakeModels()
    await reply(speech, Turn(text, history=said("and?", ANSWER)), services(speech=voice, models=models))
    assert voice.said == [spoken]
    assert models.requests == []


@pytest.mark.parametrize(
    "text",
    [
        "tell me a bedtime story aloud",
        "read me a poem",
        "say something funny",
        "recite a poem by Goethe",
        "I want to hear about the moon",
    ],
)
async def test_what_is_yet_to_be_written_is_written_first(text: str) -> None:
    voice = FakeSpeech()
    models = FakeModels([[TextDelta("Once upon "), TextDelta("a time."), Usage("fake", 1, 2)]])
    events = await reply(speech, Turn(text), services(speech=voice, models=models))
    assert voice.said == ["Once upon a time."]
    assert text_of(events) == "Once upon a time."
    assert "read aloud" in models.requests[0].messages[0].text
    assert Usage("fake", 1, 2) in events


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        pytest.param("He used to say: never.", "He used to say: never.", id="the message as it is"),
        pytest.param("read that", SPOKEN, id="pointing back"),
        pytest.param("", SPOKEN, id="nothing"),
    ],
)
async def test_under_the_speak_command_the_message_is_the_text(text: str, spoken: str) -> None:
    voice = FakeSpeech()
    turn = Turn(text, command="speak", history=said("and?", ANSWER))
    await reply(speech, turn, services(speech=voice))
    assert voice.said == [spoken]


async def test_a_text_file_is_read_out(tmp_path: Path) -> None:
    voice = FakeSpeech()
    file = attached(tmp_path / "a.md", b"# Title\n\n* one\n* two")
    await reply(speech, Turn("read this", (file,)), services(speech=voice))
    assert voice.said == ["Title.\n\none.\ntwo"]


async def test_the_sound_comes_as_a_file_with_voice_and_model_as_chosen() -> None:
    voice = ChoosySpeech()
    options = SpeechOptions(voice="nova", speed=1.5)
    preferences = Preferences(models=MappingProxyType({"speech": "talker"}), speech=options)
    events = await reply(speech, Turn("say hi", preferences=preferences), services(speech=voice))
    assert voice.asked == (replace(options, language="en"), "talker")
    assert events == [
        ToolStarted("speech", "Speech", "2 characters"),
        SpeechPiece(0, "audio/mpeg", b"ID3", "hi"),
        FileReady("speech.mp3", "audio/mpeg", b"ID3", "hi"),
        ToolFinished("speech", "0 kB of audio/mpeg"),
    ]


async def test_a_long_text_is_spoken_whole_piece_by_piece() -> None:
    voice = FakeSpeech()
    text = "We have come to the end. " * 400
    events = await reply(speech, Turn(f"say {text}"), services(speech=voice))
    assert " ".join(voice.said) == text.strip()
    assert len(voice.said) > 20
    assert notices(events) == {}


async def test_what_is_written_first_is_spoken_while_it_is_written() -> None:
    story = "Once upon a time there was a cat. "
    models = FakeModels([[TextDelta(story), TextDelta("It "), TextDelta("slept all day long.")]])
    events = await reply(speech, Turn("tell me a story aloud"), services(models=models))
    kinds = [type(event) for event in events]
    assert kinds[-1] is FileReady
    assert kinds.count(SpeechPiece) == 2


TRANSLATED = "La marée est basse."


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param("say it in French", ANSWER, id="the last answer"),
        pytest.param("Read that aloud in French, please", ANSWER, id="aloud"),
        pytest.param("can you read your last answer in french?", ANSWER, id="your last answer"),
        pytest.param("lies das auf Französisch vor", ANSWER, id="asked in German"),
        pytest.param("dis-le en français", ANSWER, id="asked in French"),
        pytest.param('say "good morning, my friend" in French', "good morning, my friend", id="quoted"),
        pytest.param("say good morning my friend in French", "good morning my friend", id="verb"),
        pytest.param("Read this in French: The cat is here", "The cat is here", id="colon"),
    ],
)
async def test_a_text_is_put_into_the_language_that_was_asked_for(text: str, source: str) -> None:
    voice = ChoosySpeech()
    models = FakeModels([[TextDelta(TRANSLATED), Usage("fake", 1, 2)]])
    turn = Turn(text, history=said("and?", ANSWER))
    events = await reply(speech, turn, services(speech=voice, models=models))
    system, asked = models.requests[0].messages
    assert "French" in system.text
    assert source in asked.text
    assert text_of(events) == TRANSLATED
    assert [event.text for event in events if isinstance(event, SpeechPiece)] == [TRANSLATED]
    assert voice.asked == (SpeechOptions(language="fr"), None)
    assert Usage("fake", 1, 2) in events


async def test_a_file_is_put_into_another_language_too(tmp_path: Path) -> None:
    models = FakeModels([[TextDelta(TRANSLATED)]])
    file = attached(tmp_path / "a.md", b"The tide is out, and so it is.")
    events = await reply(speech, Turn("read this in French", (file,)), services(models=models))
    assert "The tide is out, and so it is." in models.requests[0].messages[-1].text
    assert text_of(events) == TRANSLATED


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        pytest.param('say "bonjour, comment ça va" in French', "bonjour, comment ça va", id="it is already"),
        pytest.param('say "how do you say that in French?"', "how do you say that in French?", id="quoted"),
        pytest.param("Read this: It is in French.", "It is in French.", id="after a colon"),
        pytest.param("read that in a French accent", SPOKEN, id="an accent"),
        pytest.param("say that in general terms", "that in general terms", id="no language"),
    ],
)
async def test_what_asks_for_no_translation_is_spoken_as_it_is(text: str, spoken: str) -> None:
    voice = FakeSpeech()
    models = FakeModels()
    await reply(speech, Turn(text, history=said("and?", ANSWER)), services(speech=voice, models=models))
    assert models.requests == []
    assert voice.said == [spoken]


@pytest.mark.parametrize(
    ("catalogue", "needs"),
    [
        pytest.param(
            FakeCatalogue((model("tiny", is_embedded=True),)), "a stronger model than tiny", id="built in"
        ),
        pytest.param(FakeCatalogue(()), "a model", id="none"),
    ],
)
async def test_without_a_model_that_translates_the_text_is_spoken_as_it_is(
    catalogue: FakeCatalogue, needs: str
) -> None:
    voice = FakeSpeech()
    models = FakeModels()
    turn = Turn("say it in French", history=said("and?", ANSWER))
    events = await reply(speech, turn, services(speech=voice, models=models, catalogue=catalogue))
    assert voice.said == [SPOKEN]
    assert models.requests == []
    assert f"Putting it into French needs {needs}" in notices(events)["translation"]


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(VTError, match="no words"):
        await reply(speech, Turn("say: ```\ncode\n```"), services())
    with pytest.raises(NotConfigured, match="chat"):
        await reply(speech, Turn("tell me a story aloud"), services(catalogue=FakeCatalogue(())))
