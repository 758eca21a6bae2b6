"""What research may take."""

from __future__ import annotations

import pytest

from tests.fakes import model
from vtai.core.events import Usage
from vtai.core.turn import SearchOptions
from vtai.handlers.searching.budget import Budget

PRICED = model(input_price=10.0, output_price=50.0)
OPTIONS = SearchOptions(budget_s=100.0, budget_usd=0.5)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_time_and_money_are_shown() -> None:
    clock, spent = Clock(), [Usage("x", 1_000, 100, 0.012)]
    budget = Budget(OPTIONS, PRICED, spent, clock)
    clock.now += 38
    assert budget.used() == "38 s of 100 s and $0.012 of $0.50 used"
    spent.append(Usage("x", 1_000, 100))
    assert "$0.027" in budget.used(), "a cost that was not told is reckoned"
    assert budget.left_s == 62
    assert budget.gathering_left_s == pytest.approx(22)


def test_gathering_leaves_time_and_money_for_the_report() -> None:
    clock, spent = Clock(), [Usage("x", 1, 1, 0.1)]
    budget = Budget(OPTIONS, PRICED, spent, clock)
    assert budget.exhausted() is None
    assert budget.allows(3_000, 100)
    assert not budget.allows(60_000, 1_000)
    spent.append(Usage("x", 1, 1, 0.15))
    assert budget.exhausted() == "the money for gathering is used up"
    clock.now += 61
    assert budget.exhausted() == "the time for gathering is used up"
    clock.now += 99
    assert budget.left_s == 0


def test_the_report_fits_the_money_left() -> None:
    budget = Budget(OPTIONS, PRICED, [Usage("x", 1, 1, 0.3)], Clock())
    size = budget.room(1_000_000)
    tokens = budget.output_tokens(size)
    assert tokens is not None
    assert size / 3 * 10 / 1e6 + tokens * 50 / 1e6 == pytest.approx(0.2, rel=0.01)
    assert budget.room(500) == 500


def test_without_prices_only_time_counts() -> None:
    budget = Budget(OPTIONS, model(), [Usage("x", 1, 1, 9.0)], Clock())
    assert (budget.exhausted(), budget.output_tokens(10), budget.room(10)) == (None, None, 10)
    assert budget.allows(10**9, 10**9)
    assert budget.used() == "0 s of 100 s used"
