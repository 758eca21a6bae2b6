"""Speech at vendors: the OpenAI wire, and LiteLLM over the same end points."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator

import pytest
from pydantic import SecretStr

from tests.providers.loopback import Asked, Loopback, Reply, as_json
from vtai.core.errors import BadAttachment, BadKey, ProviderError, RateLimited, Unreachable, VendorDown
from vtai.core.ports import Audio, Model
from vtai.core.sound import SpokenPart, Transcript
from vtai.core.turn import SpeechOptions
from vtai.providers.endpoint import Endpoint
from vtai.providers.http_client import HttpClient
from vtai.providers.speech_litellm import LiteLLMSpeech
from vtai.providers.speech_sound import file_name, media_type_of
from vtai.providers.speech_vendor import OpenAISpeech

WAV = b"RIFF\x24\0\0\0WAVEfmt "
MP3 = b"ID3\x04 not much of a song"
SPEAKER = Model("tts", "tts-9", "stand-in", frozenset({"speech", "transcription"}), 4096)


def vendor(url: str, **more: object) -> Endpoint:
    return Endpoint(
        "stand-in",
        "Stand-in",
        f"{url}/v1",
        SecretStr("sk-made-up-key"),
        litellm_model="openai/tts-9",
        **more,  # type: ignore[arg-type]
    )


def spoken(asked: Asked) -> Reply:
    return Reply(MP3, media_type="audio/mpeg")


def heard(asked: Asked) -> Reply:
    return as_json({"text": " Hello there. "})


@pytest.fixture
async def server() -> AsyncGenerator[Loopback, None]:
    answers = {"/v1/audio/speech": spoken, "/v1/audio/transcriptions": heard}
    async with Loopback(dict(answers)) as running:
        yield running


@pytest.fixture
async def http() -> AsyncGenerator[HttpClient, None]:
    client = HttpClient()
    yield client
    await client.aclose()


def lean(server: Loopback, http: HttpClient, **more: object) -> OpenAISpeech:
    return OpenAISpeech(lambda model: vendor(server.url, **more), http=http)


async def test_speaking_sends_what_was_chosen_and_gives_the_sound(server: Loopback, http: HttpClient) -> None:
    options = SpeechOptions(voice="echo", speed=1.5)
    sound = await lean(server, http).speak(SPEAKER, "Good morning.", options)
    assert sound == Audio(MP3, "audio/mpeg")
    assert server.asked[0].json == {"model": "tts-9", "input": "Good morning.", "voice": "echo", "speed": 1.5}
    assert server.asked[0].headers["authorization"] == "Bearer sk-made-up-key"


@pytest.mark.parametrize(
    ("needs", "options", "sent"),
    [
        pytest.param(
            {"voice": "autumn"}, SpeechOptions(), {"voice": "autumn"}, id="the vendor's first voice"
        ),
        pytest.param(
            {"voice": "autumn"}, SpeechOptions(voice="troy"), {"voice": "troy"}, id="a chosen voice"
        ),
        pytest.param({"voice_id": "v1"}, SpeechOptions(voice="v2"), {"voice_id": "v2"}, id="another field"),
        pytest.param({"response_format": "wav"}, SpeechOptions(), {"response_format": "wav"}, id="a format"),
    ],
)
async def test_what_a_vendor_needs_is_sent_unless_the_person_chose(
    server: Loopback, http: HttpClient, needs: dict[str, str], options: SpeechOptions, sent: dict[str, str]
) -> None:
    await lean(server, http, extra_body=needs).speak(SPEAKER, "Hi", options)
    assert server.asked[0].json == {"model": "tts-9", "input": "Hi"} | sent


async def test_how_to_speak_is_sent(server: Loopback, http: HttpClient) -> None:
    await lean(server, http).speak(SPEAKER, "Hi", SpeechOptions(instructions="Calm, like a story."))
    assert server.asked[0].json["instructions"] == "Calm, like a story."


async def test_what_a_model_refuses_is_not_sent(server: Loopback, http: HttpClient) -> None:
    slow = Model(
        "tts", "tts-9", "stand-in", frozenset({"speech"}), 4096, rejects=frozenset({"speed", "instructions"})
    )
    await lean(server, http).speak(slow, "Hi", SpeechOptions(speed=2.0, instructions="Calm."))
    assert server.asked[0].json == {"model": "tts-9", "input": "Hi"}


async def test_sound_inside_json_is_unwrapped(server: Loopback, http: HttpClient) -> None:
    server.answers["/v1/audio/speech"] = lambda _: as_json({"audio_data": base64.b64encode(WAV).decode()})
    assert await lean(server, http).speak(SPEAKER, "Hi", SpeechOptions()) == Audio(WAV, "audio/wav")


async def test_listening_sends_the_file_and_the_language(server: Loopback, http: HttpClient) -> None:
    words = await lean(server, http).transcribe(SPEAKER, Audio(b"OggS...", "audio/ogg;codecs=opus"), "de")
    assert words == Transcript((SpokenPart(0.0, 0.0, "Hello there."),))
    body = server.asked[0].body
    assert b'filename="speech.ogg"' in body
    assert b"OggS..." in body
    assert b'name="language"\r\n\r\nde' in body
    assert b'name="model"\r\n\r\ntts-9' in body


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            {
                "text": "Hello. There.",
                "language": "German",
                "segments": [
                    {"start": 0.5, "end": 1.0, "text": " Hello. "},
                    {"start": 1.5, "end": 2, "text": "There."},
                ],
            },
            Transcript((SpokenPart(0.5, 1.0, "Hello."), SpokenPart(1.5, 2.0, "There.")), "de"),
            id="with times",
        ),
        pytest.param(
            {"text": "Hello.", "duration": 2.5, "language": "en", "segments": None},
            Transcript((SpokenPart(0.0, 2.5, "Hello."),), "en"),
            id="with its length",
        ),
        pytest.param(
            {"text": "Hello.", "segments": [{"text": "Hello."}]},
            Transcript((SpokenPart(0.0, 0.0, "Hello."),)),
            id="times that make no sense",
        ),
        pytest.param({"text": " "}, Transcript(), id="silence"),
    ],
)
async def test_what_was_heard_has_its_times(
    server: Loopback, http: HttpClient, answer: dict[str, object], expected: Transcript
) -> None:
    server.answers["/v1/audio/transcriptions"] = lambda _: as_json(answer)
    asked = {"response_format": "verbose_json", "timestamp_granularities": ["segment"]}
    listener = lean(server, http, extra_body=asked)
    assert await listener.transcribe(SPEAKER, Audio(WAV, "audio/wav"), None) == expected
    assert b'name="response_format"\r\n\r\nverbose_json' in server.asked[0].body
    assert b'name="timestamp_granularities[]"\r\n\r\nsegment' in server.asked[0].body
    assert b'name="language"' not in server.asked[0].body


def without_times(asked: Asked) -> Reply:
    if b"verbose_json" in asked.body:
        return as_json({"error": {"message": "response_format 'verbose_json' is not compatible"}}, 400)
    return as_json({"text": "Hello there."})


async def test_a_model_that_tells_no_times_is_asked_again_without(server: Loopback, http: HttpClient) -> None:
    server.answers["/v1/audio/transcriptions"] = without_times
    listener = lean(server, http, extra_body={"response_format": "verbose_json"})
    assert (await listener.transcribe(SPEAKER, Audio(WAV, "audio/wav"), "de")).text == "Hello there."
    assert b'name="response_format"\r\n\r\njson' in server.asked[1].body
    assert b'name="language"\r\n\r\nde' in server.asked[1].body


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(as_json({"error": {"message": "no"}}, 401), BadKey, id="bad key"),
        pytest.param(as_json({"error": {"message": "slow down"}}, 429), RateLimited, id="rate"),
        pytest.param(as_json({"error": {"message": "oh"}}, 500), VendorDown, id="down"),
        pytest.param(as_json({"error": {"message": "huge"}}, 413), BadAttachment, id="too long"),
        pytest.param(as_json(["no words"]), VendorDown, id="nonsense"),
    ],
)
async def test_failures_are_told_apart(
    server: Loopback, http: HttpClient, reply: Reply, expected: type[ProviderError]
) -> None:
    server.answers["/v1/audio/transcriptions"] = lambda _: reply
    with pytest.raises(expected) as caught:
        await lean(server, http).transcribe(SPEAKER, Audio(WAV, "audio/wav"), None)
    assert "sk-made-up-key" not in str(caught.value)


async def test_a_vendor_that_is_not_there_is_unreachable(http: HttpClient) -> None:
    async with Loopback({}) as gone:
        pass
    with pytest.raises(Unreachable):
        await lean(gone, http).speak(SPEAKER, "Hi", SpeechOptions())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")
async def test_litellm_speaks_and_listens_with_the_key_of_the_call(server: Loopback) -> None:
    speech = LiteLLMSpeech(lambda model: vendor(server.url, extra_body={"voice": "alloy"}))
    assert await speech.speak(SPEAKER, "Hi", SpeechOptions()) == Audio(MP3, "audio/mpeg")
    heard_words = await speech.transcribe(SPEAKER, Audio(WAV, "audio/wav"), "en")
    assert heard_words.text == "Hello there."
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer sk-made-up-key"] * 2
    assert server.asked[0].json["voice"] == "alloy"
    server.answers["/v1/audio/transcriptions"] = without_times
    timed = LiteLLMSpeech(lambda model: vendor(server.url, extra_body={"response_format": "verbose_json"}))
    assert (await timed.transcribe(SPEAKER, Audio(WAV, "audio/wav"), None)).text == "Hello there."
    server.answers["/v1/audio/transcriptions"] = lambda _: as_json(
        {
            "text": "Hello.",
            "duration": 2.0,
            "segments": [{"id": 0, "start": 0.5, "end": 1.0, "text": "Hello."}],
        }
    )
    told = await timed.transcribe(SPEAKER, Audio(WAV, "audio/wav"), None)
    assert told.parts == (SpokenPart(0.5, 1.0, "Hello."),)
    server.answers["/v1/audio/speech"] = lambda _: as_json({"error": {"message": "no"}}, 401)
    with pytest.raises(BadKey):
        await speech.speak(SPEAKER, "Hi", SpeechOptions())


@pytest.mark.parametrize(
    ("data", "told", "expected"),
    [
        pytest.param(WAV, "application/octet-stream", "audio/wav", id="wav"),
        pytest.param(MP3, "", "audio/mpeg", id="mp3 with a tag"),
        pytest.param(b"\xff\xfb\x90\x00", "", "audio/mpeg", id="mp3 without"),
        pytest.param(b"\xff\xf1\x50\x80", "", "audio/aac", id="aac"),
        pytest.param(b"\0\0\0\x20ftypM4A ", "", "audio/mp4", id="m4a"),
        pytest.param(b"????", "audio/opus; rate=1", "audio/opus", id="told"),
        pytest.param(b"????", "text/plain", "audio/mpeg", id="unknown"),
    ],
)
def test_sound_is_known_by_its_first_bytes(data: bytes, told: str, expected: str) -> None:
    assert media_type_of(data, told) == expected


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("audio/webm;codecs=opus", "speech.webm"),
        ("Audio/MPEG", "speech.mp3"),
        ("audio/unheard-of", "speech.wav"),
    ],
)
def test_a_recording_is_named_after_its_kind(media_type: str, expected: str) -> None:
    assert file_name(media_type) == expected
