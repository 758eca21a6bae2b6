"""Answers without remote pictures."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtai.handlers.searching.unpictured import Unpictured


def shown(*pieces: str) -> str:
    filtered = Unpictured()
    return "".join(filtered.feed(piece) for piece in pieces) + filtered.finish()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param("a ![cat](https://x.org/?q=1) b", "a cat b", id="inline"),
        pytest.param('![](https://x.org/a_(1).png "t")!', "!", id="brackets and a title"),
        pytest.param("![a [b] c](https://x.org)", "a [b] c", id="brackets in the words"),
        pytest.param("![cat][1]\n\n[1]: https://x.org/", "cat\n\n[1]: https://x.org/", id="by name"),
        pytest.param("![cat][] and ![cat]", "cat and cat", id="by its own name"),
        pytest.param('<img alt="a cat" src="https://x.org/">', "a cat", id="a tag"),
        pytest.param("<IMG SRC=https://x.org/>so", "so", id="a tag without words"),
        pytest.param("<iframe src='https://x.org/'></iframe>", "</iframe>", id="a frame"),
        pytest.param(
            "`![a](b)` and\n```\n<img src=x>\n```", "`![a](b)` and\n```\n<img src=x>\n```", id="code"
        ),
        pytest.param("Stop![1] Go! [2]", "Stop! [1] Go! [2]", id="an exclamation and a citation"),
        pytest.param("a < b and 1 <2, <b>x</b>, wow!", "a < b and 1 <2, <b>x</b>, wow!", id="other signs"),
        pytest.param("![never closed", "[never closed", id="never closed"),
        pytest.param("![a](https://x.org/", "a(https://x.org/", id="cut in the address"),
        pytest.param("<img src='https://x.org/", "< img src='https://x.org/", id="cut in the tag"),
        pytest.param("![![a](https://x.org)](https://y.org)", "[a](https://x.org)", id="within each other"),
        pytest.param("!![a", "! [a", id="two exclamations"),
        pytest.param("![<img src=x>](y)", "img src=x", id="a tag in the words"),
        pytest.param('<<img alt="img src=x">>', "< img src=x>", id="a tag around the words"),
        pytest.param("[![a](https://x.org)](https://y.org)", "[a](https://y.org)", id="a picture as a link"),
    ],
)
def test_a_picture_becomes_its_words(answer: str, expected: str) -> None:
    assert shown(answer) == expected
    assert shown(*answer) == expected


@given(
    answer=st.lists(
        st.sampled_from(
            ["![", "](", ")", "]", "[", "!", "`", "```", "\n", "a", " ", "1", "<img ", "<", ">", "alt=x", "("]
        ),
        max_size=14,
    ).map("".join),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_any_chunking_gives_the_same_and_no_picture_is_left(answer: str, cuts: list[int]) -> None:
    borders = sorted({0, *(min(cut, len(answer)) for cut in cuts), len(answer)})
    whole = shown(answer)
    assert shown(*(answer[start:end] for start, end in pairwise(borders))) == whole
    if "`" not in whole:
        assert "![" not in whole
        assert "<img " not in whole
