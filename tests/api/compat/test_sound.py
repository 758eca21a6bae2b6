"""Speech and recordings through OpenAI's client."""

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes_sound import FakeSpeech
from vtai.core.errors import BadAttachment, UnknownName, VendorDown
from vtai.core.sound import Audio, SpokenPart, Transcript
from vtai.providers import pcm
from vtai.providers.sound_formats import encoded

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from tests.api.compat.conftest import Rig
    from vtai.core.turn import SpeechOptions

SECOND = encoded(b"\x10\x00" * pcm.RATE_HZ, "wav")
LONG = " ".join(f"This is the sentence with the number {n}, which is spoken aloud." for n in range(12))
HEARD = Transcript(
    (SpokenPart(0.0, 1.5, "Good morning."), SpokenPart(61.25, 62.0, "Bye.")), "en", ("A note.",)
)


class Voice(FakeSpeech):
    """Speaks a second of sound for each piece; knows one voice, and fails after so many pieces."""

    most: int = 1_000
    options: SpeechOptions

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        if options.voice not in {None, "en-us"}:
            raise UnknownName("There is no such voice.", "Choose en-us.")
        if len(self.said) >= self.most:
            raise VendorDown("The voice failed.", "Try again.")
        self.said.append(text)
        self.options = options
        return Audio(SECOND, "audio/wav")


@pytest.fixture
def rig(rig: Rig) -> Rig:
    rig.speech = Voice()
    return rig


@pytest.mark.parametrize("wanted", ["mp3", "opus", "aac", "flac", "wav"])
@pytest.mark.parametrize("text", ["Hello.", LONG], ids=["short", "long"])
async def test_every_format_holds_the_sound(client: AsyncOpenAI, rig: Rig, wanted: Any, text: str) -> None:
    answer = await client.audio.speech.create(
        model="able", voice="en-us", input=text, response_format=wanted, speed=1.5, instructions="calm"
    )
    seconds = (
        len(pcm.decoded(Audio(answer.content, answer.response.headers["content-type"]))) / 2 / pcm.RATE_HZ
    )
    assert seconds == pytest.approx(len(rig.speech.said), abs=0.2)
    assert isinstance(rig.speech, Voice)
    assert (rig.speech.options.speed, rig.speech.options.instructions) == (1.5, "calm")
    assert (rig.spent[0].route, rig.spent[0].outcome) == ("speech", "answered")


async def test_a_short_wav_says_how_long_it_is(client: AsyncOpenAI) -> None:
    answer = await client.audio.speech.create(model="auto", voice="en-us", input="Hi.", response_format="wav")
    with wave.open(io.BytesIO(answer.content)) as file:
        assert file.getnframes() == pcm.RATE_HZ


async def test_raw_samples_have_no_header(client: AsyncOpenAI) -> None:
    answer = await client.audio.speech.create(model="auto", voice="en-us", input="Hi.", response_format="pcm")
    assert answer.content == b"\x10\x00" * pcm.RATE_HZ


async def test_a_voice_is_a_wish_where_the_model_is_ours_to_choose(client: AsyncOpenAI, rig: Rig) -> None:
    import openai

    await client.audio.speech.create(model="auto", voice="alloy", input="Hi.")
    assert rig.speech.said == ["Hi."]
    with pytest.raises(openai.NotFoundError, match="no such voice"):
        await client.audio.speech.create(model="able", voice="alloy", input="Hi.")


async def test_sound_comes_as_events_where_that_is_asked_for(client: AsyncOpenAI) -> None:
    import json

    raw = await client.audio.speech.create(
        model="auto", voice="en-us", input="Hi.", response_format="pcm", stream_format="sse"
    )
    events = [json.loads(line[6:]) for line in raw.text.splitlines() if line.startswith("data: ")]
    assert [event["type"] for event in events] == ["speech.audio.delta", "speech.audio.done"]


async def test_half_of_a_text_is_not_taken_for_the_whole(client: AsyncOpenAI, rig: Rig) -> None:
    import httpx
    import openai

    assert isinstance(rig.speech, Voice)
    rig.speech.most = 2
    with pytest.raises((openai.APIConnectionError, httpx.RemoteProtocolError)):
        await client.audio.speech.create(model="auto", voice="en-us", input=LONG)
    rig.speech.most = 0
    with pytest.raises(openai.InternalServerError, match="voice failed"):
        await client.audio.speech.create(model="auto", voice="en-us", input="Hi.")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        pytest.param({"input": ""}, "input", id="no text"),
        pytest.param({"input": "..."}, "no words", id="no words"),
        pytest.param({"response_format": "midi"}, "response_format", id="format"),
        pytest.param({"speed": 9}, "speed", id="speed"),
        pytest.param({"model": "plain"}, "plain cannot speak", id="model"),
    ],
)
async def test_what_cannot_be_spoken_is_told(client: AsyncOpenAI, fields: dict[str, Any], words: str) -> None:
    import openai

    with pytest.raises(openai.BadRequestError, match=words):
        await client.audio.speech.create(**{"model": "auto", "voice": "en-us", "input": "Hi.", **fields})


