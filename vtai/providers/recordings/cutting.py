"""Finds the speech in a stream of samples and cuts it into clips at silences. Runs in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from vtai.providers.recordings.sound import RATE_HZ

CHUNK_BYTES = 1_024
CHUNK_S = CHUNK_BYTES / 2 / RATE_HZ
_SPEECH, _STILL_SPEECH = 0.5, 0.35
# A clip goes on over pauses of this length, for a listener understands more of a whole sentence.
_PAUSE_S = 1.5
# So much is kept before and after, so that no first or last syllable is lost.
_MARGIN_S = 0.25
# Shorter than this is a click.
_LEAST_SPEECH_S = 0.16


class Detector(Protocol):
    """Tells speech from the rest."""

    def __call__(self, chunk: bytes) -> float:
        """How sure it is that somebody speaks in 512 samples, 0..1."""
        ...


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of the recording with speech in it."""

    start_s: float
    end_s: float
    samples: bytes


@dataclass(slots=True)
class Cutter:
    """Takes chunk after chunk. `most_s` is the longest clip."""

    detector: Detector
    most_s: float
    at: int = 0
    _chunks: list[bytes] = field(default_factory=list)
    _chances: list[float] = field(default_factory=list)
    _is_speech: bool = False
    _is_on: bool = False

    @property
    def at_s(self) -> float:
        return self.at * CHUNK_S

    def feed(self, chunk: bytes) -> Iterator[Cut]:
        """The clips that are complete with this chunk."""
        chance = self.detector(chunk)
        self.at += 1
        self._chunks.append(chunk)
        self._chances.append(chance)
        self._is_on = chance >= (_STILL_SPEECH if self._is_on else _SPEECH)
        if not self._is_speech:
            del self._chunks[: -_chunks(_MARGIN_S) - 1], self._chances[: -_chunks(_MARGIN_S) - 1]
            self._is_speech = self._is_on
        elif self._quiet() >= _chunks(_PAUSE_S):
            yield from self._ended()
        elif len(self._chunks) >= int(self.most_s / CHUNK_S):
            yield from self._parted()

    def finish(self) -> Iterator[Cut]:
        """The last clip, where somebody speaks until the end."""
        if self._is_speech:
            yield from self._ended()

    def _quiet(self) -> int:
        """How many chunks it has been quiet."""
        count = 0
        for chance in reversed(self._chances):
            if chance >= _STILL_SPEECH:
                break
            count += 1
        return count

    def _ended(self) -> Iterator[Cut]:
        keep = len(self._chunks) - max(0, self._quiet() - _chunks(_MARGIN_S))
        yield from self._taken(keep)
        del self._chunks[: -_chunks(_MARGIN_S)], self._chances[: -_chunks(_MARGIN_S)]
        self._is_speech = False

    def _parted(self) -> Iterator[Cut]:
        """A clip that got as long as it may: cut where it is quietest in its second half."""
        half = len(self._chances) // 2
        around = [sum(self._chances[at - 3 : at + 4]) for at in range(half, len(self._chances) - 3)]
        yield from self._taken(half + around.index(min(around)))

    def _taken(self, count: int) -> Iterator[Cut]:
        """The first chunks as a clip, unless there is next to no speech in them."""
        first = self.at - len(self._chunks)
        chunks, chances = self._chunks[:count], self._chances[:count]
        del self._chunks[:count], self._chances[:count]
        if sum(chance >= _STILL_SPEECH for chance in chances) * CHUNK_S >= _LEAST_SPEECH_S:
            yield Cut(first * CHUNK_S, (first + len(chunks)) * CHUNK_S, b"".join(chunks))


def _chunks(seconds: float) -> int:
    return round(seconds / CHUNK_S)
