"""The figures of the bench, on cases small enough to work out by hand."""

from __future__ import annotations

import pytest

from bench.routing_bench import measures
from bench.routing_bench.measures import Judged


def judged(labels: str, route: str, confidence: float = 1.0, options: tuple[str, ...] = ()) -> Judged:
    return Judged(tuple(labels.split()), route, confidence, options)


SIX = (
    judged("text", "text"),
    judged("text", "speech"),
    judged("speech", "speech"),
    judged("vision text", "text"),
    judged("vision", "speech"),
    judged("vision speech", "web-search"),
)


def test_any_acceptable_route_is_right() -> None:
    assert measures.accuracy(SIX) == 3 / 6


def test_nothing_measured_is_nothing_right() -> None:
    assert (measures.accuracy([]), measures.macro_f1([]), measures.calibration_error([])) == (0, 0, 0)


def test_confusion_counts_a_miss_under_the_first_acceptable_route() -> None:
    assert measures.confusion(SIX) == {
        ("text", "text"): 2,
        ("text", "speech"): 1,
        ("speech", "speech"): 1,
        ("vision", "speech"): 1,
        ("vision", "web-search"): 1,
    }


def test_precision_and_recall_of_each_route() -> None:
    scores = measures.route_scores(SIX)
    assert {name: (one.messages, one.precision, one.recall) for name, one in scores.items()} == {
        "text": (3, 1.0, 2 / 3),
        "speech": (1, 1 / 3, 1.0),
        "vision": (2, None, 0.0),
        "web-search": (0, 0.0, None),
    }


def test_macro_f1_is_the_mean_over_the_routes_that_were_wanted() -> None:
    # text 2·2/(3+2) = 0.8, speech 2·1/(1+3) = 0.5, vision 0; web-search was never wanted.
    assert measures.macro_f1(SIX) == pytest.approx((0.8 + 0.5 + 0) / 3)


def test_calibration_bins_hold_as_many_decisions_each() -> None:
    ten = [judged("text", "text", number / 10) for number in range(10)]
    assert [one.decisions for one in measures.reliability(ten, bins=4)] == [2, 3, 3, 2]


def test_calibration_bins_sort_by_confidence_first() -> None:
    shuffled = [judged("text", "text", value) for value in (0.9, 0.1, 0.8, 0.2)]
    assert [one.confidence for one in measures.reliability(shuffled, bins=2)] == pytest.approx([0.15, 0.85])


def test_calibration_error_is_the_weighted_gap_between_confidence_and_accuracy() -> None:
    four = [
        judged("text", "speech", 0.2),
        judged("text", "text", 0.4),
        judged("text", "text", 0.8),
        judged("text", "text", 1.0),
    ]
    # Two groups of two: |0.3 - 0.5| and |0.9 - 1.0|, each half of the decisions.
    assert measures.calibration_error(four, bins=2) == pytest.approx(0.15)


def test_fewer_decisions_than_bins_are_groups_of_one() -> None:
    two = [judged("text", "text", 0.5), judged("text", "speech", 0.25)]
    assert measures.calibration_error(two) == pytest.approx((0.5 + 0.25) / 2)


def test_when_sure_tells_how_often_and_how_right() -> None:
    three = [judged("text", "text", 0.8), judged("text", "speech", 0.9), judged("text", "text", 0.79)]
    assert measures.when_sure(three) == (pytest.approx(2 / 3), 0.5)


def test_precision_when_sure_is_unknown_when_nothing_is() -> None:
    assert measures.when_sure([judged("text", "text", 0.3)]) == (0.0, None)


def test_a_question_counts_as_text_because_nothing_runs() -> None:
    question = judged("text", "image-generation", options=("image-generation", "text"))
    assert question.is_right
    assert measures.paid([question]).wrong == 0


def test_wrong_paid_routes_are_counted_on_messages_that_are_text_alone() -> None:
    found = measures.paid(
        [
            judged("text", "image-generation"),
            judged("text", "assistant"),
            judged("text", "web-search"),
            judged("text", "text", options=("assistant", "text")),
            judged("text assistant", "assistant"),
            judged("speech", "assistant"),
        ]
    )
    assert (found.texts, found.wrong, found.asked) == (4, 2 / 4, 1 / 4)


def test_questions_are_judged_by_their_buttons() -> None:
    found = measures.paid(
        [
            judged("assistant", "text", options=("assistant", "text")),
            judged("image-generation", "text", options=("assistant", "text")),
            judged("text", "text", options=("assistant", "text")),
            judged("speech", "speech"),
        ]
    )
    assert (found.questions, found.answered) == (3 / 4, 1 / 2)


def test_groups_have_their_number_and_accuracy() -> None:
    three = [
        Judged(("text",), "text", language="de"),
        Judged(("text",), "speech", language="de"),
        Judged(("text",), "text", language="ar"),
    ]
    assert measures.grouped(three, lambda one: one.language) == {"ar": (1, 1.0), "de": (2, 0.5)}


@pytest.mark.parametrize(
    ("percent", "value"),
    [
        pytest.param(50, 2, id="median of four"),
        pytest.param(75, 3, id="three quarters"),
        pytest.param(99, 4, id="nearly all"),
        pytest.param(1, 1, id="the least"),
    ],
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, value: float) -> None:
    assert measures.percentile([4, 1, 3, 2], percent) == value


def test_a_percentile_of_nothing_is_nothing() -> None:
    assert measures.percentile([], 95) == 0
