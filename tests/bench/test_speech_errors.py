"""The word error rate, of texts that are spelled in different ways."""

from __future__ import annotations

import pytest

from bench.speech_errors import Errors, errors, words


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        pytest.param("Open the window.", "open the window", 0, id="case and marks"),
        pytest.param("Open the window.", "Open a window.", 1, id="another word"),
        pytest.param("Open the window.", "Open window.", 1, id="a word missing"),
        pytest.param("Open the window.", "You open the window.", 1, id="a word too many"),
        pytest.param("Open the window.", "", 3, id="nothing heard"),
        pytest.param("", "You", 1, id="nothing said"),
        pytest.param("Thirty three and twenty-four", "33 and 24", 0, id="numbers"),
        pytest.param("It's tomorrow", "It\N{RIGHT SINGLE QUOTATION MARK}s to-morrow", 0, id="old spelling"),
    ],
)
def test_words_are_compared_however_they_are_written(said: str, heard: str, wrong: int) -> None:
    assert errors(said, heard) == Errors(wrong, len(words(said)))


def test_errors_add_up_to_a_rate() -> None:
    assert (Errors(1, 3) + Errors(0, 1)).rate == 0.25
    assert Errors(0, 0).rate == 0
    assert Errors(2, 0).rate == 1
