"""The assistant can ask for the time and count days."""

from __future__ import annotations

import re

import pytest

from tests.tools.helpers import result_of
from vtai.core.errors import BadArguments
from vtai.tools.clock import current_time, days_between


async def test_the_time_is_told_for_a_zone() -> None:
    told = (await result_of(current_time, {"timezone": "Asia/Tokyo"})).text
    assert re.fullmatch(r"\w+day, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d Asia/Tokyo \(UTC\+0900\)", told)
    assert "UTC (UTC+0000)" in (await result_of(current_time, "")).text


@pytest.mark.parametrize("zone", ["Nowhere/Town", "Europe", "", "../../etc/passwd", "/etc/localtime"])
async def test_an_unknown_zone_is_refused_with_an_example(zone: str) -> None:
    with pytest.raises(BadArguments) as caught:
        await result_of(current_time, {"timezone": zone})
    assert "Europe/Berlin" in caught.value.hint


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        pytest.param("2026-11-22", "2026-12-24", "32 days from Sunday, 2026-11-22", id="forward"),
        pytest.param("2026-12-24", "2026-11-22", "-32 days", id="backward"),
        pytest.param("2028-02-28", "2028-03-01", "2 days", id="leap year"),
        pytest.param("2026-01-01", "2026-01-15", "(2 weeks and 0 days)", id="weeks"),
        pytest.param("today", "Today ", "0 days", id="today"),
    ],
)
async def test_days_are_counted(start: str, end: str, told: str) -> None:
    assert told in (await result_of(days_between, {"start": start, "end": end})).text


@pytest.mark.parametrize("written", ["24.12.2026", "2026-02-30", "soon"])
async def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(BadArguments, match="not a date"):
        await result_of(days_between, {"start": written, "end": "today"})
