"""Who speaks while an answer is made or spoken: over it, after a pause, or only seemingly."""

from __future__ import annotations

import asyncio

import pytest

from tests.talking.scene import DECISION, piece, said, scene, settled
from vtai.core.events import (
    RouteChosen,
    TextDelta,
)
from vtai.core.ports.talking import HearingBegan, PersonBegan, ReplyEnded, SoundOut
from vtai.core.sound import NothingSaid, SpeechBegan


async def test_speaking_over_the_reply_stops_sound_and_request() -> None:
    never = asyncio.Event()
    async with scene([*said("A long tale.", seconds=6.0), never]) as stage:
        await stage.say("tell me a tale")
        await stage.time.advance(1.0)
        before_s = stage.sound_s
        await stage.barge()
        assert stage.answers.ended == ["stopped"]
        await stage.time.advance(5.0)
        assert stage.sound_s == before_s
        begun, ended = stage.events[-2:]
        assert begun == PersonBegan(is_barging=True)
        assert isinstance(ended, ReplyEnded)
        assert ended.is_cut


async def test_what_was_said_over_the_reply_is_the_next_turn() -> None:
    async with scene(said("A long tale.", seconds=6.0), said("Fine.")) as stage:
        await stage.say("tell me a tale")
        await stage.barge()
        await stage.end("a shorter one please")
        assert stage.answers.asked == ["tell me a tale", "a shorter one please"]
        assert stage.final == ["tell me a tale", "a shorter one please"]


async def test_sound_that_nobody_took_yet_is_taken_back_when_the_person_speaks() -> None:
    async with scene(said("A long tale.", seconds=6.0)) as stage:
        await stage.say("tell me a tale")
        at = len(stage.events)
        await stage.time.advance(0.3)
        # Two steps in one go of the loop: sound is put, and taken back before anybody reads.
        stage.talk._turn.reply.player._send(bytes(4800))  # type: ignore[attr-defined]
        stage.talk._barge(0.0)  # type: ignore[attr-defined]
        await settled()
        assert all(len(event.samples) == 4800 for event in stage.events[at:] if isinstance(event, SoundOut))
        assert sum(isinstance(event, SoundOut) for event in stage.events[at:]) == 3


async def test_an_echo_that_the_strict_ear_does_not_take_for_a_person_stops_nothing() -> None:
    async with scene(said("A long tale.", seconds=6.0)) as stage:
        await stage.say("tell me a tale")
        await stage.say("long tale")
        await stage.time.advance(8.0)
        assert stage.answers.asked == ["tell me a tale"]
        assert stage.sound_s == pytest.approx(6.0)
        assert len(stage.speech.heard) == 1


async def test_without_a_strict_ear_the_common_one_stops_the_reply() -> None:
    async with scene(said("A long tale.", seconds=6.0), is_guarded=False) as stage:
        await stage.say("tell me a tale")
        await stage.say("stop it please")
        assert stage.of(PersonBegan) == [PersonBegan(), PersonBegan(is_barging=True)]
        assert stage.answers.asked == ["tell me a tale", "stop it please"]


async def test_our_own_words_heard_again_are_no_turn() -> None:
    async with scene(said("The capital of France is Paris.", seconds=6.0), is_guarded=False) as stage:
        await stage.say("what is the capital of France")
        await stage.say("capital of France is Paris")
        assert stage.answers.asked == ["what is the capital of France"]
        assert isinstance(stage.events[-1], HearingBegan)


async def test_what_was_heard_of_the_reply_before_somebody_spoke_over_it_is_left_out() -> None:
    async with scene(said("A long tale.", seconds=9.0)) as stage:
        await stage.say("tell me a tale")
        await stage.begin()
        await stage.feed(seconds=3.0)
        await stage.feed(guarded=[SpeechBegan(stage._at_s)])
        await stage.end("that is enough", seconds=4.0)
        heard, _, _ = stage.speech.heard[-1]
        assert len(heard.data) < 2 * 24_000 * 2


async def test_who_speaks_softly_while_the_reply_ends_is_heard_out() -> None:
    async with scene(said("Yes.", seconds=1.0), said("Gladly.")) as stage:
        await stage.say("is it noon")
        await stage.begin()
        await stage.time.advance(1.5)
        assert isinstance(stage.events[-1], PersonBegan)
        await stage.end("and in London")
        assert stage.answers.asked == ["is it noon", "and in London"]


async def test_who_goes_on_after_a_pause_is_answered_once_to_all_of_it() -> None:
    never = asyncio.Event()
    async with scene([RouteChosen(DECISION), TextDelta("It is"), never], said("Sunny.")) as stage:
        await stage.say("what is the weather")
        await stage.say("in Berlin tomorrow")
        await stage.time.advance(3.0)
        assert stage.answers.asked == ["what is the weather", "what is the weather in Berlin tomorrow"]
        assert stage.answers.ended == ["stopped", "whole"]
        assert stage.final == ["what is the weather in Berlin tomorrow"]
        assert TextDelta("It is") not in stage.told
        assert stage.told.count(RouteChosen(DECISION)) == 1


async def test_who_goes_on_while_the_first_words_are_written_down_is_answered_once() -> None:
    async with scene(said("Sunny.")) as stage:
        stage.speech.may_listen.clear()
        await stage.say("what is the weather")
        await stage.begin()
        stage.speech.may_listen.set()
        await settled()
        assert stage.answers.asked == []
        await stage.end("in Berlin")
        assert stage.answers.asked == ["what is the weather in Berlin"]


async def test_a_cough_while_the_answer_is_made_only_delays_it() -> None:
    gate = asyncio.Event()
    async with scene([RouteChosen(DECISION), TextDelta("Noon."), gate, piece("Noon.")]) as stage:
        await stage.say("what time is it")
        await stage.begin()
        gate.set()
        await stage.time.advance(3.0)
        assert not stage.told
        await stage.feed(NothingSaid())
        await stage.time.advance(2.0)
        assert stage.answers.asked == ["what time is it"]
        assert stage.final == ["what time is it"]
        assert stage.sound_s == pytest.approx(1.0)


async def test_interrupt_stops_the_reply_and_opens_the_microphone() -> None:
    async with scene([*said("A long tale.", seconds=6.0), asyncio.Event()]) as stage:
        await stage.say("tell me a tale")
        await stage.talk.interrupt()
        await settled()
        assert stage.answers.ended == ["stopped"]
        assert [type(event) for event in stage.events[-2:]] == [ReplyEnded, HearingBegan]
        at = len(stage.events)
        await stage.talk.interrupt()
        assert len(stage.events) == at


async def test_interrupt_forgets_what_is_still_being_written_down() -> None:
    async with scene() as stage:
        stage.speech.may_listen.clear()
        await stage.say("tell me a tale")
        await stage.talk.interrupt()
        stage.speech.may_listen.set()
        stage.speech.transcripts.clear()
        await stage.say("hello")
        assert stage.answers.asked == ["hello"]
