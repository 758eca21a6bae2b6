"""What may pass is tried again before the first piece, as long as the vendor asks to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes import FakeModels
from tests.providers.wires import asked, endpoint, read, said
from vtai.core import errors
from vtai.core.errors import VTError
from vtai.core.events import Notice, TextDelta
from vtai.core.ports import ModelEvent
from vtai.providers.openai_wire import OpenAIWire
from vtai.providers.retry import RetryingModels

if TYPE_CHECKING:
    from llmock.pytest_plugin import LLMock

DOWN = errors.VendorDown("The vendor is down.", "Wait.")
PASSING = [
    DOWN,
    errors.RateLimited("Too many.", "Wait."),
    errors.Unreachable("No connection.", "Check."),
    errors.TimedOut("Too late.", "Again."),
]
LASTING = [
    errors.BadKey("Bad key.", "Check."),
    errors.MissingKey("No key.", "Set."),
    errors.QuotaExhausted("No credit.", "Pay."),
    errors.ContextTooLong("Too long.", "Shorten."),
    errors.ContentRefused("Refused.", "Rephrase."),
    errors.ModelGone("Gone.", "Choose."),
    errors.BadRequest("Bad.", "Change."),
    errors.StreamCut("Cut.", "Again."),
]


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> float:
        return sum(self.slept)


def retrying(
    scripts: list[list[ModelEvent | VTError]], max_retries: int = 2, budget_s: float = 60.0
) -> tuple[RetryingModels, FakeModels, Clock]:
    inner, clock = FakeModels([*scripts]), Clock()
    client = RetryingModels(inner, max_retries, budget_s=budget_s, sleep=clock.sleep, clock=clock.now)
    return client, inner, clock


@pytest.mark.parametrize("failure", PASSING, ids=lambda error: type(error).__name__)
async def test_what_may_pass_is_tried_again(failure: VTError) -> None:
    client, inner, _ = retrying([[failure], [failure], [TextDelta("Hi")]])
    events, error = await read(client.stream(asked()))
    assert error is None
    assert said(events) == "Hi"
    assert len(inner.requests) == 3


@pytest.mark.parametrize("failure", LASTING, ids=lambda error: type(error).__name__)
async def test_what_lasts_is_reported_at_once(failure: VTError) -> None:
    client, inner, clock = retrying([[failure]])
    _, error = await read(client.stream(asked()))
    assert error is failure
    assert len(inner.requests) == 1
    assert not clock.slept


async def test_nothing_is_tried_again_once_a_piece_was_shown() -> None:
    client, inner, _ = retrying([[TextDelta("Hi"), DOWN]])
    events, error = await read(client.stream(asked()))
    assert (said(events), error) == ("Hi", DOWN)
    assert len(inner.requests) == 1


async def test_the_tries_have_an_end() -> None:
    client, inner, clock = retrying([[DOWN]] * 5, max_retries=3)
    _, error = await read(client.stream(asked()))
    assert error is DOWN
    assert len(inner.requests) == 4
    assert clock.slept == sorted(clock.slept)


async def test_the_vendors_hint_is_waited_for_and_told() -> None:
    client, _, clock = retrying([[errors.RateLimited("Too many.", "Wait.", 7.0)], [TextDelta("Hi")]])
    events, _ = await read(client.stream(asked()))
    assert clock.slept == [7.0]
    assert events[0] == Notice("retry", "Too many. Trying again in 7 s.")


async def test_short_waits_are_not_told() -> None:
    client, _, clock = retrying([[DOWN], [TextDelta("Hi")]])
    events, _ = await read(client.stream(asked()))
    assert events == [TextDelta("Hi")]
    assert clock.slept[0] < 2


async def test_a_hint_beyond_the_budget_is_not_waited_for() -> None:
    failure = errors.RateLimited("Too many.", "Wait.", 600.0)
    client, inner, clock = retrying([[failure]])
    _, error = await read(client.stream(asked()))
    assert error is failure
    assert (len(inner.requests), clock.slept) == (1, [])


async def test_every_failed_try_is_closed() -> None:
    client, inner, _ = retrying([[DOWN], [DOWN], [TextDelta("Hi")]])
    await read(client.stream(asked()))
    assert inner.closed == 3


@pytest.mark.slow
async def test_a_rate_limited_vendor_finds_us_well_behaved(llmock: LLMock) -> None:
    llmock.rate_limit(times=2, retry_after=0.3)
    wire = OpenAIWire(lambda _: endpoint(llmock.base_url("openai")))
    events, error = await read(RetryingModels(wire).stream(asked()))
    await wire.aclose()
    assert error is None
    assert said(events)
    llmock.assert_resilient()
