"""What one answer of a realtime model costs: words and sound have prices of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vtai.core.events import Usage

if TYPE_CHECKING:
    from vtai.core.ports import Model


@dataclass(frozen=True, slots=True)
class SoundPrices:
    """USD per million tokens of sound in, of sound out, and of what was known already."""

    audio_input: float | None = None
    audio_output: float | None = None
    cached_input: float | None = None


def usage(told: object, model: Model, prices: SoundPrices) -> Usage | None:
    """The usage of a finished response; None where none was told. The cost is known where all prices are."""
    if not isinstance(told, Mapping):
        return None
    taken, given = _number(told, "input_tokens"), _number(told, "output_tokens")
    if not taken and not given:
        return None
    return Usage(model.name, taken, given, _cost_usd(told, taken, given, model, prices))


def _cost_usd(
    told: Mapping[str, Any], taken: int, given: int, model: Model, prices: SoundPrices
) -> float | None:
    if model.input_price is None or model.output_price is None:
        return None
    input_details, output_details = _details(told, "input"), _details(told, "output")
    cached_details = input_details.get("cached_tokens_details")
    cached_sound = _number(cached_details if isinstance(cached_details, Mapping) else {}, "audio_tokens")
    cached = _number(input_details, "cached_tokens") if prices.cached_input is not None else 0
    sound_in = _number(input_details, "audio_tokens") - (cached_sound if cached else 0)
    sound_out = _number(output_details, "audio_tokens")
    if (sound_in and prices.audio_input is None) or (sound_out and prices.audio_output is None):
        return None
    total = (
        (taken - sound_in - cached) * model.input_price
        + sound_in * (prices.audio_input or 0.0)
        + cached * (prices.cached_input or 0.0)
        + (given - sound_out) * model.output_price
        + sound_out * (prices.audio_output or 0.0)
    )
    return total / 1_000_000


def _details(told: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    found = told.get(f"{side}_token_details")
    return found if isinstance(found, Mapping) else {}


def _number(told: Mapping[str, Any], name: str) -> int:
    value = told.get(name)
    return value if isinstance(value, int) and value > 0 else 0
