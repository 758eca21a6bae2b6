"""Counts what pictures cost: by their tokens where the vendor tells them, else by the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vtai.core.events import Usage
from vtai.providers.vendor_models import cost_usd

if TYPE_CHECKING:
    from vtai.core.ports import ImageRequest
    from vtai.providers.images.abilities import Abilities
    from vtai.providers.images.answers import Made


class Cost:
    """The sum of all requests of one reply."""

    def __init__(self, request: ImageRequest, abilities: Abilities) -> None:
        self._model = request.model
        self._abilities = abilities
        self._input = self._output = self._images = 0

    def add(self, made: Made) -> None:
        self._input += made.input_tokens
        self._output += made.output_tokens
        self._images += made.image_tokens

    def usage(self, pictures: int) -> Usage | None:
        """What `pictures` took; None where nothing is known."""
        usage = Usage(self._model.id, self._input, self._output)
        if self._input or self._output:
            return Usage(usage.model, self._input, self._output, self._of_tokens(usage))
        if (price := self._abilities.picture_price) is None:
            return None
        # What the vendor takes for other sizes and for pictures sent along is not known.
        return Usage(usage.model, 0, 0, price * pictures, is_estimated=True)

    def _of_tokens(self, usage: Usage) -> float | None:
        cost, price = cost_usd(self._model, usage), self._abilities.image_input_price
        if cost is None or price is None or self._model.input_price is None:
            return cost
        return cost + self._images * (price - self._model.input_price) / 1_000_000
