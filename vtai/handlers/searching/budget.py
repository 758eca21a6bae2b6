"""What a piece of research may take, in seconds and dollars, and what it has taken so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from vtai.core.events import Usage
from vtai.core.ports import Model
from vtai.core.turn import SearchOptions

# Of both budgets, what gathering may use up; the rest is kept for the report.
_GATHERING_TIME = 0.6
_GATHERING_MONEY = 0.5
_CHARACTERS_PER_TOKEN = 3
_MILLION = 1_000_000


class Budget:
    """Counts the time from its making and the money from `spent`, which grows elsewhere.

    Without known prices only time counts.
    """

    def __init__(
        self,
        options: SearchOptions,
        model: Model,
        spent: Sequence[Usage],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._prices = _prices(model)
        self._spent = spent
        self._clock = clock
        self._began = clock()

    @property
    def knows_prices(self) -> bool:
        return self._prices is not None

    @property
    def left_s(self) -> float:
        """Seconds until all has to be over."""
        return max(self._options.budget_s - self._used_s, 0.0)

    @property
    def gathering_left_s(self) -> float:
        """Seconds until the writing has to begin."""
        return max(self._options.budget_s * _GATHERING_TIME - self._used_s, 0.0)

    def used(self) -> str:
        """`38 s of 120 s and $0.012 of $0.50 used`."""
        time_used = f"{self._used_s:.0f} s of {self._options.budget_s:.0f} s"
        if not self.knows_prices:
            return f"{time_used} used"
        return f"{time_used} and ${self._used_usd:.3f} of ${self._options.budget_usd:.2f} used"

    def exhausted(self) -> str | None:
        """Why no further round may begin, or None."""
        if self.gathering_left_s <= 0:
            return "the time for gathering is used up"
        if self.knows_prices and self._gathering_left_usd <= 0:
            return "the money for gathering is used up"
        return None

    def allows(self, characters: int, output_tokens: int) -> bool:
        """Whether a call of the model of about that size is within what gathering may cost."""
        return not self.knows_prices or self._price(characters, output_tokens) <= self._gathering_left_usd

    def room(self, most: int) -> int:
        """How many characters the report may be written from: at most half of the money left goes there."""
        if self._prices is None or self._prices[0] <= 0:
            return most
        tokens = self._left_usd / 2 / self._prices[0] * _MILLION
        return min(most, int(tokens * _CHARACTERS_PER_TOKEN))

    def output_tokens(self, characters: int) -> int | None:
        """How long an answer to that many characters may become; None where nothing limits it."""
        if self._prices is None or self._prices[1] <= 0:
            return None
        left = self._left_usd - self._price(characters, 0)
        return max(int(left / self._prices[1] * _MILLION), 0)

    @property
    def _used_s(self) -> float:
        return self._clock() - self._began

    @property
    def _used_usd(self) -> float:
        return sum(self._cost(usage) for usage in self._spent)

    @property
    def _left_usd(self) -> float:
        return max(self._options.budget_usd - self._used_usd, 0.0)

    @property
    def _gathering_left_usd(self) -> float:
        return self._options.budget_usd * _GATHERING_MONEY - self._used_usd

    def _cost(self, usage: Usage) -> float:
        if usage.cost_usd is not None or self._prices is None:
            return usage.cost_usd or 0.0
        return (usage.input_tokens * self._prices[0] + usage.output_tokens * self._prices[1]) / _MILLION

    def _price(self, characters: int, output_tokens: int) -> float:
        if self._prices is None:
            return 0.0
        tokens = characters / _CHARACTERS_PER_TOKEN
        return (tokens * self._prices[0] + output_tokens * self._prices[1]) / _MILLION


def _prices(model: Model) -> tuple[float, float] | None:
    """USD per million tokens, in and out."""
    if model.input_price is None or model.output_price is None:
        return None
    return model.input_price, model.output_price
