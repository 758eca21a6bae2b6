"""How likely each frame of a stream is speech, and how loud it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vtai.providers.recordings import detecting
from vtai.providers.recordings.cutting import CHUNK_BYTES, CHUNK_S, Detector
from vtai.providers.resampling import Resampler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

FRAME_S: Final = CHUNK_S
SILENT_DB: Final = -100.0

MakeDetector = Callable[[], Detector]


@dataclass(frozen=True, slots=True)
class Frame:
    """512 samples (16 bit, mono, 16 kHz), the chance of speech in 0..1, and the level below full scale."""

    samples: bytes
    chance: float
    level_db: float


class Frames:
    """Makes frames of one stream of 16 bit samples at `rate_hz`. Loads the detector; blocks a little.

    The packaged detector takes about a millisecond a frame.
    """

    def __init__(self, rate_hz: int, make_detector: MakeDetector) -> None:
        self._detector = make_detector()
        self._resampler = Resampler(rate_hz)
        self._held = bytearray()

    def feed(self, samples: bytes) -> Iterator[Frame]:
        """The frames that are complete with these samples."""
        import numpy as np

        values = np.frombuffer(samples, "<i2").astype(np.float32)
        self._held += _bytes(self._resampler.feed(values))
        yield from self._framed()

    def finish(self) -> Iterator[Frame]:
        """The last frame, filled up with silence."""
        self._held += _bytes(self._resampler.finish())
        self._held += bytes(-len(self._held) % CHUNK_BYTES)
        yield from self._framed()

    def _framed(self) -> Iterator[Frame]:
        whole = len(self._held) - len(self._held) % CHUNK_BYTES
        ready = bytes(self._held[:whole])
        del self._held[:whole]
        for at in range(0, whole, CHUNK_BYTES):
            chunk = ready[at : at + CHUNK_BYTES]
            yield Frame(chunk, self._detector(chunk), level_db(chunk))


def packaged() -> Detector:
    """The packaged model, else the loudness against the noise."""
    try:
        return detecting.detector()
    except (ImportError, OSError) as error:
        logger.warning("the voice activity model cannot be loaded, loudness is used: %s", error)
        return detecting.LoudnessDetector()


def level_db(samples: bytes) -> float:
    """How loud 16 bit samples are on average: 0 is full scale, SILENT_DB nothing."""
    import numpy as np

    values = np.frombuffer(samples, "<i2").astype(np.float32) / np.float32(32_768)
    power = float(np.mean(values * values)) if values.size else 0.0
    return max(SILENT_DB, 10 * float(np.log10(power))) if power > 0 else SILENT_DB


def _bytes(values: NDArray[np.float32]) -> bytes:
    import numpy as np

    return np.clip(np.rint(values), -32_768, 32_767).astype("<i2").tobytes()
