"""When somebody begins and stops: told by chances and levels alone."""

from __future__ import annotations

import pytest

from tests.providers.hearing.sounds import only, samples_of
from vtai.core.sound import HeardEvent, NothingSaid, SpeechBegan, SpeechEnded, SpeechSoFar, TooLong
from vtai.providers.hearing.detector import FRAME_S, Frame
from vtai.providers.hearing.endpointing import Endpointing
from vtai.providers.hearing.options import HearingOptions

# So many frames each: (frames, chance of speech, level).
Stretch = tuple[int, float, float]
LOUD, QUIET = -20.0, -70.0


def speech(seconds: float, chance: float = 0.95, db: float = LOUD) -> Stretch:
    return round(seconds / FRAME_S), chance, db


def quiet(seconds: float, db: float = QUIET) -> Stretch:
    return round(seconds / FRAME_S), 0.02, db


def events_of(
    *stretches: Stretch, is_hands_free: bool = False, is_closed: bool = False, **options: float
) -> list[HeardEvent]:
    """Frame number n holds the number n, so that what is cut tells where."""
    endpointing = Endpointing(HearingOptions(**options), is_hands_free=is_hands_free)
    frames = [(chance, db) for count, chance, db in stretches for _ in range(count)]
    events: list[HeardEvent] = []
    for number, (chance, db) in enumerate(frames):
        events += endpointing.feed(Frame(number.to_bytes(2, "little") * 512, chance, db))
    return events + endpointing.finish() if is_closed else events


def extent(ended: SpeechEnded) -> tuple[float, float]:
    """From when to when it was cut, in seconds."""
    samples = samples_of(ended.audio) * 32_768
    assert ended.seconds == samples.size / 16_000
    return samples[0] * FRAME_S, (samples[-1] + 1) * FRAME_S


def test_what_is_said_is_cut_with_a_little_before_and_after() -> None:
    began, ended = events_of(quiet(2), speech(2), quiet(2))
    assert isinstance(began, SpeechBegan)
    assert began.at_s == pytest.approx(2, abs=0.05)
    assert isinstance(ended, SpeechEnded)
    assert extent(ended) == pytest.approx((1.68, 4.3), abs=0.07)


@pytest.mark.parametrize(
    ("said_s", "pause_s", "count"),
    [
        pytest.param(2.0, 0.7, 1, id="a pause in a sentence"),
        pytest.param(2.0, 0.9, 2, id="a pause after a sentence"),
        pytest.param(0.5, 1.1, 1, id="a pause after the first words"),
        pytest.param(0.5, 1.3, 2, id="a long pause after the first words"),
    ],
)
def test_the_end_is_a_silence_longer_than_a_pause(said_s: float, pause_s: float, count: int) -> None:
    heard = events_of(quiet(1), speech(said_s), quiet(pause_s), speech(2), quiet(2), is_hands_free=True)
    assert len(only(SpeechEnded, heard)) == count


def test_in_noise_a_pause_may_be_longer() -> None:
    heard = events_of(
        quiet(1, -30), speech(2), quiet(0.95, -30), speech(2), quiet(2, -30), is_hands_free=True
    )
    assert len(only(SpeechEnded, heard)) == 1


def test_after_the_end_only_a_hands_free_microphone_goes_on() -> None:
    twice = (quiet(1), speech(2), quiet(2), speech(2), quiet(2))
    assert [type(event) for event in events_of(*twice, is_closed=True)] == [SpeechBegan, SpeechEnded]
    heard = events_of(*twice, is_hands_free=True)
    assert [type(event) for event in heard] == [SpeechBegan, SpeechEnded] * 2
    assert extent(only(SpeechEnded, heard)[1]) == pytest.approx((4.68, 7.3), abs=0.07)


def test_the_first_sound_after_an_end_is_whole() -> None:
    """The next words begin right when the end was told: what was before them is at hand."""
    heard = events_of(quiet(1), speech(2), quiet(0.83), speech(2), quiet(1), is_hands_free=True)
    first, second = only(SpeechEnded, heard)
    assert extent(first)[1] == pytest.approx(3.3, abs=0.07)
    assert extent(second)[0] == pytest.approx(3.83 - 0.32, abs=0.07)


