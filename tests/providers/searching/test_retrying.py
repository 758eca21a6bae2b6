"""Which failures are worth another try, and when."""

from __future__ import annotations

import pytest

from tests.providers.searching.searches import Clock, ScriptedSearch
from vtai.core import errors
from vtai.core.web import SearchRequest
from vtai.providers.searching.retrying import RetryingSearch

REQUEST = SearchRequest("cats")


def retrying(inner: ScriptedSearch, clock: Clock, **more: float) -> RetryingSearch:
    return RetryingSearch(inner, sleep=clock.sleep, clock=clock, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "slept"),
    [
        pytest.param(errors.VendorDown("Down.", "Wait."), [0.5], id="down"),
        pytest.param(errors.StreamCut("Cut.", "Again."), [0.5], id="cut"),
        pytest.param(errors.RateLimited("Too many.", "Wait.", 2.0), [2.0], id="a short wait"),
        pytest.param(errors.RateLimited("Too many.", "Wait.", 0.1), [0.5], id="a very short wait"),
    ],
)
async def test_what_may_pass_is_tried_once_more(error: errors.VTError, slept: list[float]) -> None:
    inner, clock = ScriptedSearch([error]), Clock()
    search = retrying(inner, clock)
    assert (await search.search(REQUEST)).hits
    assert (search.name, len(inner.requests), clock.slept) == ("scripted", 2, slept)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(errors.RateLimited("Used up.", "Wait.", 5.0), id="a long wait"),
        pytest.param(errors.RateLimited("Used up.", "Wait."), id="a wait of unknown length"),
        pytest.param(errors.QuotaExhausted("Used up.", "Pay."), id="used up"),
        pytest.param(errors.Unreachable("No connection.", "Check it."), id="unreachable"),
        pytest.param(errors.TimedOut("Late.", "Wait."), id="late"),
        pytest.param(errors.BadKey("Refused.", "Check it."), id="bad key"),
        pytest.param(errors.NotConfigured("No JSON.", "Set it."), id="not configured"),
    ],
)
async def test_what_will_not_pass_is_told_at_once(error: errors.VTError) -> None:
    inner, clock = ScriptedSearch([error]), Clock()
    with pytest.raises(type(error)):
        await retrying(inner, clock).search(REQUEST)
    assert (len(inner.requests), clock.slept) == (1, [])


async def test_the_second_failure_is_told() -> None:
    inner = ScriptedSearch([errors.VendorDown("Down.", "Wait."), errors.StreamCut("Cut.", "Again.")])
    with pytest.raises(errors.StreamCut):
        await retrying(inner, Clock()).search(REQUEST)


async def test_no_try_starts_when_the_time_is_up() -> None:
    inner, clock = ScriptedSearch([errors.VendorDown("Down.", "Wait.")]), Clock()
    with pytest.raises(errors.VendorDown):
        await retrying(inner, clock, budget_s=0.4).search(REQUEST)
    assert len(inner.requests) == 1


async def test_tries_can_be_turned_off() -> None:
    inner = ScriptedSearch([errors.VendorDown("Down.", "Wait.")])
    search = retrying(inner, Clock(), max_retries=0)
    with pytest.raises(errors.VendorDown):
        await search.search(REQUEST)
    await search.close()
    assert inner.closed == 1
