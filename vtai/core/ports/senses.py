"""Sound and the web."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from vtai.core.events import Source
from vtai.core.turn import SpeechOptions


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


@dataclass(frozen=True, slots=True)
class SearchResults:
    """What a search found, and who found it."""

    sources: tuple[Source, ...]
    provider: str


class SearchProvider(Protocol):
    """A way to search the web."""

    async def search(self, query: str, max_results: int) -> SearchResults:
        """Results best first. Raises ProviderError or NotConfigured."""
        ...
