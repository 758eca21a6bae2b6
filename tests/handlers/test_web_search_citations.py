"""Citations: only numbers of pages are kept, whatever pieces the answer comes in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtai.handlers.citations import Checker


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        pytest.param("a [1], b [2].", "a [1], b [2].", id="all there"),
        pytest.param("a [3].", "a.", id="not there"),
        pytest.param("a [1][3][2]", "a [1][2]", id="in a row"),
        pytest.param("a [1, 3, 2]", "a [1, 2]", id="in a list"),
        pytest.param("a [0] [007]", "a", id="odd numbers"),
        pytest.param("`row[7]` and\n```\nx[9]\n```\n", "`row[7]` and\n```\nx[9]\n```\n", id="code"),
        pytest.param(
            "```\nx[9]\n```[1]\nso", "```\nx[9]\n```\n[1]\nso", id="glued to the end of a code block"
        ),
        pytest.param("a [1](https://evil.example/x) b", "a [1] b", id="a number that leads elsewhere"),
        pytest.param("a [3](https://evil.example/x) b", "a b", id="no number that leads elsewhere"),
        pytest.param("Go! [3][1]", "Go! [1]", id="behind an exclamation"),
        pytest.param("f[1](see above)", "f[1](see above)", id="a remark behind it"),
        pytest.param(
            "[text](https://x.org) [x] [] [12", "[text](https://x.org) [x] [] [12", id="other brackets"
        ),
        pytest.param("in [2024] it", "in [2024] it", id="a year"),
    ],
)
def test_only_numbers_of_pages_are_kept(answer: str, kept: str) -> None:
    checker = Checker(frozenset({1, 2}))
    assert checker.feed(answer) + checker.finish() == kept


@given(
    answer=st.lists(
        st.sampled_from(["[1]", "[", "]", "7", "2", ", ", " ", "`", "```", "\n", "a", "(", ")", ". "]),
        max_size=20,
    ).map("".join),
    cuts=st.lists(st.integers(0, 60), max_size=8),
)
def test_any_chunking_gives_the_same_answer(answer: str, cuts: list[int]) -> None:
    def supports(statement: str, number: int) -> bool:
        return "7" in statement or number == 1

    whole, parted = Checker(frozenset({1, 2}), supports), Checker(frozenset({1, 2}), supports)
    borders = sorted({0, *(min(cut, len(answer)) for cut in cuts), len(answer)})
    pieces = [parted.feed(answer[start:end]) for start, end in pairwise(borders)]
    assert "".join(pieces) + parted.finish() == whole.feed(answer) + whole.finish()


@pytest.mark.parametrize(
    ("answer", "statement"),
    [
        pytest.param("One here. Two there [1].", "Two there", id="before the full stop"),
        pytest.param("One here. Two there. [1]", "Two there.", id="after the full stop"),
        pytest.param("One 3.5 percent [1]", "One 3.5 percent", id="a point in a number"),
        pytest.param("- one\n- two [1]\n- three", "- two", id="a line of a list"),
        pytest.param("今日は雨。明日は晴れ[1]。", "明日は晴れ", id="no spaces"),
        pytest.param("[1] says so", "", id="in front"),
    ],
)
def test_a_citation_belongs_to_the_sentence_before_it(answer: str, statement: str) -> None:
    asked: list[str] = []
    checker = Checker(frozenset({1}), lambda said, _: bool(asked.append(said)))
    checker.feed(answer)
    checker.finish()
    assert [said.strip() for said in asked] == [statement]
