"""What turns cost. Values only; times are in seconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["answered", "failed", "unexpected", "stopped", "refused"]
# What sums can be told apart by; "day" is a UTC date.
Column = Literal["person", "key", "group", "door", "route", "model", "outcome", "day", "hour"]


@dataclass(frozen=True, slots=True)
class Spent:
    """One turn or one call of the interface, once it is over.

    `door` is where it came from: "page", "api", "openai". `cost_usd` is None where no price is known.
    `first_s`: seconds to the first piece of the answer.
    """

    at: float
    person: str
    door: str = "page"
    key: str | None = None
    group: str = ""
    route: str = ""
    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    first_s: float | None = None
    outcome: Outcome = "answered"


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over some turns. `of` are the values of the columns that were asked for, in their order."""

    of: tuple[str, ...]
    turns: int
    failed: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float = 0.0
