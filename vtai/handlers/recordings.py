"""Recordings in a message: listened to with progress, written down with times, and read like any file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from vtai.core import sniff, think_tags, transcribing
from vtai.core.clock_marks import clock, mark
from vtai.core.errors import BadAttachment, VTError
from vtai.core.events import FileReady, Notice, TextDelta, ToolFinished, ToolProgress, ToolStarted
from vtai.core.sound import HeardSoFar, Transcript
from vtai.handlers import subtitles
from vtai.handlers.subtitles import Paragraphs

if TYPE_CHECKING:
    from vtai.core.messages import Attachment
    from vtai.core.ports import Model, Services, Stream
    from vtai.core.turn import Preferences, Turn

# What is shown of a transcript; the files have all of it.
_MOST_SHOWN: Final = 60_000
# What models take in a request that holds it; with its encoding it stays below 20 MB.
_DIRECT: Final = frozenset({"audio/mpeg", "audio/wav"})
_MOST_DIRECT_BYTES: Final = 14_000_000
# How far back a recording is listened to again for a question about it.
_RECENT_MESSAGES = 8
_ESCAPED = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>"})


def is_sound(file: Attachment) -> bool:
    """Whether there may be words to be heard in it."""
    return file.kind in {"audio", "video"}


def are_all(turn: Turn) -> bool:
    """Whether the message is recordings alone, and asks for their words or nothing."""
    question = think_tags.take_marker(turn.text)[0]
    return (
        bool(turn.attachments)
        and all(map(is_sound, turn.attachments))
        and transcribing.is_wanted(question)
        and turn.command is None
    )


async def heard(file: Attachment, services: Services, preferences: Preferences) -> Transcript:
    """What is said in a recording. Raises BadAttachment, Busy, ProviderError or NotConfigured."""
    transcript = Transcript()
    async with aclosing(_listening(file, services, preferences)) as events:
        async for event in events:
            if isinstance(event, Transcript):
                transcript = event
    return transcript


async def is_known(file: Attachment, services: Services, preferences: Preferences) -> bool:
    """Whether it was listened to before."""
    language, model = preferences.spoken_language, preferences.models.get("transcription")
    return await services.transcripts.known(file, language, model) is not None


async def direct(turn: Turn, model: Model) -> tuple[Attachment, ...]:
    """The recordings that the model is to listen to by itself: it can, it was chosen, and they are small."""
    chosen = turn.preferences.models.get("chat") or turn.preferences.models.get("reasoning")
    sounds = tuple(filter(is_sound, turn.attachments))
    is_small = sum(sound.size_bytes for sound in sounds) <= _MOST_DIRECT_BYTES
    if not (sounds and chosen and model.can("audio") and is_small):
        return ()
    kinds = await asyncio.to_thread(lambda: [_kind(sound) for sound in sounds])
    return sounds if all(kind in _DIRECT for kind in kinds) else ()


async def listened(turn: Turn, services: Services, but: Sequence[Attachment] = ()) -> Stream:
    """The steps of listening to the recordings that the turn is about, so that reading them is quick.

    Those in `but` are left out.
    One that cannot be taken is told in its step, and again by whoever reads the files.
    """
    meant = await _meant(turn, services)
    for number, file in enumerate(file for file in meant if file not in but):
        async with aclosing(_step(number, file, turn, services, _Outcome())) as events:
            try:
                async for event in events:
                    if not isinstance(event, TextDelta):
                        yield event
            except BadAttachment:
                continue


async def written(turn: Turn, services: Services) -> Stream:
    """What is said in each recording as the reply, as it is heard, and as files for text and subtitles.

    Raises BadAttachment where none can be taken; ProviderError, NotConfigured or Busy.
    """
    failures: list[VTError] = []
    for number, file in enumerate(turn.attachments):
        outcome = _Outcome()
        if len(turn.attachments) > 1:
            yield TextDelta(f"**{file.name.translate(_ESCAPED)}**\n\n")
        async with aclosing(_step(number, file, turn, services, outcome)) as events:
            try:
                async for event in events:
                    yield event
            except BadAttachment as error:
                failures.append(error)
                if len(turn.attachments) > 1:
                    yield TextDelta(f"{error.message} {error.hint}\n\n")
        for note in outcome.transcript.notes:
            yield Notice(f"recording {file.name}", f"{file.name}: {note}")
        for made in _files(file.name, outcome.transcript):
            yield made
    if failures and len(failures) == len(turn.attachments):
        raise failures[0]


@dataclass(slots=True)
class _Outcome:
    """What a step came to."""

    transcript: Transcript = field(default_factory=Transcript)


async def _step(number: int, file: Attachment, turn: Turn, services: Services, outcome: _Outcome) -> Stream:
    """Listening to one file: the step, its progress, and the words with their times as they come."""
    step = f"listening {number}"
    yield ToolStarted(step, "Listening", file.name)
    shown, percent = 0, -1
    paragraphs = Paragraphs()
    try:
        async with aclosing(_listening(file, services, turn.preferences)) as events:
            async for event in events:
                if isinstance(event, Transcript):
                    outcome.transcript = event
                    ready = paragraphs.finish()
                else:
                    ready = paragraphs.feed(event.parts)
                    if event.share is not None and int(event.share * 100) > percent:
                        percent = int(event.share * 100)
                        yield ToolProgress(step, f"{percent} %\n")
                for start_s, text in ready:
                    if shown < _MOST_SHOWN:
                        yield TextDelta(_line(start_s, text))
                    shown += len(text)
    except VTError as error:
        yield ToolFinished(step, f"{error.message} {error.hint}", is_error=True)
        raise
    if shown > _MOST_SHOWN:
        yield TextDelta("The rest is in the files.\n\n")
    yield ToolFinished(step, _summed_up(outcome.transcript))


async def _meant(turn: Turn, services: Services) -> Sequence[Attachment]:
    """The recordings of the message, else those of the last one that brought some, unless they are known."""
    if any(map(is_sound, turn.attachments)):
        return tuple(filter(is_sound, turn.attachments))
    for message in reversed(turn.history.messages[-_RECENT_MESSAGES:]):
        if recordings := tuple(filter(is_sound, message.attachments)):
            return [file for file in recordings if not await is_known(file, services, turn.preferences)]
    return ()


def _kind(file: Attachment) -> str | None:
    try:
        with file.path.open("rb") as content:
            return sniff.kind(content.read(sniff.HEAD_BYTES))
    except OSError as error:
        raise BadAttachment(f"{file.name} is no longer there.", "Attach it again.") from error


def _listening(
    file: Attachment, services: Services, preferences: Preferences
) -> AsyncGenerator[HeardSoFar | Transcript, None]:
    language, model = preferences.spoken_language, preferences.models.get("transcription")
    return services.transcripts.listen(file, language, model)


def _files(name: str, transcript: Transcript) -> Sequence[FileReady]:
    if not transcript.parts:
        return ()
    stem = PurePath(name).stem or "recording"
    return (
        FileReady(f"{stem}.txt", "text/plain", subtitles.plain(transcript).encode()),
        FileReady(f"{stem}.srt", "application/x-subrip", subtitles.subrip(transcript).encode()),
    )


def _line(start_s: float, text: str) -> str:
    return f"[{mark(start_s)}] {text.translate(_ESCAPED)}\n\n"


def _summed_up(transcript: Transcript) -> str:
    words = len(transcript.text.split())
    until = clock(transcript.parts[-1].end_s) if transcript.parts else clock(0.0)
    language = f", language {transcript.language}" if transcript.language else ""
    return f"{words:,} words until {until}{language}"
