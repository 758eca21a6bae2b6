"""Which passages bear on a question."""

from __future__ import annotations

import pytest

from vtai.routing.passages import similarities

TEXTS = [
    "The tenant pays the rent on the first day of each month.",
    "Cancellation of the agreement takes three months' notice in writing.",
    "Pets are allowed with the consent of the landlord.",
    "Die Kaution beträgt drei Monatsmieten.",
    "押金为三个月的租金。",
]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        pytest.param("how can the agreement be cancelled?", 1, id="another ending"),
        pytest.param("may I keep a pet?", 2, id="singular"),
        pytest.param("wie hoch ist die Kaution", 3, id="German"),
        pytest.param("KAUTION BETRAGT", 3, id="capitals and accents"),
        pytest.param("押金是多少", 4, id="without spaces"),
        pytest.param("when is the rent due, on which day of the month?", 0, id="several words"),
    ],
)
def test_the_passage_that_shares_the_telling_words_comes_first(question: str, best: int) -> None:
    scores = similarities(question, TEXTS)
    assert max(range(len(TEXTS)), key=lambda number: scores[number]) == best
    assert all(0 <= score <= 1.0001 for score in scores)


def test_what_nothing_bears_on_scores_nothing() -> None:
    assert similarities("xylophone", TEXTS) == [0.0] * len(TEXTS)
    assert similarities("anything", []) == []


def test_a_rare_word_outweighs_common_ones() -> None:
    texts = ["the of and in to a is " * 5, "The boiler was replaced."]
    scores = similarities("when was the boiler of the house replaced", texts)
    assert scores[1] > scores[0]
