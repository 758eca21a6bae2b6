"""Filler that reads like a report, the same for the same number."""

from __future__ import annotations

import random

_WHO = ("The committee", "Our supplier", "The northern branch", "A visitor", "The auditor", "Each department")
_DID = ("reviewed", "postponed", "measured", "ordered", "described", "compared", "repaired", "returned")
_WHAT = (
    "the spare parts",
    "last year's figures",
    "the heating of hall two",
    "a batch of samples",
    "the travel plans",
    "three offers",
)
_HOW = (
    "without delay",
    "for the second time",
    "as agreed in spring",
    "with some doubt",
    "before the deadline",
)


def sentences(number: int, count: int) -> list[str]:
    chance = random.Random(number)
    return [
        f"{chance.choice(_WHO)} {chance.choice(_DID)} {chance.choice(_WHAT)} {chance.choice(_HOW)}."
        for _ in range(count)
    ]


def paragraph(number: int, count: int = 5) -> str:
    return " ".join(sentences(number, count))
