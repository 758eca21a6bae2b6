"""Every model behind one client: the right wire, the key checked first, the cost counted."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

import pytest

from tests.fakes import FakeModels
from tests.providers.catalogues import catalogue_of
from tests.providers.wires import ADD, KEY, asked, read
from vtai.core import errors
from vtai.core.events import Notice, TextDelta, Usage
from vtai.core.messages import Message
from vtai.providers.vendor_models import VendorModels

PRICED = {"OPENAI_API_KEY": KEY, "ANTHROPIC_API_KEY": KEY, "DEEPSEEK_API_KEY": KEY}


def wired(environ: dict[str, str], scripts: list | None = None) -> tuple[VendorModels, dict[str, FakeModels]]:
    wires = {name: FakeModels(list(scripts or [])) for name in ("openai", "litellm", "embedded")}
    return VendorModels(wires, catalogue_of(environ)), wires  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "wire"),
    [("gpt", "openai"), ("sonnet", "litellm"), ("local", "embedded"), ("ollama:qwen3", "openai")],
)
async def test_each_vendor_has_its_wire(name: str, wire: str) -> None:
    client, wires = wired(PRICED)
    await read(client.stream(asked(model=catalogue_of(PRICED).resolve(name))))
    assert {used: len(fake.requests) for used, fake in wires.items() if fake.requests} == {wire: 1}


async def test_a_missing_key_is_named_before_anything_is_sent() -> None:
    client, wires = wired({})
    _, error = await read(client.stream(asked(model=catalogue_of({}).resolve("gpt"))))
    assert isinstance(error, errors.MissingKey)
    assert "OPENAI_API_KEY" in error.hint
    assert "vtai --api-key openai=" in error.hint
    assert not wires["openai"].requests


async def test_tools_take_the_wire_that_serves_them_at_the_vendors_own_address() -> None:
    client, wires = wired(PRICED)
    gpt = catalogue_of(PRICED).resolve("gpt")
    await read(client.stream(asked(model=gpt, tools=(ADD,), effort="high")))
    assert wires["litellm"].requests[0].effort == "high"


async def test_a_gateway_gets_tools_in_plain_chat() -> None:
    environ = PRICED | {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    client, wires = wired(environ)
    await read(client.stream(asked(model=catalogue_of(environ).resolve("gpt"), tools=(ADD,), effort="high")))
    assert wires["openai"].requests[0].effort is None


async def test_the_vendors_count_gets_a_cost() -> None:
    client, _ = wired(PRICED, [[TextDelta("Hi"), Usage("x", 1_000_000, 100_000)]])
    model = replace(catalogue_of(PRICED).resolve("deepseek"), input_price=0.3, output_price=1.2)
    events, _ = await read(client.stream(asked(model=model)))
    assert events[-1] == Usage("x", 1_000_000, 100_000, cost_usd=pytest.approx(0.42))


async def test_without_a_count_ours_is_marked_as_an_estimate() -> None:
    client, _ = wired(PRICED, [[TextDelta("x" * 400)]])
    model = catalogue_of(PRICED).resolve("deepseek")
    events, _ = await read(client.stream(asked(model=model, messages=(Message("user", "y" * 300),))))
    usage = events[-1]
    assert isinstance(usage, Usage)
    assert (usage.is_estimated, usage.output_tokens, usage.input_tokens) == (True, 100, 104)
    assert usage.cost_usd == pytest.approx((104 * 0.3 + 100 * 1.2) / 1e6)


async def test_a_broken_answer_is_counted_too() -> None:
    client, _ = wired(PRICED, [[TextDelta("x" * 40), errors.StreamCut("Cut.", "Again.")]])
    events, error = await read(client.stream(asked(model=catalogue_of(PRICED).resolve("gpt"))))
    assert isinstance(error, errors.StreamCut)
    assert isinstance(events[-1], Usage)
    assert events[-1].output_tokens == 10


async def test_an_answer_that_is_left_is_counted_for_whoever_counts() -> None:
    left: list[Usage] = []
    wires = {"openai": FakeModels([[TextDelta("x" * 40), TextDelta("y")]])}
    client = VendorModels(wires, catalogue_of(PRICED), left.append)  # type: ignore[arg-type]
    async with aclosing(client.stream(asked(model=catalogue_of(PRICED).resolve("gpt")))) as pieces:
        await anext(pieces)
    assert [usage.output_tokens for usage in left] == [10]
    assert wires["openai"].closed == 1


async def test_a_model_that_searches_is_asked_to_over_the_wire_that_can() -> None:
    client, wires = wired(PRICED)
    gpt = catalogue_of(PRICED).resolve("gpt")
    events, _ = await read(client.stream(asked(model=gpt, tools=(ADD,), effort="high", searches=True)))
    assert wires["openai"].requests[0].searches
    assert wires["openai"].requests[0].effort == "high"
    assert not [event for event in events if isinstance(event, Notice)]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("deepseek", {}),
        ("local", {}),
        ("ollama:qwen3", {}),
        ("gpt", {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}),
    ],
    ids=["vendor", "packaged", "own server", "gateway"],
)
async def test_a_model_that_does_not_search_says_so_and_answers(name: str, more: dict[str, str]) -> None:
    environ = PRICED | more
    client, wires = wired(environ)
    events, error = await read(client.stream(asked(model=catalogue_of(environ).resolve(name), searches=True)))
    assert error is None
    assert isinstance(events[0], Notice)
    assert events[0].key == "search"
    assert "does not search by itself" in events[0].text
    assert [request.searches for fake in wires.values() for request in fake.requests] == [False]
