"""Places in the line before a model that writes only a few answers at once."""

from __future__ import annotations

import asyncio

import pytest

from vtai.core.errors import Busy
from vtai.providers.embedded.line import Line


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        pytest.param(1, [0, 1, 2, 3], id="one at a time"),
        pytest.param(2, [0, 0, 1, 2], id="two at a time"),
        pytest.param(4, [0, 0, 0, 0], id="as many as come"),
    ],
)
def test_a_place_counts_the_answers_that_must_end_first(slots: int, expected: list[int]) -> None:
    line = Line(slots, max_waiting=9)
    assert [place.ahead for place in [line.join() for _ in range(4)]] == expected


def test_a_full_line_refuses_and_has_room_again_when_somebody_leaves() -> None:
    line = Line(slots=1, max_waiting=1)
    first, waiting = line.join(), line.join()
    with pytest.raises(Busy):
        line.join()
    with first:
        pass
    assert waiting.ahead == 0
    assert line.join().ahead == 1


def test_a_line_without_waiting_room_still_answers_who_comes_alone() -> None:
    line = Line(slots=1, max_waiting=0)
    with line.join() as place:
        assert place.ahead == 0
        with pytest.raises(Busy):
            line.join()
    assert line.join().ahead == 0


async def test_who_gives_up_while_waiting_moves_those_behind() -> None:
    line = Line(slots=1, max_waiting=9)
    _, second, third = line.join(), line.join(), line.join()
    move = asyncio.create_task(third.next_move())
    with second:
        pass
    await asyncio.wait_for(move, 5)
    assert third.ahead == 1
