"""Sound that was heard or made, and the words in it. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Audio:
    """Sound that was made or received, in a container that a browser plays (`audio/wav`, `audio/mpeg`)."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """Words and when they were said, in seconds from the start of the recording."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of a recording in order; none for silence and noise. `language` as ISO 639-1, where known.

    `notes` say what was left out, and why.
    """

    parts: tuple[SpokenPart, ...] = ()
    language: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts if part.text)


@dataclass(frozen=True, slots=True)
class Clip:
    """A piece of a recording with speech in it, as WAV (16 bit, mono, 16 kHz), and where it was.

    `total_s` is how long the whole recording is, None where that is not known. `note` is something that
    people should know of the recording.
    """

    start_s: float
    end_s: float
    audio: Audio
    total_s: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class HeardSoFar:
    """The next words of a recording, and how much of it has been listened to, 0..1, where that is known."""

    parts: tuple[SpokenPart, ...]
    share: float | None = None


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """Somebody begins to speak, `at_s` seconds into the stream."""

    at_s: float


@dataclass(frozen=True, slots=True)
class SpeechSoFar:
    """What was said until now, while it goes on."""

    audio: Audio


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """Somebody stopped speaking: the whole of it with a little before and after, as WAV."""

    audio: Audio
    seconds: float


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """Nobody spoke for as long as is waited."""

    is_noisy: bool = False


@dataclass(frozen=True, slots=True)
class TooLong:
    """The recording reached its limit; SpeechEnded follows with what there is."""

    seconds: float


HeardEvent = SpeechBegan | SpeechSoFar | SpeechEnded | NothingSaid | TooLong
