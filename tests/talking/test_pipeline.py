"""A conversation out of parts: turns, sound, noise, failures."""

from __future__ import annotations

import asyncio

import pytest

from tests.talking.scene import DECISION, piece, said, scene, settled
from vtai.core.errors import BadKey, ProviderError, TimedOut
from vtai.core.events import (
    Choice,
    Choices,
    Failed,
    FileReady,
    Notice,
    RouteChosen,
    SpeechPiece,
    TextDelta,
    ToolStarted,
)
from vtai.core.ports.talking import HearingBegan, PersonBegan, PersonSaid, ReplyEnded, SoundOut, Told
from vtai.core.sound import TooLong
from vtai.core.turn import Preferences
from vtai.talking import stages


async def test_what_is_said_is_answered_aloud_and_the_microphone_opens_again() -> None:
    async with scene(said("It is noon.", seconds=2.0)) as stage:
        await stage.say("what time is it")
        await stage.time.advance(3.0)
        kinds = [type(event) for event in stage.events if not isinstance(event, SoundOut)]
        assert kinds == [
            HearingBegan,
            PersonBegan,
            PersonSaid,
            PersonSaid,
            Told,
            Told,
            ReplyEnded,
            HearingBegan,
        ]
        assert stage.answers.asked == stage.final == ["what time is it"]
        assert stage.told == [RouteChosen(DECISION), TextDelta("It is noon.")]
        assert stage.sound_s == pytest.approx(2.0)
        assert stage.answers.ended == ["whole"]


async def test_sound_runs_at_most_a_second_ahead_of_what_is_heard() -> None:
    async with scene(said("A long tale.", seconds=6.0)) as stage:
        await stage.say("tell me a tale")
        for heard_s in range(5):
            assert stage.sound_s == pytest.approx(min(6.0, heard_s + 1.0), abs=0.11)
            await stage.time.advance(1.0)
        assert not stage.of(ReplyEnded)
        await stage.time.advance(1.2)
        assert stage.of(ReplyEnded) == [ReplyEnded(stages_ms=stage.of(ReplyEnded)[0].stages_ms)]


async def test_the_reply_is_spoken_while_it_is_still_being_written() -> None:
    more = asyncio.Event()
    script = [
        RouteChosen(DECISION),
        TextDelta("One. "),
        piece("One."),
        more,
        TextDelta("Two."),
        piece("Two."),
    ]
    async with scene(script) as stage:
        await stage.say("count to two")
        assert stage.sound_s > 0
        assert TextDelta("Two.") not in stage.told
        more.set()
        await settled()
        assert TextDelta("Two.") in stage.told


async def test_text_is_not_kept_back_for_long() -> None:
    never = asyncio.Event()
    async with scene([RouteChosen(DECISION), TextDelta("```python"), never]) as stage:
        await stage.say("show me some code")
        assert not stage.told
        await stage.time.advance(2.0)
        assert TextDelta("```python") in stage.told


async def test_a_step_is_told_at_once() -> None:
    step = ToolStarted("1", "search")
    async with scene([RouteChosen(DECISION), step, asyncio.Event()]) as stage:
        await stage.say("search the web")
        assert stage.told == [RouteChosen(DECISION), step]


@pytest.mark.parametrize(
    "heard", ["", "[noise]", "(wind blowing)", "♪ ♪", "uh", "Hmm.", "..."], ids=lambda text: text or "nothing"
)
async def test_noise_and_hesitation_are_not_answered(heard: str) -> None:
    async with scene() as stage:
        await stage.say(heard)
        assert stage.answers.asked == []
        assert isinstance(stage.events[-1], HearingBegan)


async def test_a_click_is_not_even_written_down() -> None:
    async with scene() as stage:
        await stage.say("what", seconds=0.2)
        await stage.cough()
        assert not stage.speech.heard
        assert not stage.answers.asked


async def test_a_failure_is_told_and_said_and_the_conversation_goes_on() -> None:
    async with scene([RouteChosen(DECISION), Failed("No credit.", "Add some.")], said("Hello.")) as stage:
        await stage.say("hello")
        await stage.time.advance(1.0)
        assert stage.speech.said == ["No credit. Add some."]
        assert stage.sound_s == pytest.approx(0.5)
        await stage.say("hello again")
        await stage.time.advance(2.0)
        assert stage.answers.ended == ["whole", "whole"]


async def test_an_answer_that_raises_is_told_as_a_failure() -> None:
    async with scene([TimedOut("It took too long.", "Try again.")]) as stage:
        await stage.say("hello")
        assert Failed("It took too long.", "Try again.") in stage.told


