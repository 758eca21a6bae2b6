"""What an answer of a realtime model costs."""

from __future__ import annotations

from typing import Any

import pytest

from vtai.core.ports import Model
from vtai.providers.realtime_cost import SoundPrices, usage

MODEL = Model("voice", "voice-1", "v", frozenset({"realtime"}), 8_000, input_price=4.0, output_price=16.0)
PRICES = SoundPrices(audio_input=32.0, audio_output=64.0, cached_input=0.4)


def told(sound_in: int, cached: int, cached_sound: int, sound_out: int) -> dict[str, Any]:
    return {
        "input_tokens": 1000,
        "output_tokens": 500,
        "input_token_details": {
            "audio_tokens": sound_in,
            "cached_tokens": cached,
            "cached_tokens_details": {"audio_tokens": cached_sound},
        },
        "output_token_details": {"audio_tokens": sound_out},
    }


@pytest.mark.parametrize(
    ("answer", "micro_usd"),
    [
        pytest.param(told(0, 0, 0, 0), 1000 * 4 + 500 * 16, id="words alone"),
        pytest.param(told(600, 0, 0, 400), 400 * 4 + 600 * 32 + 100 * 16 + 400 * 64, id="words and sound"),
        pytest.param(
            told(600, 300, 200, 400),
            300 * 4 + 400 * 32 + 300 * 0.4 + 100 * 16 + 400 * 64,
            id="some of both known already",
        ),
    ],
)
def test_words_sound_and_what_was_known_have_prices_of_their_own(
    answer: dict[str, Any], micro_usd: float
) -> None:
    found = usage(answer, MODEL, PRICES)
    assert found is not None
    assert found.cost_usd == pytest.approx(micro_usd / 1_000_000)


def test_sound_without_a_price_leaves_the_cost_open() -> None:
    found = usage(told(600, 0, 0, 400), MODEL, SoundPrices())
    assert found is not None
    assert found.cost_usd is None


@pytest.mark.parametrize("answer", [None, {}, {"input_tokens": "many"}], ids=["none", "empty", "nonsense"])
def test_an_answer_that_does_not_tell_has_no_usage(answer: object) -> None:
    assert usage(answer, MODEL, PRICES) is None
