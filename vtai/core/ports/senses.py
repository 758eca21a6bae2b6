"""Sound and the web."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from vtai.core.messages import Attachment
from vtai.core.sound import Audio, Clip, HeardEvent, HeardSoFar, Transcript
from vtai.core.turn import SpeechOptions
from vtai.core.web import Page, SearchRequest, SearchResults


class SpeechProvider(Protocol):
    """Text to sound and sound to text. `model` None is the default; embedded where no key is set."""

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        """Raises ProviderError or NotConfigured."""
        ...

    async def transcribe(
        self, audio: Audio, language: str | None = None, model: str | None = None
    ) -> Transcript:
        """The words, none for silence and noise. Raises ProviderError, NotConfigured or BadAttachment."""
        ...


class Recordings(Protocol):
    """Opens sound files of any usual kind."""

    def clips(self, file: Attachment, most_s: float = 30.0) -> AsyncGenerator[Clip, None]:
        """The speech in it, cut at silences into clips of at most `most_s` seconds, as they are decoded.

        Raises BadAttachment: no sound, broken off, too long, nobody speaks.
        """
        ...


class Transcripts(Protocol):
    """Writes down what is said in sound files, and remembers it for a while."""

    def listen(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> AsyncGenerator[HeardSoFar | Transcript, None]:
        """The words as they are heard, in order, and the whole Transcript at the very end.

        Raises BadAttachment, Busy, ProviderError or NotConfigured.
        """
        ...

    async def known(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> Transcript | None:
        """What was written down before and is still known; nobody listens."""
        ...


class Listener(Protocol):
    """One microphone: tells speech from silence and noise, and cuts what was said."""

    async def feed(self, samples: bytes, at_ms: float | None = None) -> Sequence[HeardEvent]:
        """Takes 16 bit mono samples at 24 kHz. `at_ms` is when they were made; late ones are put in order."""
        ...

    async def finish(self) -> Sequence[HeardEvent]:
        """The microphone was closed: what there is of speech, or NothingSaid."""
        ...


class Hearing(Protocol):
    """Listens to microphones."""

    def listen(self, *, is_hands_free: bool = False) -> Listener:
        """A new one, with state of its own. Hands free, it goes on after the end of what was said."""
        ...


class SearchProvider(Protocol):
    """A way to search the web."""

    @property
    def name(self) -> str:
        """Who would be asked now, for people."""
        ...

    async def search(self, request: SearchRequest) -> SearchResults:
        """Results best first. Raises ProviderError, or NotConfigured where nothing can search."""
        ...


class PageReader(Protocol):
    """Reads pages of the open web."""

    async def read(self, url: str, timeout_s: float = 10.0) -> Page:
        """Raises BadAddress (refused, or forbidden by the site's robots.txt), BadAttachment (no text to be
        read), ProviderError (does not answer)."""
        ...