async def test_a_question_of_the_router_is_said_aloud() -> None:
    question = Choices("What is this to be?", (Choice("text", "Text"), Choice("image", "Picture")))
    async with scene([RouteChosen(DECISION), question]) as stage:
        await stage.say("a cat")
        assert stage.speech.said == ["What is this to be? Text? Picture?"]


async def test_a_listener_that_fails_now_and_then_is_told_and_said() -> None:
    async with scene() as stage:
        await stage.say(ProviderError("The listener failed.", "Say it again."))
        await stage.time.advance(1.0)
        assert Failed("The listener failed.", "Say it again.") in stage.told
        await stage.say("hello")
        assert stage.answers.asked == ["hello"]


async def test_words_that_were_understood_are_answered_though_the_next_ones_were_lost() -> None:
    async with scene(said("Sunny.")) as stage:
        stage.speech.may_listen.clear()
        await stage.say("what is the weather")
        await stage.say(ProviderError("The listener failed.", "Say it again."))
        stage.speech.may_listen.set()
        await stage.time.advance(2.0)
        assert stage.answers.asked == ["what is the weather"]
        assert any(isinstance(event, Notice) and "lost" in event.text for event in stage.told)


@pytest.mark.parametrize(
    ("error", "times"),
    [(BadKey("The key is wrong.", "Check it."), 1), (TimedOut("Too slow.", "Try again."), 3)],
    ids=["one that stays", "one too often"],
)
async def test_a_listener_that_does_not_work_ends_the_conversation(error: ProviderError, times: int) -> None:
    async with scene() as stage:
        for _ in range(times):
            assert stage.failure is None
            await stage.say(error)
            await stage.time.advance(2.0)
        assert stage.failure is error


async def test_a_voice_that_cannot_be_played_is_told_once_and_the_text_goes_on() -> None:
    from vtai.core.errors import BadAttachment
    from vtai.talking.pipeline import PipelineTalks

    async with scene() as stage:

        async def unable(audio: object) -> bytes:
            raise BadAttachment("The sound cannot be read.", "Choose another voice.")

        talks = PipelineTalks(stage.hearing, stage.speech, unable, clock=stage.time.clock)
        stage.answers.scripts = [[*said("One."), *said("Two.")]]
        await stage.talk.aclose()
        stage.talk = await talks.open(stage.answers, Preferences())
        reading = asyncio.create_task(stage.read())
        await stage.say("count to two")
        assert sum(isinstance(event, Notice) for event in stage.told) == 1
        assert TextDelta("Two.") in stage.told
        await stage.talk.aclose()
        await reading


async def test_closing_stops_everything() -> None:
    async with scene([*said("A long tale.", seconds=6.0), asyncio.Event()]) as stage:
        await stage.say("tell me a tale")
        await stage.talk.aclose()
        assert stage.answers.ended == ["stopped"]
        await stage.talk.feed(bytes(960))
        assert asyncio.all_tasks() - {asyncio.current_task()} == {
            task for task in asyncio.all_tasks() if "read" in repr(task.get_coro())
        } - {asyncio.current_task()}


async def test_the_stages_add_up_to_the_whole_wait() -> None:
    gate = asyncio.Event()
    async with scene(
        [RouteChosen(DECISION), TextDelta("No"), gate, TextDelta("on. "), piece("Noon.")]
    ) as stage:
        await stage.say("what time is it")
        await stage.time.advance(0.5)
        gate.set()
        await stage.time.advance(2.0)
        (ended,) = stage.of(ReplyEnded)
        assert isinstance(ended, ReplyEnded)
        assert [name for name, _ in ended.stages_ms] == list(stages.NAMES)
        whole = dict(ended.stages_ms)
        assert whole[stages.END] == pytest.approx(900 + 620)
        assert whole[stages.FIRST_SENTENCE] == pytest.approx(500, abs=60)
        assert sum(whole.values()) == pytest.approx(1400 + 620, abs=60)


async def test_language_and_model_of_the_person_are_used_to_listen() -> None:
    chosen = Preferences(spoken_language="de", models={"transcription": "whisper-turbo"})
    async with scene(preferences=chosen) as stage:
        await stage.say("guten Tag")
        assert stage.speech.heard[0][1:] == ("de", "whisper-turbo")


async def test_files_are_told_and_pieces_of_speech_are_not() -> None:
    file = FileReady("speech.wav", "audio/wav", b"RIFF")
    async with scene([*said("Noon."), file]) as stage:
        await stage.say("what time is it")
        assert file in stage.told
        assert not any(isinstance(event, SpeechPiece) for event in stage.told)


async def test_who_speaks_too_long_is_told_so() -> None:
    async with scene() as stage:
        await stage.begin()
        await stage.feed(TooLong(300.0))
        assert stage.told == [
            Notice("listening", "One may speak for 5 minutes at a time; this much is answered.")
        ]
