"""The analysis sample is the same everywhere, judges answers fairly, and comes out right with right code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench import analysis
from bench import analysis_sample as sample
from bench.analysis import Answer
from bench.analysis_sample import QUESTIONS
from vtai.core.events import Usage

MISSING, NORTH, MARCH, CORRELATION, RETURNED = QUESTIONS


@pytest.fixture
def rows(tmp_path: Path) -> list[sample.Row]:
    sample.write(tmp_path / "orders.csv")
    return sample.read(tmp_path / "orders.csv")


def test_the_file_has_five_hundred_rows_with_the_faults_that_files_have(rows: list[sample.Row]) -> None:
    assert len(rows) == 500
    assert {"", "n/a"} <= {row["amount"] for row in rows}
    assert {"North", "north", "NORTH", " North "} <= {row["region"] for row in rows}
    assert {"." in row["date"] for row in rows} == {True, False}


def test_what_is_right_does_not_change(rows: list[sample.Row]) -> None:
    expected = [question.expected(rows) for question in QUESTIONS]
    assert expected[:4] == pytest.approx([32, 565.584359, 32435.59, -0.684024])
    assert expected[4] == "Chair"


@pytest.mark.parametrize(
    ("question", "answer", "is_right"),
    [
        pytest.param(MISSING, "Some text.\nAnswer: 32", True, id="a number"),
        pytest.param(MISSING, "Answer: 31\nNo: one more.\n**Answer:** 32.", True, id="the last one counts"),
        pytest.param(MISSING, "There are 32.", False, id="not where it was asked for"),
        pytest.param(MISSING, "Answer: 33", False, id="one off"),
        pytest.param(MISSING, "Answer: 32 or 33", False, id="two at once"),
        pytest.param(MARCH, "Answer: $32,435.59", True, id="with separators"),
        pytest.param(NORTH, "Answer: 565.6", True, id="rounded"),
        pytest.param(NORTH, "Answer: 571.2", False, id="too far off"),
        pytest.param(CORRELATION, "Answer: -0.684", True, id="negative"),
        pytest.param(CORRELATION, "Answer: 0.684", False, id="wrong sign"),
        pytest.param(RETURNED, "**Answer: chair**", True, id="a word"),
        pytest.param(RETURNED, "Answer: Desk", False, id="another word"),
        pytest.param(RETURNED, "", False, id="nothing"),
    ],
)
def test_an_answer_is_right_within_its_tolerance(
    rows: list[sample.Row], question: sample.Question, answer: str, *, is_right: bool
) -> None:
    assert sample.is_right(question, answer, rows) is is_right


def test_a_cost_that_is_known_in_part_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    known, unknown = Usage("m", 100, 10, 0.25), Usage("m", 100, 10)
    right = Answer(MISSING, "Answer: 32", 1, 2.0, [known], is_right=True)
    analysis.show("priced", [right])
    analysis.show("unpriced", [right, replace(right, usages=[unknown], is_right=False)])
    priced, unpriced, *wrong = capsys.readouterr().out.splitlines()
    assert priced.split() == ["priced", "1/1", "1", "100", "10", "2.0", "0.2500"]
    assert unpriced.split() == ["unpriced", "1/2", "2", "200", "20", "4.0", "-"]
    assert wrong == [f"  wrong: {MISSING.text}", "    it said: 32"]


@pytest.mark.slow
def test_with_right_code_all_five_come_out_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert analysis.main(["--scripted"]) == 0
    _, line = capsys.readouterr().out.splitlines()
    assert line.split()[:3] == ["scripted", "5/5", "5"]


@pytest.mark.slow
async def test_with_wrong_code_it_says_which_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    broken = replace(MISSING, code='print("result:", len(open("orders.csv").readlines()))')
    assert await analysis.scripted((broken, RETURNED)) == 1
    output = capsys.readouterr().out
    assert "1/2" in output
    assert "    it said: 501" in output
