"""Replies and texts aloud: piece by piece while the text is still being written, and as a file in the end.

The first piece is a sentence, so that the voice begins soon. Text never waits for sound.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from vtai.core import languages
from vtai.core.errors import VTError
from vtai.core.events import Event, FileReady, Notice, SpeechPiece, TextDelta, ToolStarted
from vtai.core.ports import Audio, Services, Stream
from vtai.core.turn import Turn
from vtai.handlers import joining
from vtai.handlers.saying.sentences import Sentences

# About two hours. More of one text is not spoken.
MAX_CHARACTERS: Final = 100_000

# Of a text that is given; much of it may be marks and code.
_MOST_MARKDOWN: Final = 4 * MAX_CHARACTERS
# Pieces that are being made or lie ready; the voice does not run further ahead of who listens.
_AHEAD: Final = 2
# Events of the reply that may wait to be shown.
_EVENTS_AHEAD: Final = 16
# A file of sound is kept in memory: about 25 minutes of WAV. Longer speech comes as several files.
_MOST_FILE_BYTES: Final = 64 * 1024 * 1024
_LONGEST_CAPTION: Final = 200
_SUFFIXES: Final = MappingProxyType(
    {
        "audio/wav": ".wav",
        "audio/mpeg": ".mp3",
        "audio/ogg": ".ogg",
        "audio/flac": ".flac",
        "audio/aac": ".aac",
        "audio/mp4": ".m4a",
        "audio/webm": ".webm",
    }
)


async def spoken(events: Stream, turn: Turn, services: Services) -> AsyncGenerator[Event, None]:
    """The reply as it is, and aloud if the person wants every reply spoken."""
    stream = voiced(events, turn, services) if turn.preferences.speech.is_automatic else events
    async with aclosing(stream) as each:
        async for event in each:
            yield event


async def voiced(
    events: Stream, turn: Turn, services: Services, language: str | None = None
) -> AsyncGenerator[Event, None]:
    """The reply, with its text as SpeechPieces in between and as a file in the end.

    What fails while speaking is told once beside the answer, which stands. `language` is what the text is in,
    where that is known.
    """
    wake = asyncio.Event()
    arrived: asyncio.Queue[Event] = asyncio.Queue(_EVENTS_AHEAD)
    voice = _Voice(turn, services, wake, Sentences(language, languages.of(turn.text)), language)
    reading = asyncio.create_task(_read(events, arrived, wake))
    reading.add_done_callback(lambda _: wake.set())
    try:
        while True:
            wake.clear()
            while not arrived.empty():
                event = arrived.get_nowait()
                voice.hear(event)
                yield event
            if piece := voice.next_piece():
                yield piece
            elif reading.done():
                break
            else:
                await wake.wait()
        reading.result()
        voice.finish()
        async with aclosing(_rest(voice, wake)) as rest:
            async for event in rest:
                yield event
        if voice.failure:
            what = "The rest of the answer" if voice.has_spoken else "The answer"
            yield Notice(
                "speech", f"{what} was not spoken: {voice.failure.message} {voice.failure.hint}".strip()
            )
        for file in voice.files():
            yield file
    finally:
        reading.cancel()
        await voice.aclose()
        await asyncio.gather(reading, return_exceptions=True)


async def aloud(
    text: str, turn: Turn, services: Services, language: str | None = None
) -> AsyncGenerator[Event, None]:
    """A Markdown text as SpeechPieces and as a file in the end.

    Raises VTError where there are no words, and ProviderError, NotConfigured or UnknownName where nothing of
    it can be spoken; what fails later is told beside the sound there is.
    """
    sentences = Sentences(language, languages.of(turn.text))
    pieces = await asyncio.to_thread(_cut, text[:_MOST_MARKDOWN], sentences)
    if not sentences.has_words:
        raise VTError("There are no words to speak.", 'Give the text: say "good morning".')
    wake = asyncio.Event()
    voice = _Voice(turn, services, wake, sentences, language)
    voice.say(pieces)
    try:
        async with aclosing(_rest(voice, wake)) as rest:
            async for event in rest:
                yield event
        if voice.failure and not voice.has_spoken:
            raise voice.failure
        if voice.failure:
            yield Notice(
                "speech", f"The rest was not spoken: {voice.failure.message} {voice.failure.hint}".strip()
            )
        for file in voice.files():
            yield file
    finally:
        await voice.aclose()


def _cut(text: str, sentences: Sentences) -> list[str]:
    return [*sentences.feed(text), *sentences.finish()]


async def _read(events: Stream, arrived: asyncio.Queue[Event], wake: asyncio.Event) -> None:
    """Hands the reply over, in a task of its own, so that it can be waited for beside the voice."""
    async with aclosing(events):
        async for event in events:
            await arrived.put(event)
            wake.set()


async def _rest(voice: _Voice, wake: asyncio.Event) -> AsyncGenerator[Event, None]:
    """What is still to be said."""
    while not voice.is_done:
        wake.clear()
        if piece := voice.next_piece():
            yield piece
            for file in voice.full_files():
                yield file
        elif not voice.is_done:
            await wake.wait()
    if voice.is_cut:
        yield Notice("speech length", f"Only the first {MAX_CHARACTERS:,} characters are spoken.")


class _Voice:
    """Makes sound of a text in order, a little ahead. `wake` is set whenever a piece is ready."""

    def __init__(
        self,
        turn: Turn,
        services: Services,
        wake: asyncio.Event,
        sentences: Sentences,
        language: str | None,
    ) -> None:
        self.failure: VTError | None = None
        self.is_cut = False
        self._services = services
        self._options = turn.preferences.speech
        self._model = turn.preferences.models.get("speech")
        self._wake = wake
        self._language = language
        self._sentences = sentences
        self._waiting: deque[str] = deque()
        self._making: deque[tuple[str, asyncio.Task[Audio]]] = deque()
        self._made: list[Audio] = []
        self._words: list[str] = []
        self._characters = 0
        self._pieces = 0
        self._files = 0

    @property
    def has_spoken(self) -> bool:
        return self._pieces > 0

    @property
    def is_done(self) -> bool:
        return not self._waiting and not self._making

    def hear(self, event: Event) -> None:
        """Takes what is text in the reply; a step in between ends the sentence."""
        if isinstance(event, TextDelta):
            self.say(self._sentences.feed(event.text))
        elif isinstance(event, ToolStarted):
            self.say(self._sentences.pause())

    def finish(self) -> None:
        """The text is over."""
        self.say(self._sentences.finish())

    def next_piece(self) -> SpeechPiece | None:
        """The next piece, if it is ready. Its place is taken by another."""
        if not self._making or not self._making[0][1].done():
            return None
        text, task = self._making.popleft()
        try:
            audio = task.result()
        except VTError as error:
            self.failure = error
            self._waiting.clear()
            for _, other in self._making:
                other.cancel()
            self._making.clear()
            return None
        self._made.append(audio)
        self._words.append(text)
        self._pieces += 1
        self._start()
        return SpeechPiece(self._pieces - 1, audio.media_type, audio.data, text)

    def full_files(self) -> Iterator[FileReady]:
        """What was spoken, once it is as much as a file may hold."""
        if sum(len(audio.data) for audio in self._made) >= _MOST_FILE_BYTES:
            yield from self.files()

    def files(self) -> Iterator[FileReady]:
        """What was spoken since the last file."""
        made, self._made = self._made, []
        words, self._words = " ".join(self._words), []
        caption = words if len(words) <= _LONGEST_CAPTION else words[: _LONGEST_CAPTION - 1] + "…"
        for audio in joining.joined(made):
            self._files += 1
            number = f"-{self._files}" if self._files > 1 else ""
            suffix = _SUFFIXES.get(audio.media_type.partition(";")[0], "")
            yield FileReady(f"speech{number}{suffix}", audio.media_type, audio.data, caption)

    async def aclose(self) -> None:
        """Ends the requests that are under way."""
        tasks = [task for _, task in self._making]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def say(self, pieces: Iterable[str]) -> None:
        """Takes pieces as they are."""
        for piece in pieces:
            if self.failure or self.is_cut:
                break
            self.is_cut = self._characters + len(piece) > MAX_CHARACTERS
            if not self.is_cut:
                self._characters += len(piece)
                self._waiting.append(piece)
        self._start()

    def _start(self) -> None:
        """Begins to make the next pieces."""
        while self._waiting and len(self._making) < _AHEAD:
            text = self._waiting.popleft()
            language = self._language or languages.of(text, self._sentences.language)
            options = replace(self._options, language=language)
            task = asyncio.ensure_future(self._services.speech.speak(text, options, self._model))
            task.add_done_callback(lambda _: self._wake.set())
            self._making.append((text, task))
