"""Speech: which text is meant, and its words without marks."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from tests.fakes import FakeCatalogue, FakeModels, FakeSpeech, services, text_of
from tests.handlers.helpers import attached, notices, reply, said
from vtai.core.errors import NotConfigured, VTError
from vtai.core.events import FileReady, TextDelta, ToolFinished, ToolStarted, Usage
from vtai.core.ports import Audio
from vtai.core.turn import Preferences, SpeechOptions, Turn
from vtai.handlers import saying, speech

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
        pytest.param('Read "one." and then "two." aloud', "one.\ntwo.", id="two quotations"),
        pytest.param(
            'Create Japanese audio from the following text: "こんにちは、私"',
            "こんにちは、私",
            id="quoted, colon",
        ),
        pytest.param("Read this to me: The tide is out", "The tide is out", id="colon"),
        pytest.param(
            "Read the following aloud:\n\nFirst.\nSecond: third.", "First.\nSecond: third.", id="own lines"
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
    assert voice.said == ["Title\n\none\ntwo"]


async def test_the_sound_comes_as_a_file_with_voice_and_model_as_chosen() -> None:
    voice = ChoosySpeech()
    options = SpeechOptions(voice="nova", speed=1.5)
    preferences = Preferences(models=MappingProxyType({"speech": "talker"}), speech=options)
    events = await reply(speech, Turn("say hi", preferences=preferences), services(speech=voice))
    assert voice.asked == (options, "talker")
    assert [type(event) for event in events] == [ToolStarted, FileReady, ToolFinished]
    assert events[1] == FileReady("speech.mp3", "audio/mpeg", b"ID3", "hi")


async def test_a_long_text_is_spoken_up_to_a_sentence_and_said_so() -> None:
    voice = FakeSpeech()
    text = "This is a sentence. " * 400
    events = await reply(speech, Turn(f"say {text}"), services(speech=voice))
    assert saying.MAX_CHARACTERS // 2 < len(voice.said[0]) <= saying.MAX_CHARACTERS
    assert voice.said[0].endswith("sentence.")
    assert "first" in notices(events)["speech"]


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(VTError, match="no words"):
        await reply(speech, Turn("say: ```\ncode\n```"), services())
    with pytest.raises(NotConfigured, match="chat"):
        await reply(speech, Turn("tell me a story aloud"), services(catalogue=FakeCatalogue(())))


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        pytest.param("## Title ##\n\ntext", "Title\n\ntext", id="heading"),
        pytest.param("a **bold** *it* __b__ _i_ ***both*** ~~no~~", "a bold it b i both no", id="emphasis"),
        pytest.param("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4", id="no emphasis"),
        pytest.param("see [the page](https://x.org) ![a cat](c.png)", "see the page a cat", id="links"),
        pytest.param("so it is [1][2, 3].", "so it is.", id="citations"),
        pytest.param("- one\n* two\n+ [x] three", "one\ntwo\nthree", id="lists"),
        pytest.param("> quoted\n\n---\n\nafter", "quoted\n\nafter", id="quote and rule"),
        pytest.param("before\n```py\nx = 1\n```\nafter `code`", "before\n\nafter code", id="code"),
        pytest.param("open\n```\nnever closed", "open", id="open fence"),
        pytest.param("| a | b |\n|---|:-:|\n| 1 | 2 |", "a, b\n\n1, 2", id="table"),
        pytest.param("a<br>b <b>c</b> 1 < 2", "ab c 1 < 2", id="tags"),
        pytest.param(r"\*not\* bold", "*not* bold", id="escapes"),
    ],
)
def test_marks_are_not_spoken(markdown: str, words: str) -> None:
    assert saying.plain(markdown) == words