RECORDING = ("talk.wav", SECOND, "audio/wav")


async def test_a_recording_is_written_down(client: AsyncOpenAI, rig: Rig) -> None:
    rig.transcripts.transcripts["talk.wav"] = HEARD
    answer = await client.audio.transcriptions.create(model="able", file=RECORDING, language="German")
    assert answer.text == "Good morning. Bye."
    assert rig.transcripts.asked == [("talk.wav", "de", "able")]
    assert (rig.spent[0].route, rig.spent[0].model) == ("transcription", "able-1")


FORMS = {
    "text": "Good morning. Bye.\n",
    "srt": "1\n00:00:00,000 --> 00:00:01,500\nGood morning.\n\n2\n00:01:01,250 --> 00:01:02,000\nBye.\n\n",
    "vtt": "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGood morning.\n\n"
    "00:01:01.250 --> 00:01:02.000\nBye.\n\n",
}


@pytest.mark.parametrize(("form", "expected"), FORMS.items(), ids=FORMS)
async def test_each_form_of_a_transcript(client: AsyncOpenAI, rig: Rig, form: Any, expected: str) -> None:
    rig.transcripts.transcripts["talk.wav"] = HEARD
    answer: Any = await client.audio.transcriptions.create(model="auto", file=RECORDING, response_format=form)
    assert answer == expected


async def test_a_transcript_in_full_has_segments(client: AsyncOpenAI, rig: Rig) -> None:
    rig.transcripts.transcripts["talk.wav"] = HEARD
    answer = await client.audio.transcriptions.create(
        model="auto", file=RECORDING, response_format="verbose_json", timestamp_granularities=["segment"]
    )
    assert (answer.language, answer.duration, answer.text) == ("en", 62.0, "Good morning. Bye.")
    first, second = answer.segments or []
    assert (first.text, second.start, second.end) == ("Good morning.", 61.25, 62.0)


async def test_words_come_as_they_are_heard(client: AsyncOpenAI, rig: Rig) -> None:
    rig.transcripts.transcripts["talk.wav"] = HEARD
    stream = await client.audio.transcriptions.create(model="auto", file=RECORDING, stream=True)
    events: list[Any] = [event async for event in stream]
    assert [event.type for event in events] == [*["transcript.text.delta"] * 2, "transcript.text.done"]
    assert events[-1].text == "".join(event.delta for event in events[:-1]) == "Good morning. Bye."


async def test_a_recording_that_cannot_be_taken_is_told(client: AsyncOpenAI, rig: Rig) -> None:
    import openai

    rig.transcripts.transcripts["talk.wav"] = BadAttachment("talk.wav is damaged.", "Send another one.")
    with pytest.raises(openai.BadRequestError, match="damaged"):
        await client.audio.transcriptions.create(model="auto", file=RECORDING)
    with pytest.raises(openai.BadRequestError, match="damaged"):
        await client.audio.transcriptions.create(model="auto", file=RECORDING, stream=True)
    with pytest.raises(openai.BadRequestError, match="single words"):
        await client.audio.transcriptions.create(
            model="auto", file=RECORDING, timestamp_granularities=["word"], response_format="verbose_json"
        )
    with pytest.raises(openai.BadRequestError, match="empty"):
        await client.audio.transcriptions.create(model="auto", file=("a.wav", b""))
    with pytest.raises(openai.APIStatusError) as caught:
        await client.audio.transcriptions.create(model="auto", file=("a.wav", bytes(1_200_000)))
    assert caught.value.status_code == 413


async def test_what_is_too_large_by_its_last_piece_is_told_too(rig: Rig) -> None:
    import httpx

    form = httpx.Request("POST", f"{rig.url}/audio/transcriptions", files={"file": bytes(1_200_000)})
    scope = {
        "type": "http",
        "method": "POST",
        "path": form.url.path,
        "headers": [(name.lower(), value) for name, value in form.headers.raw],
        "query_string": b"",
    }
    said: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": form.read(), "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    await rig.server()(scope, receive, send)
    assert said[0]["status"] == 413


async def test_no_recording_stays_on_disk(
    client: AsyncOpenAI, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(rig.folder))
    await client.audio.transcriptions.create(model="auto", file=RECORDING)
    await (await client.audio.transcriptions.create(model="auto", file=RECORDING, stream=True)).close()
    # The server hears of a client that left only after the client did.
    async with asyncio.timeout(30):
        while list(rig.folder.glob("vtai-request-*")):
            await asyncio.sleep(0.01)
