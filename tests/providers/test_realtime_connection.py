"""A realtime model: reaching it, what it is asked to be, errors, lost connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.providers.catalogues import catalogue_of
from tests.providers.realtime_stage import KEY, OWN_SERVER, stage_of, talks_at
from tests.standins.aimock import Aimock
from tests.standins.realtime import RealtimeServer
from tests.talking.scene import (
    Answers,
    ManualClock,
    ScriptedSpeech,
    plain,
)
from vtai.core.errors import BadKey, BadRequest, MissingKey, NotConfigured, ProviderError, Unreachable
from vtai.core.events import Notice
from vtai.core.turn import Preferences, SpeechOptions
from vtai.providers.realtime import RealtimeTalks


async def test_the_session_asks_for_sound_words_and_the_persons_choices() -> None:
    chosen = Preferences(
        spoken_language="de", speech=SpeechOptions(voice="cedar", speed=3.0, instructions="Speak calmly.")
    )
    async with stage_of(preferences=chosen) as stage:
        (update,) = stage.server.of("session.update")
        assert stage.server.paths == ["/v1/realtime?model=gpt-realtime-2.1"]
        assert stage.server.headers[0]["authorization"] == f"Bearer {KEY}"
        assert update["session"] == {
            "type": "realtime",
            "output_modalities": ["audio"],
            "instructions": "Be brief. Speak calmly.",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24000},
                    "turn_detection": {
                        "type": "server_vad",
                        "silence_duration_ms": 500,
                        "create_response": True,
                        "interrupt_response": True,
                    },
                    "transcription": {"model": "gpt-transcribe", "language": "de"},
                },
                "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "cedar", "speed": 1.5},
            },
        }


async def test_an_error_that_passes_is_a_notice_and_one_that_means_nothing_is_not() -> None:
    async with stage_of() as stage:
        nothing = {"type": "invalid_request_error", "code": "response_cancel_not_active", "message": "None."}
        await stage.server.send("error", error=nothing)
        error = {"type": "invalid_request_error", "code": "odd", "message": f"Odd. Your key is {KEY}."}
        await stage.server.send("error", error=error)
        await stage.until(lambda _: bool(stage.told))
        (notice,) = stage.told
        assert isinstance(notice, Notice)
        assert KEY not in notice.text


async def test_an_empty_account_ends_the_conversation() -> None:
    async with stage_of() as stage:
        error = {"type": "insufficient_quota", "code": "insufficient_quota", "message": "You have no credit."}
        await stage.server.send("error", error=error)
        await stage.until(lambda _: stage.failure is not None)
        assert "no credit" in str(stage.failure)


async def test_a_lost_connection_is_made_again_and_told_what_was_said() -> None:
    async with stage_of() as stage:
        await stage.server.person("my name is Ada")
        await stage.server.respond("Hello Ada.")
        await stage.until_ended()
        await stage.server.drop()
        await stage.until(lambda _: any(isinstance(event, Notice) for event in stage.told))
        await stage.server.until(lambda: len(stage.server.of("conversation.item.create")) == 2)
        texts = [event["item"]["content"][0]["text"] for event in stage.server.of("conversation.item.create")]
        assert texts == ["my name is Ada", "Hello Ada. "]
        await stage.server.person("who am I")
        await stage.server.respond("Ada.")
        await stage.until_ended(2)
        assert stage.final == ["my name is Ada", "who am I"]


async def test_a_connection_that_stays_lost_ends_the_conversation_clearly() -> None:
    async with stage_of() as stage:
        stage.server.refusal = (503, "down")
        await stage.server.drop()
        await stage.until(lambda _: stage.failure is not None)
        assert isinstance(stage.failure, ProviderError)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, '{"error": {"message": "Incorrect API key provided: sk-realtime-0123456789abcdef."}}', BadKey),
        (400, '{"error": {"message": "Odd request."}}', BadRequest),
    ],
    ids=["wrong key", "bad request"],
)
async def test_a_refused_connection_says_why_without_the_key(
    status: int, body: str, kind: type[ProviderError]
) -> None:
    async with RealtimeServer() as server:
        server.refusal = (status, body)
        with pytest.raises(kind) as caught:
            await talks_at(server.url, ScriptedSpeech(), ManualClock()).open(Answers(), Preferences())
    assert KEY not in caught.value.message + caught.value.hint


async def test_nobody_there_says_so() -> None:
    with pytest.raises(Unreachable):
        await talks_at("http://127.0.0.1:9/v1", ScriptedSpeech(), ManualClock()).open(
            Answers(), Preferences()
        )


async def test_a_voice_that_the_model_does_not_know_is_left_out_and_told() -> None:
    speech, time = ScriptedSpeech(), ManualClock()
    async with RealtimeServer() as server:
        server.session_errors = [{"type": "invalid_request_error", "message": "Invalid value: 'en-gb'."}]
        chosen = Preferences(speech=SpeechOptions(voice="en-gb"))
        talk = await talks_at(server.url, speech, time).open(Answers(), chosen)
        first, second = server.of("session.update")
        assert first["session"]["audio"]["output"]["voice"] == "en-gb"
        assert second["session"]["audio"]["output"]["voice"] == "marin"
        events = talk.events()
        told = await anext(events)
        assert "en-gb" in repr(told)
        await events.aclose()
        await talk.aclose()


async def test_without_a_key_it_says_which_one_is_missing() -> None:
    talks = RealtimeTalks(catalogue_of({}), lambda text: asyncio.sleep(0), ScriptedSpeech(), plain)  # type: ignore[arg-type, return-value]
    with pytest.raises(NotConfigured) as caught:
        await talks.open(Answers(), Preferences())
    assert "OPENAI_API_KEY" in caught.value.hint
    with pytest.raises(MissingKey):
        await talks.open(Answers(), Preferences(models={"realtime": "gpt-realtime"}))


async def test_a_server_of_ones_own_is_reached_over_plain_websocket() -> None:
    from vtai.providers.realtime_wire import Address

    catalogue = catalogue_of({}, OWN_SERVER)
    model = catalogue.choose("realtime")
    address = Address(model, catalogue.endpoint(model))
    assert address.url == "ws://127.0.0.1:9/v1/realtime?model=voice-1"


@pytest.mark.slow
async def test_another_stand_in_takes_the_session(aimock: Callable[..., Aimock]) -> None:
    vendor = aimock([{"match": {"userMessage": "hello"}, "response": {"content": "Hello."}}])
    talk = await talks_at(f"{vendor.url}/v1", ScriptedSpeech(), ManualClock()).open(Answers(), Preferences())
    await talk.feed(bytes(4800))
    await talk.aclose()
