"""One conversation out of parts: who speaks, what was said, and the answer that goes on or is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from vtai.core.errors import BadKey, MissingKey, NotConfigured, QuotaExhausted, VTError
from vtai.core.events import Event, Failed, Notice
from vtai.core.ports.senses import Listener, SpeechProvider
from vtai.core.ports.talking import (
    Answer,
    HearingBegan,
    PersonBegan,
    PersonSaid,
    ReplyEnded,
    TalkEvent,
    Told,
)
from vtai.core.sound import (
    HeardEvent,
    NothingSaid,
    SpeechBegan,
    SpeechEnded,
    SpeechSoFar,
    TooLong,
)
from vtai.core.turn import Preferences
from vtai.talking import words
from vtai.talking.microphone import Microphone, Utterance
from vtai.talking.outbox import Outbox
from vtai.talking.reply import Means, Reply
from vtai.talking.stages import TRANSCRIPT, Stages

# Asking again does not help.
_FATAL = (NotConfigured, MissingKey, BadKey, QuotaExhausted)


@dataclass(slots=True)
class _Turn:
    reply: Reply
    task: asyncio.Task[None]


class PipelineTalk:
    """One conversation. Three things go on at once: the microphone (`feed`), writing down, the answer."""

    def __init__(
        self,
        ear: Listener,
        guard: Listener | None,
        speech: SpeechProvider,
        means: Means,
        answer: Answer,
        preferences: Preferences,
    ) -> None:
        self._ear = ear
        self._guard = guard
        self._speech = speech
        self._means = means
        self._answer = answer
        self._preferences = preferences
        self._outbox = Outbox()
        self._microphone = Microphone()
        self._utterances: asyncio.Queue[Utterance] = asyncio.Queue()
        self._unheard = 0
        self._pending: list[str] = []
        self._turn: _Turn | None = None
        self._spoken = ""
        self._failures = 0
        self._ending: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._is_open = False
        self._last = Stages(means.clock.now)
        self._tell_open()
        self._writing = self._listen()

    async def feed(self, samples: bytes, at_ms: float | None = None) -> None:
        """16 bit mono samples at 24 kHz from the microphone. Raises what the ear raises."""
        if self._is_closed:
            return
        self._microphone.feed(samples)
        guarded: Sequence[HeardEvent] = ()
        if self._guard is None:
            heard = await self._ear.feed(samples, at_ms)
        else:
            heard, guarded = await asyncio.gather(
                self._ear.feed(samples, at_ms), self._guard.feed(samples, at_ms)
            )
        for event in heard:
            self._hear(event)
        for event in guarded:
            if isinstance(event, SpeechBegan) and self._is_replying:
                self._barge(event.at_s)

    def events(self) -> AsyncGenerator[TalkEvent, None]:
        """What happens, until it is closed. Raises VTError where it cannot go on."""
        return self._outbox.events()

    async def interrupt(self) -> None:
        """Stops what is being said and answered; what was said before is forgotten."""
        is_busy = self._turn is not None or self._pending or self._unheard
        stages = self._stop()
        while not self._utterances.empty():
            self._utterances.get_nowait()
        if self._unheard:
            self._unheard = 0
            await _ended(self._writing)
            self._writing = self._listen()
        self._pending.clear()
        if is_busy:
            self._outbox.put(ReplyEnded(is_cut=True, stages_ms=stages))
            self._tell_open()

    async def aclose(self) -> None:
        """Stops everything and waits until it has stopped."""
        self._is_closed = True
        self._stop()
        self._outbox.close()
        await _ended(self._writing, *self._ending)

    @property
    def _is_replying(self) -> bool:
        return self._turn is not None and self._turn.reply.is_committed

    def _hear(self, event: HeardEvent) -> None:
        match event:
            case SpeechBegan(at_s):
                self._begin(at_s)
            case SpeechEnded(audio, seconds):
                if utterance := self._microphone.end(
                    audio, seconds, self._means.options.around_s, self._means.clock.now
                ):
                    self._unheard += 1
                    self._utterances.put_nowait(utterance)
            case NothingSaid():
                self._microphone.is_speaking = False
                self._go_on()
            case TooLong(seconds):
                told = f"One may speak for {seconds / 60:.0f} minutes at a time; this much is answered."
                self._outbox.put(Told(Notice("listening", told)))
            case SpeechSoFar():
                pass

    def _begin(self, at_s: float) -> None:
        """Somebody begins to speak; over a reply it may be its echo."""
        is_over_sound = self._is_replying
        self._microphone.begin(at_s, is_over_sound=is_over_sound)
        if not is_over_sound:
            if self._turn is not None:
                self._turn.reply.hold()
            self._tell_person()
        elif self._guard is None:
            self._barge(at_s)

    def _barge(self, at_s: float) -> None:
        """Somebody speaks over the reply: it stops at once, and what is said counts."""
        stages = self._stop()
        self._tell_person(is_barging=True)
        self._outbox.put(ReplyEnded(is_cut=True, stages_ms=stages))
        self._microphone.confirm(at_s)

    async def _write_down(self) -> None:
        """Takes what was said, one after the other."""
        while True:
            utterance = await self._utterances.get()
            await self._take(utterance)
            self._unheard -= 1
            self._go_on()

    async def _take(self, utterance: Utterance) -> None:
        """Raises VTError where nothing more will be understood."""
        if utterance.seconds < self._means.options.least_s:
            return
        chosen = self._preferences
        try:
            transcript = await self._speech.transcribe(
                utterance.audio, chosen.spoken_language, chosen.models.get("transcription")
            )
        except VTError as error:
            self._failures += 1
            if isinstance(error, _FATAL) or self._failures >= self._means.options.most_failures:
                raise
            self._misunderstand(error, utterance.stages)
            return
        self._failures = 0
        utterance.stages.mark(TRANSCRIPT)
        text = words.said(transcript.text)
        if not text or (utterance.is_over_sound and words.is_echo(text, self._spoken)):
            return
        self._leave()
        self._pending.append(text)
        self._last = utterance.stages
        self._outbox.put(PersonSaid(" ".join(self._pending), is_final=False))

    def _misunderstand(self, error: VTError, stages: Stages) -> None:
        """Says that something was not understood; beside what was, it is only told."""
        if self._turn is None and not self._pending:
            self._start("", _failed(error), stages)
        else:
            self._outbox.put(Told(Notice("listening", f"The last words were lost: {error.message}")))

    def _leave(self) -> None:
        """The answer that is kept back is not to what was said in all."""
        if self._turn is not None and not self._is_replying:
            self._stop()

    def _go_on(self) -> None:
        """Nobody speaks, as far as is known: the answer may begin, or go on."""
        if self._unheard or (self._microphone.is_speaking and self._microphone.counts):
            return
        if self._turn is not None:
            self._turn.reply.release()
        elif self._pending:
            text = " ".join(self._pending)
            self._start(text, self._answer(text), self._last)
        elif not self._is_open:
            self._tell_open()

    def _start(self, text: str, answer: AsyncGenerator[Event, None], stages: Stages) -> None:
        def begun() -> None:
            self._pending.clear()
            if text:
                self._outbox.put(PersonSaid(text))

        reply = Reply(answer, self._outbox.put, self._means, stages, begun)
        task = asyncio.create_task(self._reply(reply))
        self._turn = _Turn(reply, task)
        self._ending.add(task)
        task.add_done_callback(self._done)

    async def _reply(self, reply: Reply) -> None:
        await reply.run()
        self._spoken, self._turn = reply.spoken, None
        self._outbox.put(ReplyEnded(stages_ms=reply.stages.ms()))
        # Who spoke while it ended is heard from now on.
        if self._microphone.accept():
            self._tell_person()
        else:
            self._tell_open()

    def _tell_open(self) -> None:
        self._is_open = True
        self._outbox.put(HearingBegan())

    def _tell_person(self, *, is_barging: bool = False) -> None:
        self._is_open = False
        self._outbox.put(PersonBegan(is_barging))

    def _listen(self) -> asyncio.Task[None]:
        task = asyncio.create_task(self._write_down())
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._ending.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._outbox.fail(error)

    def _stop(self) -> tuple[tuple[str, float], ...]:
        """Ends the answer, its request and its sound. Gives its stages."""
        turn, self._turn = self._turn, None
        if turn is None:
            return ()
        turn.task.cancel()
        self._spoken = turn.reply.spoken
        self._outbox.drop_sound()
        return turn.reply.stages.ms()


async def _failed(error: VTError) -> AsyncGenerator[Event, None]:
    yield Failed(error.message, error.hint)


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
