"""One recording: what is taken of it, what is refused, and what a page without a listener does."""

from __future__ import annotations

import io
import wave
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from tests.ui.voiced import LetterListener
from vtai.core.errors import Busy
from vtai.core.sound import HeardEvent, NothingSaid, SpeechBegan, SpeechEnded, TooLong
from vtai.ui.voice import Limits, Microphone, PageGone, Piece, PushToTalk, piece_of

LIMITS = Limits()
SPEECH, SILENCE = Piece(b"a" * 8_192), Piece(b"0" * 8_192)


async def events_of(microphone: Microphone) -> list[HeardEvent]:
    async with aclosing(microphone.events()) as events:
        return [event async for event in events]


@pytest.mark.parametrize(
    ("payload", "piece"),
    [
        ({"data": b"ab", "elapsedTime": 170, "isStart": True, "mimeType": "pcm16"}, Piece(b"ab", 170.0)),
        ({"data": b"ab", "elapsedTime": 170.5}, Piece(b"ab", 170.5)),
        ({"data": b"ab"}, Piece(b"ab")),
        ({"data": b"ab", "elapsedTime": "soon"}, Piece(b"ab")),
        ({"data": b"ab", "elapsedTime": float("nan")}, Piece(b"ab")),
        ({"data": b"ab", "elapsedTime": 10**400}, Piece(b"ab")),
        ({"data": "ab"}, None),
        ([b"ab"], None),
        (None, None),
    ],
    ids=["page", "fraction", "no time", "words for time", "nan", "huge", "text", "list", "nothing"],
)
def test_a_piece_is_what_the_page_sends_and_nothing_else(payload: Any, piece: Piece | None) -> None:
    assert piece_of(payload) == piece


async def test_pieces_are_heard_one_after_the_other_until_somebody_stops_speaking() -> None:
    microphone = Microphone(LetterListener())
    for piece in (SILENCE, SPEECH, SILENCE, SILENCE, SILENCE, SPEECH):
        microphone.take(piece)
    began, ended = await events_of(microphone)
    assert isinstance(began, SpeechBegan)
    assert isinstance(ended, SpeechEnded)


async def test_what_was_said_until_the_end_is_given_at_once() -> None:
    microphone = Microphone(LetterListener())
    microphone.take(SPEECH)
    microphone.finish()
    microphone.take(SPEECH)
    assert isinstance((await events_of(microphone))[-1], SpeechEnded)


@pytest.mark.parametrize(
    ("limits", "piece"),
    [
        (replace(LIMITS, bytes_a_piece=8_000), SPEECH),
        (replace(LIMITS, bytes_waiting=80_000), SPEECH),
        (replace(LIMITS, pieces_at_once=50, pieces_a_second=1e-9), Piece(b"a")),
    ],
    ids=["a large piece", "much that waits", "many pieces"],
)
async def test_a_flood_is_refused_in_words(limits: Limits, piece: Piece) -> None:
    microphone = Microphone(LetterListener(), limits)

    def pour() -> None:
        for _ in range(100):
            microphone.take(piece)

    with pytest.raises(Busy, match="More sound"):
        pour()


async def test_who_speaks_for_minutes_is_no_flood() -> None:
    now = 0.0
    microphone = Microphone(LetterListener(), clock=lambda: now)
    for _ in range(700):
        now += 8_192 / 48_000
        microphone.take(Piece(b"0" * 4_096))


async def test_a_recording_has_an_end_whatever_is_heard_in_it() -> None:
    limits = replace(LIMITS, seconds=-59.0)
    microphone = Microphone(LetterListener(), limits)
    for _ in range(8):
        microphone.take(SILENCE)
    (nothing,) = await events_of(microphone)
    assert isinstance(nothing, NothingSaid)


@pytest.mark.parametrize("has_begun", [True, False])
async def test_a_page_that_sends_nothing_any_more_is_gone(has_begun: bool) -> None:
    limits = replace(LIMITS, **{"idle_s" if has_begun else "patience_s": 0.01})
    microphone = Microphone(LetterListener(), limits)
    if has_begun:
        microphone.take(SPEECH)
    with pytest.raises(PageGone):
        await events_of(microphone)


async def test_without_a_listener_all_is_said_that_comes_before_the_button_is_pressed() -> None:
    microphone = Microphone(PushToTalk())
    for _ in range(6):
        microphone.take(Piece(b"\1" * 8_191))
    microphone.finish()
    (ended,) = await events_of(microphone)
    assert isinstance(ended, SpeechEnded)
    with wave.open(io.BytesIO(ended.audio.data)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (24_000, 1, 2)
        assert wav.getnframes() == 6 * 8_191 // 2


async def test_without_a_listener_a_recording_ends_at_its_limit() -> None:
    listener = PushToTalk(replace(LIMITS, seconds=1.0))
    assert await listener.feed(b"\1" * 47_000) == ()
    too_long, ended = await listener.feed(b"\1" * 47_000)
    assert too_long == TooLong(1.0)
    assert isinstance(ended, SpeechEnded)
    assert ended.seconds == 1.0


async def test_a_click_is_no_word() -> None:
    listener = PushToTalk()
    await listener.feed(b"\1" * 1_000)
    assert await listener.finish() == (NothingSaid(),)
