"""A conversation by voice on a stage: ears that hear what the test says, a clock that the test moves."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from vtai.core.errors import VTError
from vtai.core.events import Event, RouteChosen, SpeechPiece, TextDelta
from vtai.core.ports.talking import PersonSaid, SoundOut, Talk, TalkEvent, Told
from vtai.core.routes import Decision
from vtai.core.sound import (
    Audio,
    HeardEvent,
    NothingSaid,
    SpeechBegan,
    SpeechEnded,
    SpokenPart,
    Transcript,
)
from vtai.core.turn import Preferences, SpeechOptions
from vtai.talking.options import BYTES_A_SECOND
from vtai.talking.pipeline import PipelineTalks
from vtai.talking.playing import Clock

# Far more than any step takes; only a test that hangs meets it.
PATIENCE_S = 30.0
DECISION = Decision("text", 1.0, "A test.", "test")


def wav(seconds: float, rate_hz: int = 24_000, channels: int = 1) -> bytes:
    """Silence."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(bytes(2 * channels * round(seconds * rate_hz)))
    return made.getvalue()


def piece(text: str, seconds: float = 1.0, number: int = 0) -> SpeechPiece:
    return SpeechPiece(number, "audio/wav", wav(seconds), text)


class ManualClock:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.at_s = 100.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at_s, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.at_s + seconds, woken))
        await woken.wait()

    async def advance(self, seconds: float, step_s: float = 0.05) -> None:
        """Time passes; whatever is due happens on the way."""
        end_s = self.at_s + seconds
        await settled()
        while self.at_s < end_s:
            self.at_s = min(end_s, self.at_s + step_s)
            for sleeper in [each for each in self._sleepers if each[0] <= self.at_s + 1e-9]:
                self._sleepers.remove(sleeper)
                sleeper[1].set()
            await settled()


async def settled() -> None:
    """Everything that can go on without time has gone on."""
    for _ in range(40):
        await asyncio.sleep(0)


@dataclass
class FakeHearing:
    """Hears what was put into `next` at the next feed."""

    next: list[HeardEvent] = field(default_factory=list)
    fed: list[bytes] = field(default_factory=list)

    def listen(self, *, is_hands_free: bool = False) -> FakeHearing:
        assert is_hands_free
        return self

    async def feed(self, samples: bytes, at_ms: float | None = None) -> Sequence[HeardEvent]:
        self.fed.append(samples)
        heard, self.next = self.next, []
        return heard

    async def finish(self) -> Sequence[HeardEvent]:
        return ()


@dataclass
class ScriptedSpeech:
    """Understands the next of `transcripts`, once `may_listen` is set; remembers what it was asked to say."""

    transcripts: list[str | VTError] = field(default_factory=list)
    heard: list[tuple[Audio, str | None, str | None]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    may_listen: asyncio.Event = field(default_factory=asyncio.Event)

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        self.said.append(text)
        return Audio(wav(0.5), "audio/wav")

    async def transcribe(
        self, audio: Audio, language: str | None = None, model: str | None = None
    ) -> Transcript:
        self.heard.append((audio, language, model))
        await self.may_listen.wait()
        text = self.transcripts.pop(0)
        if isinstance(text, VTError):
            raise text
        return Transcript((SpokenPart(0.0, 1.0, text),) if text else ())


@dataclass
class Answers:
    """Answers with the next script: events, and gates that the test opens. Remembers how each one ended."""

    scripts: list[Sequence[Event | asyncio.Event | Exception]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def __call__(self, text: str) -> AsyncGenerator[Event, None]:
        self.asked.append(text)
        script = self.scripts.pop(0) if self.scripts else said("Fine.")
        try:
            for step in script:
                match step:
                    case asyncio.Event():
                        await step.wait()
                    case Exception():
                        raise step
                    case _:
                        yield step
        except (asyncio.CancelledError, GeneratorExit):
            self.ended.append("stopped")
            raise
        self.ended.append("whole")


def said(text: str, seconds: float = 1.0) -> list[Event]:
    """A reply of one sentence that is spoken."""
    return [RouteChosen(DECISION), TextDelta(text), piece(text, seconds)]


@dataclass
class Scene:
    talk: Talk
    hearing: FakeHearing
    guard: FakeHearing
    speech: ScriptedSpeech
    answers: Answers
    time: ManualClock
    events: list[TalkEvent] = field(default_factory=list)
    failure: BaseException | None = None
    _at_s: float = 0.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        try:
            async for event in self.talk.events():
                self.events.append(event)
                self._changed.set()
        except VTError as error:
            self.failure = error
        self._changed.set()

    async def feed(
        self, *heard: HeardEvent, guarded: Sequence[HeardEvent] = (), seconds: float = 0.1
    ) -> None:
        self.hearing.next.extend(heard)
        self.guard.next.extend(guarded)
        await self.talk.feed(bytes(round(seconds * 24_000) * 2))
        self._at_s += seconds
        await settled()

    async def begin(self) -> None:
        """The person begins to speak."""
        await self.feed(SpeechBegan(self._at_s))

    async def end(self, text: str | VTError, seconds: float = 1.0) -> None:
        """The person ends, having said this."""
        self.speech.transcripts.append(text)
        await self.feed(SpeechEnded(Audio(wav(seconds), "audio/wav"), seconds), seconds=seconds + 0.8)

    async def say(self, text: str | VTError, seconds: float = 1.0) -> None:
        await self.begin()
        await self.end(text, seconds)

    async def barge(self) -> None:
        """Somebody speaks over the reply, and it is no echo."""
        at_s = self._at_s
        await self.feed(SpeechBegan(at_s))
        await self.feed(guarded=[SpeechBegan(at_s)])

    async def cough(self) -> None:
        await self.begin()
        await self.feed(NothingSaid())

    async def until(self, is_there: Callable[[Sequence[TalkEvent]], bool]) -> None:
        """Waits for events, however slow the machine is."""
        async with asyncio.timeout(PATIENCE_S):
            while not is_there(self.events):
                self._changed.clear()
                await self._changed.wait()

    @property
    def sound_s(self) -> float:
        return (
            sum(len(event.samples) for event in self.events if isinstance(event, SoundOut)) / BYTES_A_SECOND
        )

    @property
    def told(self) -> list[Event]:
        return [event.event for event in self.events if isinstance(event, Told)]

    @property
    def final(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, PersonSaid) and event.is_final]

    def of(self, *kinds: type) -> list[TalkEvent]:
        return [event for event in self.events if isinstance(event, kinds)]


async def plain(audio: Audio) -> bytes:
    """Samples of the WAV that these tests make."""
    with wave.open(io.BytesIO(audio.data)) as file:
        return file.readframes(file.getnframes())


@asynccontextmanager
async def scene(
    *scripts: Sequence[Event | asyncio.Event | Exception],
    preferences: Preferences | None = None,
    is_guarded: bool = True,
) -> AsyncGenerator[Scene, None]:
    """A conversation whose answers follow the scripts."""
    hearing, guard, speech, time = FakeHearing(), FakeHearing(), ScriptedSpeech(), ManualClock()
    speech.may_listen.set()
    answers = Answers(list(scripts))
    talks = PipelineTalks(hearing, speech, plain, guard if is_guarded else None, clock=time.clock)
    talk = await talks.open(answers, preferences or Preferences())
    stage = Scene(talk, hearing, guard, speech, answers, time)
    reading = asyncio.create_task(stage.read())
    await settled()
    try:
        yield stage
    finally:
        await talk.aclose()
        async with asyncio.timeout(PATIENCE_S):
            await reading
