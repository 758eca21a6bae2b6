"""The order in which lines are read, by their places alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from vtai.providers.reading.ocr_layout import Line, in_reading_order
from vtai.providers.reading.ocr_places import upright

PROSE = "many words that fill the column"


def line(text: str, left: float, top: float, width: float = 300, height: float = 20) -> Line:
    return Line(text, left, top, left + width, top + height)


def column(name: str, left: float, count: int = 5, top: float = 100) -> list[Line]:
    return [line(f"{name}{at} {PROSE}", left, top + at * 26) for at in range(count)]


def read(*lines: Line) -> list[str]:
    """The first word of each line as it was read, whatever the order of what was found."""
    text = in_reading_order(sorted(lines, key=lambda line: line.text[::-1]))
    return [said.split()[0] for said in text.splitlines() if said]


def test_nothing_is_read_from_nothing() -> None:
    assert in_reading_order([]) == ""


def test_lines_are_read_from_top_to_bottom_and_paragraphs_are_apart() -> None:
    lines = [line("one", 0, 0), line("two", 0, 25), line("three", 0, 90)]
    assert in_reading_order(lines[::-1]) == "one\ntwo\n\nthree"


def test_two_columns_are_read_one_after_the_other() -> None:
    assert read(*column("L", 0), *column("R", 340)) == [f"{side}{at}" for side in "LR" for at in range(5)]


def test_three_columns_too() -> None:
    lines = [*column("A", 0), *column("B", 340), *column("C", 680)]
    assert read(*lines) == [f"{side}{at}" for side in "ABC" for at in range(5)]


def test_headings_across_the_columns_stand_where_they_are() -> None:
    lines = [
        line("TITLE", 0, 40, 640),
        *column("L", 0),
        *column("R", 340),
        line("MIDDLE", 0, 260, 640),
        *column("l", 0, top=300),
        *column("r", 340, top=300),
    ]
    first = [f"{side}{at}" for side in "LR" for at in range(5)]
    second = [f"{side}{at}" for side in "lr" for at in range(5)]
    assert read(*lines) == ["TITLE", *first, "MIDDLE", *second]


def test_a_table_is_read_row_by_row_with_tabs_between_its_cells() -> None:
    cells = [
        line(f"{name}{row}", left, row * 30, width=60)
        for row in range(5)
        for name, left in (("item", 0), ("price", 300), ("total", 600))
    ]
    assert in_reading_order(cells[::-1]).splitlines() == [
        f"item{row}\tprice{row}\ttotal{row}" for row in range(5)
    ]


def test_words_that_stand_close_are_one_line() -> None:
    assert in_reading_order([line("together", 0, 0, 90), line("again", 98, 3, 60)]) == "together again"


def straight(left: float, top: float) -> list[tuple[float, float]]:
    return [(left, top), (left + 200, top), (left + 200, top + 20), (left, top + 20)]


def turned(degrees: float) -> Callable[[tuple[float, float]], tuple[float, float]]:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return lambda point: (point[0] * cosine - point[1] * sine, point[0] * sine + point[1] * cosine)


@pytest.mark.parametrize("degrees", [-12, -3, 0, 0.2, 5, 20])
def test_lines_on_a_crooked_page_are_made_straight(degrees: float) -> None:
    boxes = [straight(x, y) for y in (0, 60, 120) for x in (0, 600)]
    places = upright(
        [[turned(degrees)(point) for point in box] for box in boxes], (1_000, 1_000), False, False
    )
    tops = [round(top, -1) for _, top, _, _ in places]
    assert [top - tops[0] for top in tops] == [0, 0, 60, 60, 120, 120]


@pytest.mark.parametrize("is_flipped", [False, True], ids=["on-its-feet", "on-its-head"])
@pytest.mark.parametrize("is_sideways", [False, True], ids=["standing", "lying"])
def test_a_place_is_where_it_is_on_the_upright_page(is_sideways: bool, is_flipped: bool) -> None:
    width, height = 1_000, 600
    box = straight(100, 50)
    if is_flipped:
        box = [(width - x, height - y) for x, y in box]
    if is_sideways:
        box = [(height - y, x) for x, y in box]
    shape = (width, height) if is_sideways else (height, width)
    assert upright([box], shape, is_sideways, is_flipped) == [(100, 50, 300, 70)]
