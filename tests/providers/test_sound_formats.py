"""Sound in every format that programs ask for, whole and in pieces."""

from __future__ import annotations

import sys
from typing import get_args

import pytest

from vtai.core.errors import NotConfigured
from vtai.core.sound import Audio
from vtai.providers import pcm, sound_formats
from vtai.providers.sound_formats import MEDIA_TYPES, SoundFormat

FORMATS = get_args(SoundFormat)


def wave_of(seconds: float) -> bytes:
    import numpy as np

    times = np.arange(round(pcm.RATE_HZ * seconds)) / pcm.RATE_HZ
    return (np.sin(2 * np.pi * 440 * times) * 8_000).astype("<i2").tobytes()


def loudness(samples: bytes) -> float:
    import numpy as np

    return float(np.abs(np.frombuffer(samples, "<i2").astype(float)).mean())


@pytest.mark.parametrize("wanted", [name for name in FORMATS if name != "pcm"])
@pytest.mark.parametrize("piece", [1_000, 48_002, 10**9], ids=["small pieces", "pieces", "whole"])
def test_what_was_put_in_comes_out(wanted: SoundFormat, piece: int) -> None:
    samples = wave_of(2.0)
    made = sound_formats.encoder(wanted)
    data = (
        b"".join(made.feed(samples[at : at + piece]) for at in range(0, len(samples), piece)) + made.finish()
    )
    heard = pcm.decoded(Audio(data, MEDIA_TYPES[wanted]))
    assert len(heard) / 2 / pcm.RATE_HZ == pytest.approx(2.0, abs=0.1)
    assert loudness(heard) == pytest.approx(loudness(samples), rel=0.15)


def test_plain_samples_stay_as_they_are() -> None:
    assert sound_formats.encoded(b"\x01\x02" * 5, "pcm") == b"\x01\x02" * 5


def test_without_the_package_plain_kinds_are_still_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    assert sound_formats.encoded(b"\x01\x02", "wav").startswith(b"RIFF")
    with pytest.raises(NotConfigured, match="cannot be made") as caught:
        sound_formats.encoder("mp3")
    assert "wav" in caught.value.hint
