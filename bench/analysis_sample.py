"""The data of the analysis sample: 500 orders as people keep them, five questions, and what is right.

The file is made from a seed, so it is the same everywhere. It has what such files have: regions spelled in
several ways, dates in two formats, amounts and ratings that are missing. What is right is computed here with
the standard library alone, from the file itself.
"""

from __future__ import annotations

import csv
import random
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROWS = 500
SEED = 20261122
FILE_NAME = "orders.csv"
COLUMNS = ("order", "date", "region", "product", "units", "amount", "rating", "returned")
PRODUCTS = {"Lamp": 24.0, "Desk": 310.0, "Chair": 120.0, "Shelf": 85.0}
# How often a product comes back.
RETURNS = {"Lamp": 0.06, "Desk": 0.10, "Chair": 0.22, "Shelf": 0.12}
REGIONS = ("North", "South", "East", "West")
MISSING = ("", "n/a")
ENDING = "\n\nEnd with a line of its own: the word Answer, a colon, and the value alone, without a unit."

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, how it is computed here, and code that a model could write for it.

    `tolerance` is relative, for numbers. The code prints its answer after "result:".
    """

    text: str
    expected: Callable[[Sequence[Row]], float | str]
    code: str
    tolerance: float = 0.0

    @property
    def prompt(self) -> str:
        return self.text + ENDING


def write(path: Path) -> None:
    """Makes the file."""
    chance = random.Random(SEED)
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(COLUMNS)
        rows.writerows(_row(number, chance) for number in range(1, ROWS + 1))


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def is_right(question: Question, answer: str, rows: Sequence[Row]) -> bool:
    """Whether the value after the last "Answer:" is what was computed here."""
    said = value_in(answer)
    expected = question.expected(rows)
    if isinstance(expected, str):
        return said.casefold() == expected.casefold()
    found = re.fullmatch(r"[$€]?\s*([-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)\s*%?", said, re.IGNORECASE)
    if not found:
        return False
    return abs(float(found[1].replace(",", "")) - expected) <= question.tolerance * abs(expected)


def value_in(answer: str) -> str:
    """What stands after the last "Answer:", without marks of Markdown; empty where there is none."""
    found = re.findall(r"answer\W*?:[ \t*_`$]*(.+)", answer, re.IGNORECASE)
    return found[-1].strip().strip("*_`. ") if found else ""


def _row(number: int, chance: random.Random) -> tuple[str, ...]:
    day = date(2026, 1, 1) + timedelta(days=chance.randrange(300))
    product = chance.choice(list(PRODUCTS))
    units = chance.randint(1, 9)
    amount = units * PRODUCTS[product] * chance.uniform(0.8, 1.1)
    rating = min(5.0, max(1.0, 4.6 - units * 0.2 + chance.uniform(-1, 1)))
    region = chance.choice(REGIONS)
    return (
        f"A-{number:04}",
        day.isoformat() if chance.random() < 0.7 else day.strftime("%d.%m.%Y"),
        chance.choice((region, region, region, region.lower(), region.upper(), f" {region} ")),
        product,
        str(units),
        f"{amount:.2f}" if chance.random() < 0.93 else chance.choice(MISSING),
        f"{rating:.1f}" if chance.random() < 0.9 else "",
        ("yes" if chance.random() < 0.6 else "Y") if chance.random() < RETURNS[product] else "no",
    )


def _amounts(rows: Sequence[Row], keep: Callable[[Row], bool]) -> list[float]:
    return [float(row["amount"]) for row in rows if row["amount"] not in MISSING and keep(row)]


def _month(row: Row) -> int:
    text = row["date"]
    form = "%d.%m.%Y" if "." in text else "%Y-%m-%d"
    return datetime.strptime(text, form).replace(tzinfo=UTC).month


def _missing(rows: Sequence[Row]) -> float:
    return float(sum(row["amount"] in MISSING for row in rows))


def _mean_of_north(rows: Sequence[Row]) -> float:
    return statistics.mean(_amounts(rows, lambda row: row["region"].strip().lower() == "north"))


def _march(rows: Sequence[Row]) -> float:
    return sum(_amounts(rows, lambda row: _month(row) == 3))


def _correlation(rows: Sequence[Row]) -> float:
    rated = [(float(row["units"]), float(row["rating"])) for row in rows if row["rating"]]
    return statistics.correlation(*zip(*rated, strict=True))


def _most_returned(rows: Sequence[Row]) -> str:
    returns: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        returns[row["product"]].append(row["returned"] in {"yes", "Y"})
    return max(returns, key=lambda product: statistics.mean(returns[product]))


_LOAD = 'import pandas as pd\norders = pd.read_csv("orders.csv", na_values=["n/a"])\n'
QUESTIONS = (
    Question(
        "How many orders in orders.csv have no amount?",
        _missing,
        _LOAD + 'print("result:", orders["amount"].isna().sum())',
    ),
    Question(
        "What is the average amount of an order in the North? The region is spelled in several ways. "
        "Leave out orders without an amount, and give two decimals.",
        _mean_of_north,
        _LOAD + 'north = orders[orders["region"].str.strip().str.lower() == "north"]\n'
        'print("result:", round(north["amount"].mean(), 2))',
        0.000_1,
    ),
    Question(
        "What is the total amount of the orders of March 2026? "
        "Dates are written as 2026-03-31 or 31.03.2026.",
        _march,
        _LOAD + 'text = orders["date"]\n'
        'iso = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")\n'
        'days = iso.fillna(pd.to_datetime(text, format="%d.%m.%Y", errors="coerce"))\n'
        'print("result:", round(orders.loc[days.dt.month == 3, "amount"].sum(), 2))',
        0.000_1,
    ),
    Question(
        "What is the Pearson correlation between units and rating, over the orders that have a rating? "
        "Give three decimals.",
        _correlation,
        _LOAD + 'print("result:", round(orders["units"].corr(orders["rating"]), 3))',
        0.005,
    ),
    Question(
        "Which product has the largest share of returned orders?",
        _most_returned,
        _LOAD + 'back = orders["returned"].isin(["yes", "Y"])\n'
        'print("result:", back.groupby(orders["product"]).mean().idxmax())',
    ),
)
