"""The `Hearing` port: any number of microphones, each with state of its own, heard off the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Final

from vtai.core.sound import HeardEvent
from vtai.providers.hearing.detector import Frames, MakeDetector, packaged
from vtai.providers.hearing.endpointing import Endpointing
from vtai.providers.hearing.options import HearingOptions
from vtai.providers.hearing.ordering import Ordering

# What pages send.
MICROPHONE_RATE_HZ: Final = 24_000
# Sound that waits to be heard. It takes a thirtieth of its length, so no microphone comes near this.
_MOST_WAITING_BYTES: Final = 2 * MICROPHONE_RATE_HZ * 60


class MicrophoneHearing:
    """Listens to microphones. `make_detector` gives a new detector, which serves one microphone."""

    def __init__(self, options: HearingOptions | None = None, make_detector: MakeDetector = packaged) -> None:
        self._options = options or HearingOptions()
        self._make_detector = make_detector

    def listen(self, *, is_hands_free: bool = False) -> MicrophoneListener:
        """A new one. Hands free, it goes on after the end of what was said."""
        return MicrophoneListener(self._options, self._make_detector, is_hands_free=is_hands_free)


class MicrophoneListener:
    """One microphone. May be fed by several tasks at once: pieces are taken in the order of the calls."""

    def __init__(self, options: HearingOptions, make_detector: MakeDetector, *, is_hands_free: bool) -> None:
        self._make_detector = make_detector
        self._ordering = Ordering(MICROPHONE_RATE_HZ, options.order_ms, options.most_gap_s * 1_000)
        self._endpointing = Endpointing(options, is_hands_free=is_hands_free)
        self._frames: Frames | None = None
        self._waiting = bytearray()
        self._turn = asyncio.Lock()
        # A call that was cancelled leaves its thread at work; the next one must wait for it.
        self._at_work = threading.Lock()

    async def feed(self, samples: bytes, at_ms: float | None = None) -> Sequence[HeardEvent]:
        """Takes 16 bit mono samples at 24 kHz. `at_ms` is when their end was made, by any clock.

        Without it they are taken as they come. A piece that comes twice, or too late, is left out.
        """
        if self._endpointing.is_done:
            return ()
        ready = self._ordering.add(samples, at_ms)
        self._waiting += ready[: max(0, _MOST_WAITING_BYTES - len(self._waiting))]
        return await self._heard()

    async def finish(self) -> Sequence[HeardEvent]:
        """The microphone was closed: what there is of speech, or NothingSaid; nothing if that was told."""
        self._waiting += self._ordering.finish()
        return await self._heard(is_last=True)

    async def _heard(self, *, is_last: bool = False) -> Sequence[HeardEvent]:
        async with self._turn:
            if not is_last and not self._waiting:
                return ()
            samples, self._waiting = bytes(self._waiting), bytearray()
            return await asyncio.to_thread(self._hear, samples, is_last=is_last)

    def _hear(self, samples: bytes, *, is_last: bool) -> Sequence[HeardEvent]:
        with self._at_work:
            if self._frames is None:
                self._frames = Frames(MICROPHONE_RATE_HZ, self._make_detector)
            events: list[HeardEvent] = []
            for frame in self._frames.feed(samples):
                events += self._endpointing.feed(frame)
                if self._endpointing.is_done:
                    return events
            if is_last:
                for frame in self._frames.finish():
                    events += self._endpointing.feed(frame)
                events += self._endpointing.finish()
            return events
