"""Another rate: the same sound, however it is cut."""

from __future__ import annotations

import numpy as np  # noqa: TID253 tests of sound need it anyway
import pytest

from vtai.providers.resampling import Resampler, resampled


def tone(frequency_hz: float, rate_hz: int) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(rate_hz) / rate_hz).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [4_000, 8_000, 11_025, 22_050, 24_000, 44_100, 44_099, 48_000, 192_000])
def test_a_tone_keeps_its_pitch_its_length_and_its_loudness(rate_hz: int) -> None:
    made = resampled(tone(500, rate_hz), rate_hz)
    assert made.size == 16_000
    assert abs(made - tone(500, 16_000))[100:-100].max() < 0.002


@pytest.mark.parametrize("rate_hz", [24_000, 44_100, 48_000])
def test_what_is_too_high_disappears_and_does_not_come_back_lower(rate_hz: int) -> None:
    assert abs(resampled(tone(10_500, rate_hz), rate_hz))[100:-100].max() < 0.01


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 44_100])
@pytest.mark.parametrize(
    "sizes",
    [
        pytest.param([1], id="sample by sample"),
        pytest.param([0, 7, 0, 4_096, 333], id="pieces of every size"),
        pytest.param([4_096], id="pieces of a page"),
    ],
)
def test_pieces_join_without_a_click(rate_hz: int, sizes: list[int]) -> None:
    sound = np.random.default_rng(1).standard_normal(rate_hz // 8).astype(np.float32)
    resampler, made, at, turn = Resampler(rate_hz), [], 0, 0
    while at < sound.size:
        size = sizes[turn % len(sizes)]
        made.append(resampler.feed(sound[at : at + size]))
        at, turn = at + size, turn + 1
    joined = np.concatenate([*made, resampler.finish()])
    whole = resampled(sound, rate_hz)
    assert joined.size == whole.size
    assert abs(joined - whole).max() < 1e-5


def test_a_stream_is_given_at_once_but_for_a_few_milliseconds() -> None:
    made = Resampler(24_000).feed(tone(500, 24_000))
    assert 16_000 - made.size <= 48


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_next_to_nothing_is_no_trouble(count: int) -> None:
    assert resampled(np.ones(count, np.float32), 24_000).size == round(count * 2 / 3)