@pytest.mark.parametrize(
    ("stretches", "is_noisy"),
    [
        pytest.param((quiet(9),), False, id="silence"),
        pytest.param((quiet(9, -30),), True, id="noise"),
        pytest.param((quiet(1), (1, 0.9, LOUD), quiet(8)), False, id="a click"),
        pytest.param((quiet(3, -30), quiet(6, -70)), False, id="a noise that stops"),
        pytest.param((quiet(2, -70), quiet(7, -30)), True, id="a noise that starts"),
        pytest.param((speech(9, 0.4),), False, id="what is hardly speech"),
        pytest.param((quiet(3, -20), speech(6, 0.6, -19)), True, id="murmurs in loud noise"),
    ],
)
def test_nobody_speaks_for_a_while(stretches: tuple[Stretch, ...], is_noisy: bool) -> None:
    assert events_of(*stretches, is_closed=True) == [NothingSaid(is_noisy)]


def test_nothing_is_told_again_and_again_hands_free() -> None:
    heard = events_of(quiet(17), is_hands_free=True)
    assert heard == [NothingSaid(), NothingSaid()]


@pytest.mark.parametrize("is_hands_free", [False, True], ids=["push to talk", "hands-free"])
def test_a_cough_is_nothing_said(is_hands_free: bool) -> None:
    heard = events_of(quiet(1), speech(0.1), quiet(7.2), is_hands_free=is_hands_free)
    assert [type(event) for event in heard] == [SpeechBegan, NothingSaid]
    # Hands free it is told at once, for a reply may have been stopped by it.
    early = events_of(quiet(1), speech(0.1), quiet(2), is_hands_free=is_hands_free)
    assert len(only(NothingSaid, early)) == is_hands_free


def test_speech_stands_out_from_loud_noise() -> None:
    heard = events_of(quiet(2, -25), speech(2, 0.85, -25), quiet(2, -25))
    assert [type(event) for event in heard] == [SpeechBegan, SpeechEnded]


def test_noise_that_begins_while_somebody_speaks_does_not_keep_the_microphone_open() -> None:
    heard = events_of(quiet(1, -30), speech(2), (40, 0.4, -30.0))
    assert len(only(SpeechEnded, heard)) == 1


def test_speech_without_an_end_is_cut_at_the_limit() -> None:
    began, long, ended = events_of(quiet(1), speech(12), longest_s=10)
    assert isinstance(began, SpeechBegan)
    assert isinstance(long, TooLong)
    assert isinstance(ended, SpeechEnded)
    assert long.seconds == pytest.approx(10, abs=0.05)
    assert ended.seconds == pytest.approx(10, abs=0.05)


def test_what_was_said_until_now_is_told_every_second_where_it_is_wanted() -> None:
    said = (quiet(1), speech(5), quiet(2))
    assert not only(SpeechSoFar, events_of(*said))
    sizes = [
        samples_of(event.audio).size / 16_000 for event in only(SpeechSoFar, events_of(*said, so_far_s=1))
    ]
    assert sizes == pytest.approx([1.4, 2.4, 3.4, 4.4], abs=0.15)
    assert len(only(SpeechSoFar, events_of(*said, so_far_s=1, so_far_most_s=3))) == 2


@pytest.mark.parametrize(
    ("stretches", "kinds"),
    [
        pytest.param((quiet(1), speech(1)), [SpeechBegan, SpeechEnded], id="in a word"),
        pytest.param((quiet(1), speech(0.1)), [SpeechBegan, SpeechEnded], id="after one short word"),
        pytest.param((quiet(1),), [NothingSaid], id="before a word"),
        pytest.param((), [NothingSaid], id="at once"),
        pytest.param((quiet(1), speech(2), quiet(1)), [SpeechBegan, SpeechEnded], id="after the end"),
    ],
)
def test_the_microphone_is_closed(stretches: tuple[Stretch, ...], kinds: list[type]) -> None:
    assert [type(event) for event in events_of(*stretches, is_closed=True)] == kinds
