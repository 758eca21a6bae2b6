"""Sound and the web."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vtai.core.turn import SpeechOptions
from vtai.core.web import Page, SearchRequest, SearchResults


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound that was made or received, in a container that a browser plays (`audio/wav`, `audio/mpeg`)."""

    data: bytes
    media_type: str


class SpeechProvider(Protocol):
    """Text to sound and sound to text. `model` None is the default; embedded where no key is set."""

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        """Raises ProviderError or NotConfigured."""
        ...

    async def transcribe(self, audio: Audio, language: str | None = None, model: str | None = None) -> str:
        """The words, or "" for silence and noise. Raises ProviderError, NotConfigured or BadAttachment."""
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
