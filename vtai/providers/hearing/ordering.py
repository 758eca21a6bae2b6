"""Puts pieces of sound in order by the times they were made, and silence where one is missing.

The times come from a browser's clock when it got round to a piece, so a piece may carry a time that is too
late, above all when several come at once after a pause. It is never too early: what counts is the least
lateness of the pieces that wait.
"""

from __future__ import annotations

import math
import zlib
from bisect import insort
from collections import deque
from dataclasses import dataclass, field
from typing import Final

_BYTES_A_SAMPLE: Final = 2
# A piece is in its place when its time is off by less than this share of its length, within the limits.
_TOLERANCE, _LEAST_TOLERANCE_MS, _MOST_TOLERANCE_MS = 0.6, 15.0, 120.0
# Two clocks drift apart: a share of the lateness is forgiven with each piece.
_FORGIVEN = 0.02
# A time that is this much older than the last one: somebody set the clock.
_CLOCK_SET_MS = 2_000.0
_REMEMBERED = 8


@dataclass(frozen=True, slots=True, order=True)
class _Piece:
    """Samples, and when their end was made."""

    at_ms: float
    number: int
    samples: bytes = field(compare=False)
    ms: float = field(compare=False)

    @property
    def tolerance_ms(self) -> float:
        return min(_MOST_TOLERANCE_MS, max(_LEAST_TOLERANCE_MS, _TOLERANCE * self.ms))


class Ordering:
    """One stream of 16 bit mono samples at `rate_hz`."""

    def __init__(self, rate_hz: int, order_ms: float, most_gap_ms: float) -> None:
        self._rate_hz = rate_hz
        self._order_ms = order_ms
        self._most_gap_ms = most_gap_ms
        self._held: list[_Piece] = []
        self._recent: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)
        self._count = 0
        # Where the sound that was given ends, by the browser's clock.
        self._end_ms: float | None = None
        self._last_ms = -math.inf
        self._out = bytearray()

    def add(self, samples: bytes, at_ms: float | None = None) -> bytes:
        """What can be given now, whole samples. A piece without a time is taken to be the next."""
        if at_ms is None or not math.isfinite(at_ms):
            self._give_held()
            self._out += samples
        elif samples and not self._is_known(samples, at_ms):
            self._hold(samples, at_ms)
            self._give_ready()
        return self._taken()

    def finish(self) -> bytes:
        """What is still held."""
        self._give_held()
        return self._taken()

    def _is_known(self, samples: bytes, at_ms: float) -> bool:
        """Whether it came before, or comes after its time has passed."""
        mark = (at_ms, zlib.crc32(samples))
        if at_ms < self._last_ms - _CLOCK_SET_MS:
            self._give_held()
            self._end_ms, self._last_ms = None, -math.inf
        elif mark in self._recent or at_ms < self._last_ms:
            return True
        self._recent.append(mark)
        return False

    def _hold(self, samples: bytes, at_ms: float) -> None:
        self._count += 1
        ms = len(samples) / _BYTES_A_SAMPLE / self._rate_hz * 1_000
        insort(self._held, _Piece(at_ms, self._count, samples, ms))

    def _give_ready(self) -> None:
        """Gives the pieces that are in their place, and those after a gap that nothing fills any more."""
        if self._end_ms is None:
            if max(self._spread_ms(), sum(piece.ms for piece in self._held)) < self._order_ms:
                return
            self._end_ms = self._held[0].at_ms - self._held[0].ms
        while self._held:
            gap_ms = self._gap_ms(self._end_ms)
            if gap_ms > self._held[0].tolerance_ms:
                if self._spread_ms() < self._order_ms:
                    return
                self._end_ms += gap_ms
                self._silence(min(gap_ms, self._most_gap_ms))
            self._end_ms = self._give(self._held.pop(0), self._end_ms)

    def _spread_ms(self) -> float:
        return self._held[-1].at_ms - self._held[0].at_ms

    def _gap_ms(self, end_ms: float) -> float:
        """How much is missing before the pieces that wait, by the one that is least late."""
        least = math.inf
        for piece in self._held:
            end_ms += piece.ms
            least = min(least, piece.at_ms - end_ms)
        return least

    def _give(self, piece: _Piece, end_ms: float) -> float:
        """Where the sound ends with this piece."""
        self._out += piece.samples
        self._last_ms = max(self._last_ms, piece.at_ms)
        late_ms = piece.at_ms - end_ms - piece.ms
        return piece.at_ms if late_ms < 0 else end_ms + piece.ms + _FORGIVEN * late_ms

    def _give_held(self) -> None:
        held, self._held = self._held, []
        for piece in held:
            self._end_ms = self._give(piece, piece.at_ms if self._end_ms is None else self._end_ms)

    def _silence(self, ms: float) -> None:
        if len(self._out) % _BYTES_A_SAMPLE:
            del self._out[-1]
        self._out += bytes(_BYTES_A_SAMPLE * round(ms / 1_000 * self._rate_hz))

    def _taken(self) -> bytes:
        """The whole samples; half of one waits for its other half."""
        whole = len(self._out) - len(self._out) % _BYTES_A_SAMPLE
        taken = bytes(self._out[:whole])
        del self._out[:whole]
        return taken
