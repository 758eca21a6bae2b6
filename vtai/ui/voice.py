"""One recording of a microphone, from the browser's pieces to what was said. Knows nothing of the page."""

from __future__ import annotations

import asyncio
import io
import time
import wave
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vtai.core.errors import Busy, VTError
from vtai.core.ports import Audio, Listener
from vtai.core.sound import HeardEvent, NothingSaid, SpeechEnded, TooLong

# The browser sends this, whatever it is told.
RATE_HZ: Final = 24_000
_BYTES_A_SECOND: Final = 2 * RATE_HZ
# Shorter than this nobody said anything.
_LEAST_SECONDS: Final = 0.3
# No page is open for so many years.
_MOST_MS: Final = 1e12

LISTENING: Final = "Listening …"
WRITING: Final = "Writing down what you said …"
CANCELLED: Final = "Cancelled."
NO_SOUND: Final = (
    "No sound came from the microphone. Check that the browser may use it, and which one it takes."
)
NOTHING_HEARD: Final = "Nothing was heard. Speak closer to the microphone, or check which one is used."
ONLY_NOISE: Final = "Only noise was heard, no words. Speak closer to the microphone, or where it is quieter."
NO_WORDS: Final = (
    "No words were understood. Say it again, or set the language that you speak in the settings."
)
PRESS_AGAIN: Final = "Press the microphone again when you have finished."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one recording may be. A piece of our page is 8 KB; a connection that was gone brings many at once.

    `patience_s` is how long the first piece may take, as the browser asks the person first; `idle_s` any
    other one: the page is gone then.
    """

    seconds: float = 300.0
    bytes_a_piece: int = 65_536
    bytes_waiting: int = 6_000_000
    pieces_at_once: int = 600
    pieces_a_second: float = 50.0
    patience_s: float = 120.0
    idle_s: float = 10.0

    @property
    def most_bytes(self) -> int:
        """Of the whole recording. Silence before and after the words counts, too."""
        return round((self.seconds + 60) * _BYTES_A_SECOND)


@dataclass(frozen=True, slots=True)
class Piece:
    """16 bit mono samples, and when they were made by the browser's clock."""

    samples: bytes
    at_ms: float | None = None


def piece_of(payload: object) -> Piece | None:
    """The browser's `audio_chunk`, or None for anything else."""
    if not isinstance(payload, Mapping) or not isinstance(payload.get("data"), bytes):
        return None
    match payload.get("elapsedTime"):
        case int() | float() as at_ms if abs(at_ms) < _MOST_MS:
            return Piece(payload["data"], float(at_ms))
        case _:
            return Piece(payload["data"])


class PageGone(VTError):
    """The page sends nothing any more."""


class Microphone:
    """Hands one recording to its listener piece by piece. `take` and `finish` never wait."""

    def __init__(
        self, listener: Listener, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._listener = listener
        self._limits = limits or Limits()
        self._clock = clock
        self._pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        self._waiting_bytes = self._bytes = 0
        self._room, self._room_at = float(self._limits.pieces_at_once), clock()
        self._is_finished = False
        self.has_sound = False

    def take(self, piece: Piece) -> None:
        """Puts it behind those that wait. Raises Busy where more comes than a microphone can make."""
        if self._is_finished:
            return
        limits, now = self._limits, self._clock()
        size = len(piece.samples)
        refilled = self._room + (now - self._room_at) * limits.pieces_a_second
        self._room, self._room_at = min(float(limits.pieces_at_once), refilled) - 1, now
        is_flood = self._room < 0 or self._waiting_bytes + size > limits.bytes_waiting
        if is_flood or size > limits.bytes_a_piece:
            raise Busy(
                "More sound came in than anybody can speak, so this recording was dropped.", "Try again."
            )
        self.has_sound = True
        self._bytes += size
        self._waiting_bytes += size
        self._pieces.put_nowait(piece)
        if self._bytes >= limits.most_bytes:
            self.finish()

    def finish(self) -> None:
        """No more will come: what is there is all."""
        if not self._is_finished:
            self._is_finished = True
            self._pieces.put_nowait(None)

    async def events(self) -> AsyncGenerator[HeardEvent, None]:
        """What is heard, up to the first SpeechEnded or NothingSaid. Raises PageGone."""
        is_over = False
        while not is_over:
            piece = await self._next()
            for event in await self._heard(piece):
                is_over = is_over or isinstance(event, SpeechEnded | NothingSaid)
                yield event
            is_over = is_over or piece is None

    async def _next(self) -> Piece | None:
        limits = self._limits
        try:
            async with asyncio.timeout(limits.idle_s if self.has_sound else limits.patience_s):
                piece = await self._pieces.get()
        except TimeoutError as late:
            raise PageGone("No more sound came from the microphone.", "Press it and speak again.") from late
        self._waiting_bytes -= len(piece.samples) if piece is not None else 0
        return piece

    async def _heard(self, piece: Piece | None) -> Sequence[HeardEvent]:
        if piece is None:
            return await self._listener.finish()
        return await self._listener.feed(piece.samples, piece.at_ms)


class PushToTalk:
    """A listener that hears nothing: all that comes until the button is pressed again was said."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._most_bytes = round((limits or Limits()).seconds * _BYTES_A_SECOND)
        self._samples = bytearray()

    async def feed(self, samples: bytes, at_ms: float | None = None) -> Sequence[HeardEvent]:
        """Takes what still fits, in the order in which it comes."""
        self._samples += samples[: self._most_bytes - len(self._samples)]
        if len(self._samples) < self._most_bytes:
            return ()
        return (TooLong(len(self._samples) / _BYTES_A_SECOND), *await self.finish())

    async def finish(self) -> Sequence[HeardEvent]:
        """The recording as a WAV file; NothingSaid where it is too short to hold a word."""
        samples, self._samples = bytes(self._samples[: len(self._samples) // 2 * 2]), bytearray()
        seconds = len(samples) / _BYTES_A_SECOND
        if seconds < _LEAST_SECONDS:
            return (NothingSaid(),)
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(RATE_HZ)
            wav.writeframes(samples)
        return (SpeechEnded(Audio(file.getvalue(), "audio/wav"), seconds),)
