"""How tables are shown."""

from __future__ import annotations

import pytest

from tests.ui.test_draw import CHOSEN, drawn
from vtai.core.events import TableReady, TextDelta
from vtai.ui import tables


def column(*cells: str) -> TableReady:
    return TableReady("t", ("a",), tuple((cell,) for cell in cells), len(cells))


@pytest.mark.parametrize(
    ("cells", "are_numbers"),
    [
        pytest.param(("1", "-2.5", "1e-05"), True, id="plain"),
        pytest.param(("1,204.50", "12 %", "$3", "−4", "1 204"), True, id="written for people"),  # noqa: RUF001
        pytest.param(("1", "", "NaN", "None", "-"), True, id="with gaps"),
        pytest.param(("", "nan"), False, id="gaps only"),
        pytest.param(("2026-03-01",), False, id="dates"),
        pytest.param(("1", "North"), False, id="words"),
        pytest.param(("Product 1",), False, id="numbered words"),
    ],
)
def test_numbers_are_told_from_words(cells: tuple[str, ...], are_numbers: bool) -> None:
    assert tables.props(column(*cells))["numbers"] == [are_numbers]


def test_a_large_table_is_cut_and_says_how_large_it_is() -> None:
    names = tuple(f"c{number}" for number in range(90))
    props = tables.props(TableReady("t", names, (("x" * 1_000,) * 90,) * 500, 70_000))
    assert (len(props["rows"]), props["total"]) == (200, 70_000)
    assert (len(props["columns"]), props["hidden"]) == (60, 30)
    assert {len(cell) for cell in props["rows"][0]} == {300}


def test_rows_of_any_length_fit_the_header() -> None:
    props = tables.props(TableReady("t", ("a", "b"), (("1",), ("1", "2", "3")), 2))
    assert props["rows"] == [["1", ""], ["1", "2"]]


async def test_a_table_stands_in_the_bubble_of_the_answer() -> None:
    canvas = await drawn([CHOSEN, TextDelta("Here:"), column("1")])
    (element,) = [each for each in canvas.elements.values() if each["name"] == "Table"]
    assert element["forId"] == canvas.of_kind("assistant_message")[0]["id"]
