"""Pieces of sound that come shuffled, late, twice or never."""

from __future__ import annotations

import math
import random

import pytest

from vtai.providers.hearing.ordering import Ordering

# At 1 kHz a sample is a millisecond, and a piece of 100 samples a tenth of a second.
MS = 100


def piece(number: int) -> bytes:
    return bytes([number, 0]) * MS


def ordered(*sent: tuple[int, float | None], most_gap_ms: float = 2_000.0) -> list[int]:
    """The numbers of the pieces as they come out, 0 for a tenth of a second of silence."""
    ordering = Ordering(1_000, 300.0, most_gap_ms)
    given = b"".join(ordering.add(piece(number), at_ms) for number, at_ms in sent) + ordering.finish()
    assert len(given) % (2 * MS) == 0
    return [given[at] for at in range(0, len(given), 2 * MS)]


def at(*numbers: int) -> list[tuple[int, float]]:
    """Piece 1 ends at 5100, piece 2 at 5200, and so on: the clock began before the microphone."""
    return [(number, 5_000.0 + MS * number) for number in numbers]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(at(1, 2, 3, 4), [1, 2, 3, 4], id="in order"),
        pytest.param(at(1, 3, 2, 4, 6, 5), [1, 2, 3, 4, 5, 6], id="neighbours change places"),
        pytest.param(at(1, 2, 3, 5, 6, 4, 7), [1, 2, 3, 4, 5, 6, 7], id="one comes late"),
        pytest.param(at(2, 1, 3, 4), [1, 2, 3, 4], id="the first one comes second"),
        pytest.param(at(3, 1, 2, 4), [1, 2, 3, 4], id="the first one comes third"),
        pytest.param(at(1, 2, 2, 3, 1, 4), [1, 2, 3, 4], id="some come twice"),
        pytest.param(at(1, 2, 4, 5, 6, 7, 8, 3, 9), [1, 2, 0, 4, 5, 6, 7, 8, 9], id="one is too late"),
        pytest.param(at(1, 2, 3, 6, 7, 8, 9), [1, 2, 3, 0, 0, 6, 7, 8, 9], id="two are lost"),
        pytest.param(at(1, 2, 3, 5), [1, 2, 3, 5], id="closed while one is missing"),
        pytest.param(at(1), [1], id="only one"),
        pytest.param([], [], id="none"),
        pytest.param([(1, None), (3, None), (2, None)], [1, 3, 2], id="without times"),
        pytest.param([*at(1, 2, 3, 5), (4, None)], [1, 2, 3, 5, 4], id="times that stop"),
        pytest.param([(1, math.nan), (2, math.inf), (3, -math.inf)], [1, 2, 3], id="times that are none"),
        pytest.param(
            [(1, 0.0), (2, 0.0), (3, 0.0), (4, 0.0), (5, 0.0)], [1, 2, 3, 4, 5], id="one time for all"
        ),
        pytest.param(
            [*at(1, 2, 3, 4), (5, 90.0), (6, 190.0), (7, 290.0)],
            list(range(1, 8)),
            id="the clock is set back",
        ),
    ],
)
def test_pieces_come_out_in_the_order_they_were_made(
    sent: list[tuple[int, float | None]], expected: list[int]
) -> None:
    assert ordered(*sent) == expected


def test_pieces_in_order_are_not_held_back() -> None:
    ordering = Ordering(1_000, 300.0, 2_000.0)
    given = [len(ordering.add(piece(number), at_ms)) // (2 * MS) for number, at_ms in at(1, 2, 3, 4, 5, 6)]
    assert given == [0, 0, 3, 1, 1, 1]


def test_a_gap_is_filled_up_to_a_limit() -> None:
    assert ordered(*at(1, 2, 3, 90, 91, 92, 93), most_gap_ms=500) == [1, 2, 3, 0, 0, 0, 0, 0, 90, 91, 92, 93]


def test_a_browser_that_was_busy_and_sends_all_at_once_made_no_gap() -> None:
    """The times tell when the browser got round to the pieces, not when they were made."""
    burst = [(4, 5_900.0), (5, 5_901.0), (6, 5_901.0), (7, 5_902.0), (8, 5_902.0), (9, 5_903.0)]
    assert ordered(*at(1, 2, 3), *burst, *at(10, 11, 12)) == list(range(1, 13))


@pytest.mark.parametrize("seed", range(5))
def test_a_clock_that_trembles_and_drifts_makes_no_silence(seed: int) -> None:
    chance = random.Random(seed)
    sent = [(1 + number % 200, 100 * number * 1.0005 + chance.uniform(0, 45)) for number in range(2_000)]
    assert ordered(*sent) == [number for number, _ in sent]


@pytest.mark.parametrize("at_ms", [None, 1_000.0], ids=["without times", "with times"])
def test_halves_of_samples_find_each_other(at_ms: float | None) -> None:
    ordering, sound = Ordering(1_000, 300.0, 2_000.0), bytes(range(250)) * 4
    given, end = b"", 0
    for size in (1, 3, 333, 0, 7, 656):
        cut = sound[end : end + size]
        end += len(cut)
        given += ordering.add(cut, None if at_ms is None else at_ms + end / 2)
    assert given + ordering.finish() == sound
