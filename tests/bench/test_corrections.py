"""The measure of learning tells what followed, what moved and what was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import corrections
from bench.corrections import Case, Outcome
from bench.routing_bench.items import item_of

CASE = Case("a", "speech", ("b", "c", "d", "e", "f", "g"), ("h", "i"))


def test_the_summary_puts_each_figure_beside_its_limit() -> None:
    outcome = Outcome(CASE, False, (False,) * 6, (True, True, True, True, False, False), ("h",))
    lines = corrections.summary([outcome], before=0.91, after=0.9, strangers=0.91).splitlines()
    assert "| messages corrected (wrong before) | 1 (1) |  |" in lines
    assert "| the same, after the correction | 66.7% | >= 90% |" in lines
    assert "| of them that keep the main words | 100.0% |  |" in lines
    assert "| of them that are worded anew | 0.0% |  |" in lines
    assert "| others that moved | 1 of 2 (50.0%) |  |" in lines
    assert "| points lost | 1.00 | <= 0.3 |" in lines
    assert "| points lost by somebody else | 0.00 | 0 |" in lines


def test_misses_name_what_did_not_follow_and_what_moved() -> None:
    outcome = Outcome(CASE, True, (True,) * 6, (True, True, True, True, True, False), ("h",))
    assert corrections.misses([outcome]) == "- speech: a\n  - did not follow: g\n  - moved: h"


def test_a_correction_that_took_everything_along_is_not_listed() -> None:
    assert corrections.misses([Outcome(CASE, True, (True,) * 6, (True,) * 6, ())]) == ""


@pytest.mark.slow
async def test_real_corrections_are_measured(tmp_path: Path) -> None:
    text = "my usual overnight thing about whales"
    case = Case(text, "speech", (f"{text} please",), ("why do whales sing",))
    items = (item_of('{"text": "hello", "labels": ["text"]}', "f:1"),)
    figures, missed = await corrections.measured([case], items, tmp_path)
    assert "| the same, after the correction | 100.0% | >= 90% |" in figures
    assert "| points lost | 0.00 | <= 0.3 |" in figures
    assert missed == ""
