"""A conversation in real time, for `bench.voice`: how long the answer takes, and how soon it stops."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vtai.chat import Chat
from vtai.core.events import Event, TextDelta
from vtai.core.ports import Audio, SpeechProvider
from vtai.core.ports.talking import PersonBegan, ReplyEnded, SoundOut, Talk
from vtai.core.sound import SpeechEnded, Transcript
from vtai.core.turn import Preferences, SpeechOptions, Turn
from vtai.handlers import text
from vtai.providers import pcm
from vtai.providers.talking import GUARDING
from vtai.talking import stages
from vtai.talking.pipeline import PipelineTalks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vtai.core.ports import Services
    from vtai.providers.embedded.listening import EmbeddedEars
    from vtai.providers.hearing.listening import MicrophoneHearing

ASKED = ("story", "letter", "photograph")
ANSWER = (
    "Once there was a fisherman who lived by the sea with his three daughters. Every morning he went out in "
    "a small green boat. One day the boat did not come back, and the eldest daughter went to look for it."
)
WORD_S = 0.02
# What the last sound of speech is above, below full scale.
SPEECH_DB = -40.0
NAIVE_SILENCE_S = 2.0
# The noise of a quiet room.
ROOM_DB = -70.0
# People near the microphone and further away.
PEOPLE_DB = (0, -12)
TALKING = Preferences(speech=SpeechOptions(is_automatic=True))


@dataclass
class OwnSpeech:
    """The packaged voice and ears, without the choice of vendors."""

    ears: EmbeddedEars

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        from vtai.providers.embedded.voice import EmbeddedVoice

        return await EmbeddedVoice().speak(text, options)

    async def transcribe(
        self, audio: Audio, language: str | None = None, model: str | None = None
    ) -> Transcript:
        return await self.ears.transcribe(audio, language)


class Person:
    """Speaks into a microphone in real time; for the rest of it the room is quiet, but not dead."""

    def __init__(self, feed: Callable[[bytes], object]) -> None:
        self._feed = feed
        self._samples = bytearray()
        self.began_s = self.ended_s = 0.0
        self._end_at = self._begin_at = None

    def say(self, sound: NDArray) -> None:
        from tests.providers.hearing import sounds

        first, last = spoken_between(sound)
        self._samples += sounds.microphone(sound)
        self._begin_at, self._end_at = round(first * 48_000), round(last * 48_000)

    async def live(self, piece_s: float = 0.04) -> None:
        from tests.providers.hearing import sounds

        room = sounds.microphone(sounds.noise("pink", 1.0, ROOM_DB))
        size, at, next_s = round(piece_s * 24_000) * 2, 0, time.perf_counter()
        while True:
            next_s += piece_s
            await asyncio.sleep(max(0.0, next_s - time.perf_counter()))
            piece = bytes(self._samples[:size])
            del self._samples[:size]
            if piece:
                at += len(piece)
                if self._begin_at is not None and at >= self._begin_at:
                    self.began_s, self._begin_at = time.perf_counter(), None
                if self._end_at is not None and at >= self._end_at:
                    self.ended_s, self._end_at = time.perf_counter(), None
            else:
                at = 0
            await self._feed(piece + room[len(piece) : size])


def spoken_between(sound: NDArray) -> tuple[float, float]:
    """Where the first and the last sound of speech are, in seconds."""
    import numpy as np

    frames = sound[: sound.size // 160 * 160].reshape(-1, 160)
    loud = np.flatnonzero(20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-9) > SPEECH_DB)
    return (float(loud[0]) / 100, float(loud[-1] + 1) / 100) if loud.size else (0.0, sound.size / 16_000)


@asynccontextmanager
async def chat_of(speech: SpeechProvider, model_s: float, answer: str) -> AsyncGenerator[Chat, None]:
    """The real routing and text handler over a stand-in model whose first token takes so long."""
    from pydantic import SecretStr

    from tests import fakes
    from tests.standins.fast import FastServer
    from tests.standins.script import Script
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.openai_wire import OpenAIWire
    from vtai.routing import registry
    from vtai.routing.classifier import SemanticClassifier

    classifier = SemanticClassifier()
    await classifier.warm()
    pieces = tuple(f"{word} " for word in answer.split(" "))
    async with FastServer(default=Script(pieces=pieces, first_delay_s=model_s, pace_s=WORD_S)) as server:
        wire = OpenAIWire(lambda _: Endpoint("fast", "Fast", base_url=server.url, key=SecretStr("none")))
        catalogue = fakes.FakeCatalogue((fakes.model("fast", can=frozenset({"chat"})),))
        services: Services = replace(fakes.services(catalogue=catalogue), models=wire, speech=speech)
        try:
            yield Chat(registry.build("rules+semantic", classifier), (text,), services)
        finally:
            await wire.aclose()


async def talking(ears: EmbeddedEars, repeats: int, model_s: float) -> None:
    """From the last sound of speech to the first sound of the answer."""
    from tests.providers.hearing import sounds

    speech = OwnSpeech(ears)
    ours: list[tuple[float, dict[str, float]]] = []
    naive: list[tuple[float, dict[str, float]]] = []
    async with chat_of(speech, model_s, ANSWER) as chat:
        for name in ("letter", *ASKED * repeats):
            sound = sounds.in_a_room(sounds.silence(0.5), sounds.spoken(name))
            ours.append(await _ours(chat, speech, sound))
            naive.append(await _naive(chat, speech, sound))
    columns = (*stages.NAMES, "together")
    print(f"\n{'talking, ms':<14}" + "".join(f"{name:>15}" for name in columns))
    # The first of each loads what is loaded once.
    for row, runs in (("VT.ai", ours[1:]), ("naive", naive[1:])):
        medians = [statistics.median(run[1].get(name, 0.0) for run in runs) for name in stages.NAMES]
        whole = statistics.median(run[0] for run in runs)
        print(f"{row:<14}" + "".join(f"{value:>15.0f}" for value in (*medians, whole)))


async def _ours(chat: Chat, speech: SpeechProvider, sound: NDArray) -> tuple[float, dict[str, float]]:
    talk = await _opened(chat, speech)
    person = Person(talk.feed)
    person.say(sound)
    living = asyncio.create_task(person.live())
    whole_ms = 0.0
    try:
        async with aclosing(talk.events()) as events:
            async for event in events:
                if isinstance(event, SoundOut) and not whole_ms:
                    whole_ms = (time.perf_counter() - person.ended_s) * 1000
                    await talk.interrupt()
                elif isinstance(event, ReplyEnded):
                    return whole_ms, dict(event.stages_ms)
    finally:
        living.cancel()
        await talk.aclose()
        await asyncio.gather(living, return_exceptions=True)
    raise RuntimeError("the conversation ended")


async def _naive(chat: Chat, speech: SpeechProvider, sound: NDArray) -> tuple[float, dict[str, float]]:
    """Two seconds of silence, then one thing after the other, each as a whole."""
    listener = _hearing(NAIVE_SILENCE_S).listen(is_hands_free=True)
    heard: asyncio.Queue[Audio] = asyncio.Queue()

    async def feed(samples: bytes) -> None:
        for event in await listener.feed(samples):
            if isinstance(event, SpeechEnded):
                heard.put_nowait(event.audio)

    person = Person(feed)
    person.say(sound)
    living = asyncio.create_task(person.live())
    try:
        audio = await heard.get()
        marks = [person.ended_s, time.perf_counter()]
        said = (await speech.transcribe(audio)).text
        marks.append(time.perf_counter())
        decision = await chat.decide(Turn(said))
        marks.append(time.perf_counter())
        words = [event.text async for event in chat.reply(Turn(said)) if isinstance(event, TextDelta)]
        marks.append(time.perf_counter())
        await pcm.samples_24k(await speech.speak("".join(words), SpeechOptions()))
        marks.append(time.perf_counter())
    finally:
        living.cancel()
        await asyncio.gather(living, return_exceptions=True)
    assert decision
    spans = [(end - begin) * 1000 for begin, end in itertools.pairwise(marks)]
    names = (stages.END, stages.TRANSCRIPT, stages.ROUTE, stages.FIRST_SENTENCE, stages.FIRST_SOUND)
    return sum(spans), dict(zip(names, spans, strict=True))


async def barging(ears: EmbeddedEars, repeats: int) -> None:
    """From the first sound of somebody speaking over a reply to its stop; and what an echo does."""
    from tests.providers.hearing import sounds

    speech = OwnSpeech(ears)
    reactions: list[float] = []
    echoes: dict[int, bool] = {}
    async with chat_of(speech, 0.0, " ".join([ANSWER] * 3)) as chat:
        for name in ASKED * repeats:
            sound = sounds.in_a_room(sounds.spoken(name))
            for level_db in PEOPLE_DB:
                louder = sound * 10 ** (level_db / 20)
                if (reaction_ms := await _stopped(chat, speech, louder)) is not None:
                    reactions.append(reaction_ms)
        own = await _own_voice(speech)
        for level_db in (-40, -30, -20, -10):
            echo = sounds.in_a_room(own * 10 ** (level_db / 20))
            echoes[level_db] = await _stopped(chat, speech, echo) is not None
    print(f"\n{'barging in':<14}{'stopped':>10}{'median ms':>12}{'most ms':>10}")
    shown = (statistics.median(reactions), max(reactions)) if reactions else (0.0, 0.0)
    stopped = f"{len(reactions)}/{len(PEOPLE_DB) * len(ASKED) * repeats}"
    print(f"{'a person':<14}{stopped:>10}{shown[0]:>12.0f}{shown[1]:>10.0f}")
    for level_db, is_stopped in echoes.items():
        print(f"{f'echo {level_db} dB':<14}{'yes' if is_stopped else 'no':>10}")


async def _stopped(chat: Chat, speech: SpeechProvider, sound: NDArray) -> float | None:
    """Milliseconds until a reply stops that is spoken over; None where it goes on."""
    talk = await _opened(chat, speech)
    person = Person(talk.feed)
    from tests.providers.hearing import sounds

    person.say(sounds.in_a_room(sounds.silence(0.5), sounds.spoken("story")))
    living = asyncio.create_task(person.live())
    try:
        async with asyncio.timeout(20), aclosing(talk.events()) as events:
            heard = 0
            async for event in events:
                if isinstance(event, SoundOut):
                    heard += 1
                    if heard == 20:
                        person.began_s = 0.0
                        person.say(sound)
                elif event == PersonBegan(is_barging=True):
                    return (time.perf_counter() - person.began_s) * 1000
                elif isinstance(event, ReplyEnded):
                    return None
    except TimeoutError:
        return None
    finally:
        living.cancel()
        await talk.aclose()
        await asyncio.gather(living, return_exceptions=True)
    return None


async def _own_voice(speech: SpeechProvider) -> NDArray:
    import numpy as np

    from vtai.providers.resampling import resampled

    samples = await pcm.samples_24k(await speech.speak(ANSWER, SpeechOptions()))
    values = np.frombuffer(samples, "<i2").astype(np.float32) / np.float32(32_768)
    return resampled(values, 24_000, 16_000)


async def _opened(chat: Chat, speech: SpeechProvider) -> Talk:
    from vtai.providers.hearing.listening import MicrophoneHearing

    def answer(said: str) -> AsyncGenerator[Event, None]:
        return chat.reply(Turn(said, preferences=TALKING))

    talks = PipelineTalks(MicrophoneHearing(), speech, pcm.samples_24k, MicrophoneHearing(GUARDING))
    return await talks.open(answer, TALKING)


def _hearing(silence_s: float) -> MicrophoneHearing:
    from vtai.providers.hearing.listening import MicrophoneHearing
    from vtai.providers.hearing.options import HearingOptions

    return MicrophoneHearing(HearingOptions(end_silence_s=silence_s, little_silence_s=silence_s))
