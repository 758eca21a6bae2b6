"""Sound at another rate: whole, or piece by piece without a seam.

Frequencies that do not fit are filtered out, not folded back.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# What the models for speech take.
SPEECH_RATE_HZ: Final = 16_000

# The filter's length, in samples of whichever rate is lower.
_TAPS = 64


class Resampler:
    """Takes a stream at `rate_hz` in pieces of any size, gives it at `to_hz` as if made at once.

    What it gives lags by half the filter, about 3 ms; `finish` gives the rest.
    """

    def __init__(self, rate_hz: int, to_hz: int = SPEECH_RATE_HZ) -> None:
        import numpy as np

        common = gcd(rate_hz, to_hz)
        self._up, self._down = to_hz // common, rate_hz // common
        share = min(1.0, to_hz / rate_hz)
        self._half = round(_TAPS / share / 2)
        # One row of weights for each place that a new sample can have between two old ones.
        places = np.arange(-self._half, self._half + 1) - np.arange(self._up)[:, None] / self._up
        weights = np.sinc(places * share) * (0.54 + 0.46 * np.cos(np.pi * places / (self._half + 1)))
        self._weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
        self._held = np.zeros(self._half, np.float32)
        self._skip = 0
        self._taken = self._given = 0

    def feed(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """What can be told of the sound so far and was not given yet, in -1..1 like the samples."""
        import numpy as np

        if self._up == self._down:
            return samples
        self._taken += samples.size
        self._held = np.concatenate([self._held, samples.astype(np.float32, copy=False)])
        windows = self._held.size - 2 * self._half
        # New sample k of this round stands before old sample (skip + k * down) / up.
        count = max(0, -(-(windows * self._up - self._skip) // self._down))
        made = self._made(count)
        end = self._skip + count * self._down
        used = min(end // self._up, self._held.size)
        self._skip = end - used * self._up
        self._held = self._held[used:]
        self._given += count
        return made

    def finish(self) -> NDArray[np.float32]:
        """The last of it: together it is as long as what was fed."""
        import numpy as np

        if self._up == self._down:
            return np.zeros(0, np.float32)
        missing = round(self._taken * self._up / self._down) - self._given
        rest = self.feed(np.zeros(self._half + self._down // self._up + 1, np.float32))
        return rest[: max(0, missing)]

    def _made(self, count: int) -> NDArray[np.float32]:
        import numpy as np

        made = np.zeros(count, np.float32)
        if not count:
            return made
        windows = np.lib.stride_tricks.sliding_window_view(self._held, 2 * self._half + 1)
        # Every `up`-th new sample has the same row of weights and stands `down` old samples further on.
        for first in range(min(self._up, count)):
            at = self._skip + first * self._down
            made[first :: self._up] = (
                windows[at // self._up :: self._down][: len(range(first, count, self._up))]
                @ self._weights[at % self._up]
            )
        return made


def resampled(samples: NDArray[np.float32], rate_hz: int, to_hz: int = SPEECH_RATE_HZ) -> NDArray[np.float32]:
    """The whole sound at another rate."""
    import numpy as np

    if rate_hz == to_hz or not samples.size:
        return samples
    resampler = Resampler(rate_hz, to_hz)
    return np.concatenate([resampler.feed(samples), resampler.finish()])
