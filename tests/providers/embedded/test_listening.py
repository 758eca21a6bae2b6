"""What the packaged ears make of the lines of their model, and the real model on real speech."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from bench.speech_errors import errors
from tests.providers.hearing import sounds
from vtai.core.errors import VendorDown
from vtai.core.sound import SpokenPart
from vtai.providers.embedded import listening
from vtai.providers.embedded.listening import EmbeddedEars


@dataclass
class Line:
    text: str
    start_time: float = 0.3
    duration: float = 1.0


@dataclass
class FakeTranscriber:
    """Gives these lines, or fails; notes how many calls there are at a time."""

    lines: list[Line] = field(default_factory=list)
    is_broken: bool = False
    busy: int = 0
    most_busy: int = 0
    called: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def transcribe_without_streaming(self, samples: list[float], rate_hz: int) -> Any:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        self.called.set()
        self.may_go_on.wait(60)
        self.busy -= 1
        if self.is_broken:
            raise RuntimeError("broken")
        return self


def ears_with(monkeypatch: pytest.MonkeyPatch, *made: FakeTranscriber, instances: int = 1) -> EmbeddedEars:
    """Ears that load these transcribers one after the other."""
    waiting = list(made)
    monkeypatch.setattr(listening, "_load", lambda: waiting.pop(0))
    return EmbeddedEars(instances)


def at_once(*lines: Line) -> FakeTranscriber:
    transcriber = FakeTranscriber(list(lines))
    transcriber.may_go_on.set()
    return transcriber


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        pytest.param([Line("Good day.", 0.8, 1.0)], [(0.5, 1.5, "Good day.")], id="a line"),
        pytest.param([Line("Hello", 0.1, 0.7)], [(0.0, 0.5, "Hello")], id="before the beginning"),
        pytest.param([Line("Hello", 1.3, 5.0)], [(1.0, 2.0, "Hello")], id="after the end"),
        pytest.param([Line(" "), Line("Yes", 0.3, 0.5)], [(0.0, 0.5, "Yes")], id="a line without words"),
        pytest.param([Line("You")], [], id="a breath"),
        pytest.param([Line("You."), Line("Yes", 1.3, 0.5)], [(1.0, 1.5, "Yes")], id="a breath before words"),
        pytest.param(
            [Line("Who?", 0.3, 0.5), Line("You.", 0.8, 0.5)],
            [(0.0, 0.5, "Who?"), (0.5, 1.0, "You.")],
            id="a word that is meant",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
async def test_lines_become_parts_in_times_of_the_recording(
    monkeypatch: pytest.MonkeyPatch, lines: list[Line], parts: list[tuple[float, float, str]]
) -> None:
    heard = await ears_with(monkeypatch, at_once(*lines)).transcribe(sounds.wav(sounds.silence(2)))
    assert heard.parts == tuple(SpokenPart(*part) for part in parts)
    assert heard.language == "en"


async def test_a_failure_is_told_and_the_next_recording_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    transcriber = at_once(Line("Hello"))
    ears = ears_with(monkeypatch, transcriber)
    transcriber.is_broken = True
    with pytest.raises(VendorDown):
        await ears.transcribe(sounds.wav(sounds.silence(1)))
    transcriber.is_broken = False
    assert (await ears.transcribe(sounds.wav(sounds.silence(1)))).text == "Hello"


async def test_no_transcriber_hears_two_recordings_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = at_once(Line("Hello")), at_once(Line("Hello"))
    ears = ears_with(monkeypatch, one, other, instances=2)
    sound = sounds.wav(sounds.silence(0.1))
    heard = await asyncio.gather(*(ears.transcribe(sound) for _ in range(20)))
    assert {transcript.text for transcript in heard} == {"Hello"}
    assert one.most_busy <= 1
    assert other.most_busy <= 1


async def test_two_instances_work_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    both = FakeTranscriber([Line("Hello")]), FakeTranscriber([Line("Hello")])
    ears = ears_with(monkeypatch, *both, instances=2)
    tasks = [asyncio.create_task(ears.transcribe(sounds.wav(sounds.silence(0.1)))) for _ in both]
    for transcriber in both:
        assert await asyncio.to_thread(transcriber.called.wait, 60)
    for transcriber in both:
        transcriber.may_go_on.set()
    await asyncio.gather(*tasks)


async def test_whoever_leaves_while_waiting_is_not_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    transcriber = FakeTranscriber([Line("Hello")])
    ears, sound = ears_with(monkeypatch, transcriber), sounds.wav(sounds.silence(0.1))
    first = asyncio.create_task(ears.transcribe(sound))
    await asyncio.to_thread(transcriber.called.wait, 60)
    second = asyncio.create_task(ears.transcribe(sound))
    await asyncio.sleep(0.05)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    transcriber.called.clear()
    transcriber.may_go_on.set()
    await first
    assert (await ears.transcribe(sound)).text == "Hello"
    assert transcriber.most_busy == 1


@pytest.mark.model
@pytest.mark.slow
async def test_the_times_are_those_of_the_words() -> None:
    gap = sounds.silence(2)
    sound = sounds.in_a_room(gap, sounds.spoken("weather"), gap, sounds.spoken("sum"), gap)
    heard = await EmbeddedEars().transcribe(sounds.wav(sound))
    assert errors(f"{sounds.WORDS['weather']} {sounds.WORDS['sum']}", heard.text).rate <= 0.2
    first, last = heard.parts[0], heard.parts[-1]
    assert first.start_s == pytest.approx(2.2, abs=0.6)
    assert last.start_s == pytest.approx(2 + 2.97 + 2 + 0.2, abs=0.6)
    assert last.end_s <= sound.size / 16_000


@pytest.mark.model
@pytest.mark.slow
async def test_a_person_who_reads_aloud_is_understood() -> None:
    heard = await EmbeddedEars().transcribe(sounds.wav(sounds.read_aloud("beckett")))
    words = "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."
    assert errors(words, heard.text).rate <= 0.35
    assert len(heard.parts) >= 3
    assert [part.start_s for part in heard.parts] == sorted(part.start_s for part in heard.parts)
