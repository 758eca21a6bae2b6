"""Whether a passage can hold a statement: only what has nothing in common falls."""

from __future__ import annotations

import pytest

from vtai.core.events import Source
from vtai.handlers.searching.support import Support

PASSAGES = {
    1: "The cat sleeps for 12 hours of the day, and it is said to dream.",
    2: "Die Katze schläft zwölf Stunden am Tag und sie träumt dabei.",
    3: "猫は一日に十二時間眠る。",
    4: "Revenue of the company was 1,250 million in the year.",
}
SOURCES = [Source(number, "A title", "https://x.org/", passage) for number, passage in PASSAGES.items()]


@pytest.mark.parametrize(
    ("statement", "number", "stands"),
    [
        pytest.param("Cats were sleeping most of the time", 1, True, id="other endings"),
        pytest.param("The moon is made of cheese", 1, False, id="nothing in common"),
        pytest.param("They rest about 12 of them in that period", 1, True, id="a number"),
        pytest.param("The turnover reached 1.250 that time", 4, True, id="a number written in another way"),
        pytest.param("Yes, it does", 1, True, id="too little said"),
        pytest.param("", 1, True, id="nothing said"),
        pytest.param("The moon is made of cheese", 2, True, id="a page in another language"),
        pytest.param("The moon is made of cheese", 3, True, id="a script without spaces"),
        pytest.param("Der Mond ist aus Käse gemacht", 2, False, id="nothing in common, in German"),
        pytest.param("Eine Katze schläft lange", 2, True, id="in German"),
    ],
)
def test_a_citation_falls_only_where_nothing_is_shared(statement: str, number: int, stands: bool) -> None:
    assert Support(SOURCES, "")(statement, number) is stands
