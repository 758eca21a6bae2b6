"""Replies aloud: pieces in order while the text streams, one file in the end, no delay of the text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from tests.fakes import FakeSpeech, events_of, services, text_of
from tests.handlers.helpers import notices
from tests.handlers.sounds import seconds_of
from tests.handlers.voices import LIMITED, ONE, THREE, TWO, Gated, Writing, files, pieces
from vtai.core.errors import RateLimited, VTError
from vtai.core.events import Event, FileReady, Notice, SpeechPiece, TextDelta, ToolStarted, Usage
from vtai.core.ports import Audio
from vtai.core.turn import Preferences, SpeechOptions, Turn
from vtai.handlers import speaking

ALOUD = Turn("go on", preferences=Preferences(speech=SpeechOptions(is_automatic=True)))


def reply(
    voice: FakeSpeech, *steps: Event | asyncio.Event | VTError, turn: Turn = ALOUD
) -> AsyncGenerator[Event, None]:
    return speaking.spoken(Writing(list(steps)).events(), turn, services(speech=voice))


async def test_a_reply_is_only_spoken_where_that_is_wanted() -> None:
    voice = Gated()
    events = await events_of(reply(voice, TextDelta(ONE), Usage("fake", 1, 2), turn=Turn("go on")))
    assert events == [TextDelta(ONE), Usage("fake", 1, 2)]
    assert voice.said == []


async def test_the_pieces_come_in_order_with_one_file_at_the_end() -> None:
    events = await events_of(reply(Gated(), TextDelta(ONE + TWO), Usage("fake", 1, 2), TextDelta(THREE)))
    assert [(piece.number, piece.text) for piece in pieces(events)] == [
        (0, ONE.strip()),
        (1, TWO.strip()),
        (2, THREE.strip()),
    ]
    assert text_of(events) == ONE + TWO + THREE
    (file,) = files(events)
    assert events[-1] == file
    assert (file.name, file.media_type) == ("speech.wav", "audio/wav")
    assert seconds_of(Audio(file.data, file.media_type)) == pytest.approx(0.3, abs=0.001)


async def test_the_voice_begins_while_the_text_is_being_written() -> None:
    """The rest of the text comes only once the first sentence is asked for, and was heard."""
    voice, was_heard = Gated(), asyncio.Event()
    seen: list[Event] = []
    stream = reply(voice, TextDelta(ONE), TextDelta("And"), voice.is_asked, was_heard, TextDelta(" so on."))
    async with aclosing(stream):
        async for event in stream:
            seen.append(event)
            if isinstance(event, SpeechPiece):
                was_heard.set()
    assert [type(event) for event in seen] == [
        TextDelta, TextDelta, SpeechPiece, TextDelta, SpeechPiece, FileReady,
    ]  # fmt: skip


async def test_the_text_does_not_wait_for_a_slow_voice() -> None:
    gate = asyncio.Event()
    voice = Gated(gates={ONE.strip(): gate})
    seen: list[Event] = []
    stream = reply(voice, TextDelta(ONE), TextDelta(TWO), TextDelta(THREE), Usage("fake", 1, 2))
    async with aclosing(stream):
        async for event in stream:
            seen.append(event)
            if isinstance(event, Usage):
                assert pieces(seen) == []
                gate.set()
    assert text_of(seen) == ONE + TWO + THREE
    assert len(pieces(seen)) == 3


async def test_a_piece_that_is_ready_early_waits_for_its_turn() -> None:
    gate = asyncio.Event()
    voice = Gated(gates={ONE.strip(): gate})
    stream = reply(voice, TextDelta(ONE + TWO))
    async with aclosing(stream):
        assert await anext(stream) == TextDelta(ONE + TWO)
        rest = asyncio.create_task(events_of(stream))
        while len(voice.said) < 2 or voice.under_way > 1:
            await asyncio.sleep(0)
        for _ in range(50):
            await asyncio.sleep(0)
        assert not rest.done()
        gate.set()
        assert [piece.number for piece in pieces(await rest)] == [0, 1]


async def test_the_voice_is_at_most_two_pieces_ahead() -> None:
    voice = Gated()
    text = "".join(
        f"This is sentence number {n} of a text that goes on for quite a while. " for n in range(30)
    )
    stream = reply(voice, TextDelta(text))
    async with aclosing(stream):
        async for event in stream:
            if isinstance(event, SpeechPiece):
                assert len(voice.said) <= event.number + 1 + 2
    assert voice.most_at_once <= 2
    assert " ".join(voice.said) == text.strip()


async def test_a_failure_is_told_once_beside_the_text() -> None:
    voice = Gated(errors={ONE.strip(): LIMITED, TWO.strip(): LIMITED})
    events = await events_of(reply(voice, TextDelta(ONE + TWO), TextDelta(THREE * 5)))
    assert text_of(events) == ONE + TWO + THREE * 5
    assert [event.text for event in events if isinstance(event, Notice)] == [
        "The answer was not spoken: Too many requests. Wait a minute."
    ]
    assert files(events) == []
    assert len(voice.said) <= 2


async def test_what_was_spoken_before_a_failure_is_kept() -> None:
    voice = Gated(errors={TWO.strip(): LIMITED})
    events = await events_of(reply(voice, TextDelta(ONE + TWO + THREE)))
    assert [piece.text for piece in pieces(events)] == [ONE.strip()]
    assert "The rest of the answer was not spoken" in notices(events)["speech"]
    assert len(files(events)) == 1


async def test_stop_ends_the_requests_and_the_reply() -> None:
    voice = Gated(gates={ONE.strip(): asyncio.Event(), TWO.strip(): asyncio.Event()})
    writing = Writing([TextDelta(ONE + TWO + "And"), asyncio.Event()])
    stream = speaking.spoken(writing.events(), ALOUD, services(speech=voice))
    assert await anext(stream) == TextDelta(ONE + TWO + "And")
    going_on = asyncio.create_task(anext(stream))  # type: ignore[arg-type]
    while voice.under_way < 2:
        await asyncio.sleep(0)
    going_on.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going_on
    assert (voice.under_way, voice.cancelled, writing.is_closed) == (0, 2, True)


async def test_closing_between_events_ends_all_as_well() -> None:
    voice = Gated(gates={ONE.strip(): asyncio.Event()})
    writing = Writing([TextDelta(ONE + "And"), voice.is_asked, Usage("fake", 1, 2), asyncio.Event()])
    async with aclosing(speaking.spoken(writing.events(), ALOUD, services(speech=voice))) as stream:
        async for event in stream:
            if isinstance(event, Usage):
                break
    assert (voice.under_way, voice.cancelled, writing.is_closed) == (0, 1, True)


async def test_an_error_of_the_reply_comes_through_after_its_text() -> None:
    voice = Gated(gates={ONE.strip(): asyncio.Event()})
    stream = reply(voice, TextDelta(ONE + "And"), voice.is_asked, LIMITED)
    assert await anext(stream) == TextDelta(ONE + "And")
    with pytest.raises(RateLimited):
        await anext(stream)
    assert voice.under_way == 0


async def test_an_error_of_the_program_is_not_taken_for_a_failing_voice() -> None:
    class Broken(FakeSpeech):
        async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await events_of(reply(Broken(), TextDelta(ONE)))


async def test_a_step_in_between_ends_what_is_said() -> None:
    voice = Gated()
    await events_of(
        reply(voice, TextDelta("Let me look that up"), ToolStarted("1", "search"), TextDelta("Here it is."))
    )
    assert voice.said == ["Let me look that up", "Here it is."]


async def test_a_reply_without_words_is_not_spoken() -> None:
    voice = Gated()
    events = await events_of(reply(voice, TextDelta("---\n🎉"), Usage("fake", 1, 2)))
    assert events == [TextDelta("---\n🎉"), Usage("fake", 1, 2)]


async def test_the_voice_is_told_the_language_and_what_the_person_chose() -> None:
    voice = Gated()
    options = SpeechOptions(is_automatic=True, voice="nova", speed=1.5, instructions="calm")
    turn = Turn("Wie ist das Wetter?", preferences=Preferences(speech=options))
    await events_of(reply(voice, TextDelta("Das Wetter ist heute sehr schön."), turn=turn))
    (asked,) = voice.options
    assert (asked.voice, asked.speed, asked.instructions, asked.language) == ("nova", 1.5, "calm", "de")
