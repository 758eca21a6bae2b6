"""The `Transcripts` port: the clips of a sound file, written down side by side and put in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from vtai.core.clock_marks import clock
from vtai.core.errors import (
    BadAttachment,
    BadKey,
    BadRequest,
    MissingKey,
    ModelGone,
    NotConfigured,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    VendorDown,
    VTError,
)
from vtai.core.sound import Clip, HeardSoFar, SpokenPart, Transcript

if TYPE_CHECKING:
    from vtai.core.messages import Attachment
    from vtai.core.ports import Catalogue, Recordings, SpeechProvider

NOT_UNDERSTOOD: Final = "[not understood]"

_AT_ONCE_EMBEDDED, _AT_ONCE = 2, 4
# Asking again, or for the next clip, would fail in the same way.
_HOPELESS = (BadKey, MissingKey, QuotaExhausted, ModelGone, BadRequest)
_MOST_FAILURES_IN_A_ROW = 3
_MOST_WAIT_S = 20.0


class FileTranscripts:
    """Listens to files: `recordings` cuts them, `speech` writes the clips down, a few at once.

    `budget_s` is how long one file may take; what was not heard by then is left out, and a note says so.
    `retry_s` is the pause before a clip is tried for the second and last time.
    """

    def __init__(
        self,
        recordings: Recordings,
        speech: SpeechProvider,
        catalogue: Catalogue,
        *,
        clip_s: float = 30.0,
        budget_s: float = 3_600.0,
        retry_s: float = 1.0,
    ) -> None:
        self._recordings = recordings
        self._speech = speech
        self._catalogue = catalogue
        self._clip_s = clip_s
        self._budget_s = budget_s
        self._retry_s = retry_s

    async def listen(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> AsyncGenerator[HeardSoFar | Transcript, None]:
        """The words as they are heard, in order, and the whole Transcript at the very end."""
        tally = _Tally(file.name)
        waiting: deque[tuple[Clip, asyncio.Task[Transcript | VTError]]] = deque()
        at_once = self._at_once(model)
        ends_at = asyncio.get_running_loop().time() + self._budget_s
        try:
            async with aclosing(self._recordings.clips(file, self._clip_s)) as clips:
                async for clip in clips:
                    if asyncio.get_running_loop().time() > ends_at:
                        tally.stop(clip)
                        break
                    waiting.append((clip, asyncio.create_task(self._heard(clip, language, model))))
                    while waiting and (len(waiting) >= at_once or waiting[0][1].done()):
                        yield tally.add(waiting[0][0], await waiting[0][1])
                        waiting.popleft()
            while waiting:
                yield tally.add(waiting[0][0], await waiting[0][1])
                waiting.popleft()
        finally:
            for _, task in waiting:
                task.cancel()
            await asyncio.gather(*(task for _, task in waiting), return_exceptions=True)
        yield tally.transcript()

    async def known(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> Transcript | None:
        """Nothing: it remembers nothing."""
        return None

    async def _heard(self, clip: Clip, language: str | None, model: str | None) -> Transcript | VTError:
        """The words of one clip, or why there are none, after two tries."""
        try:
            return await self._speech.transcribe(clip.audio, language, model)
        except (*_HOPELESS, NotConfigured, BadAttachment) as error:
            return error
        except ProviderError as error:
            wait_s = error.retry_after_s if isinstance(error, RateLimited | VendorDown) else None
        await asyncio.sleep(min(self._retry_s if wait_s is None else wait_s, _MOST_WAIT_S))
        try:
            return await self._speech.transcribe(clip.audio, language, model)
        except VTError as error:
            return error

    def _at_once(self, model: str | None) -> int:
        try:
            is_embedded = self._catalogue.choose("transcription", model).is_embedded
        except VTError:
            # Without a vendor the packaged ears listen; what is wrong with a name, they say who are asked.
            is_embedded = True
        return _AT_ONCE_EMBEDDED if is_embedded else _AT_ONCE


class _Tally:
    """What was heard of one file so far."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts: list[SpokenPart] = []
        self._languages: list[str] = []
        self._notes: list[str] = []
        self._failures = self._failed_in_a_row = 0

    def add(self, clip: Clip, heard: Transcript | VTError) -> HeardSoFar:
        """The words at their time in the file. Raises what the listener raised, if more would be in vain."""
        if clip.note:
            self._notes.append(clip.note)
        if isinstance(heard, VTError):
            self._failures += 1
            self._failed_in_a_row += 1
            hopeless = isinstance(heard, (*_HOPELESS, NotConfigured))
            if hopeless or self._failed_in_a_row >= _MOST_FAILURES_IN_A_ROW:
                raise heard
            self._last_failure = heard
            parts: tuple[SpokenPart, ...] = (SpokenPart(clip.start_s, clip.end_s, NOT_UNDERSTOOD),)
        else:
            self._failed_in_a_row = 0
            parts = tuple(_placed(part, clip) for part in heard.parts if part.text.strip())
            self._languages += [heard.language] if heard.language else []
        self._parts += parts
        return HeardSoFar(parts, min(1.0, clip.end_s / clip.total_s) if clip.total_s else None)

    def stop(self, clip: Clip) -> None:
        """There is no time left for this clip and what follows."""
        self._notes.append(f"It took too long; only the part before {clock(clip.start_s)} was listened to.")

    def transcript(self) -> Transcript:
        """Everything. Raises what went wrong where no clip could be listened to, or there are no words."""
        if self._failures and self._failures == len(self._parts):
            raise self._last_failure
        if not self._parts:
            raise BadAttachment(
                f"No words were understood in {self._name}.",
                "Set the language that is spoken in the settings, or choose another model for listening.",
            )
        if self._failures:
            self._notes.append(f"{self._failures} of its parts could not be listened to.")
        language = max(set(self._languages), key=self._languages.count) if self._languages else None
        return Transcript(tuple(self._parts), language, tuple(self._notes))


def _placed(part: SpokenPart, clip: Clip) -> SpokenPart:
    """A part of a clip at its time in the file. Without an end of its own it lasts as long as the clip."""
    length_s = clip.end_s - clip.start_s
    start_s = min(max(part.start_s, 0.0), length_s)
    end_s = min(part.end_s, length_s) if part.end_s > start_s else length_s
    return replace(part, start_s=clip.start_s + start_s, end_s=clip.start_s + end_s, text=part.text.strip())
