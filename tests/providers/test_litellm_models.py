"""Vendors with a wire format of their own, through LiteLLM, against stand-ins that speak it."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.providers.wires import ADD, KEY, LITELLM, asked, endpoint, read, said, thought
from tests.standins.aimock import Aimock
from tests.standins.fast import FastServer
from vtai.core import errors
from vtai.core.events import Usage
from vtai.core.messages import Message, ToolCall
from vtai.core.ports import ToolCallReady
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.litellm_library import LiteLLMLibrary
from vtai.providers.litellm_models import LiteLLMModels

if TYPE_CHECKING:
    from llmock.pytest_plugin import LLMock

pytestmark = [*LITELLM]
VENDORS: dict[str, dict[str, Any]] = {
    "anthropic": {"litellm_model": "anthropic/claude-sonnet-5-5"},
    "gemini": {"litellm_model": "gemini/gemini-3.8-flash", "end_mark": "finishReason"},
}
# After so many an answer has begun.
_CHUNKS = {"anthropic": 5, "gemini": 2}
_PATHS = {"anthropic": "", "gemini": "/v1beta"}


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def models() -> AsyncIterator[Callable[[Endpoint], LiteLLMModels]]:
    made: list[LiteLLMModels] = []

    def make(place: Endpoint) -> LiteLLMModels:
        timeouts = Timeouts(first_token_s=30.0, idle_s=1.0)
        made.append(LiteLLMModels(lambda _: place, timeouts, LiteLLMLibrary()))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@pytest.fixture
def faulty(
    vendor: str, llmock: LLMock, models: Callable[[Endpoint], LiteLLMModels]
) -> tuple[LiteLLMModels, LLMock]:
    """The wire pointed at a vendor that fails as told."""
    return models(endpoint(llmock.base_url(vendor) + _PATHS[vendor], **VENDORS[vendor])), llmock


async def test_a_whole_answer_is_not_taken_for_a_broken_one(faulty: tuple[LiteLLMModels, LLMock]) -> None:
    client, vendor = faulty
    vendor.reply("Here are three names for a cat.")
    events, error = await read(client.stream(asked()))
    assert error is None
    assert said(events) == "Here are three names for a cat."


@pytest.mark.parametrize("fault", ["truncate", "disconnect"])
async def test_a_broken_answer_is_noticed(
    vendor: str, faulty: tuple[LiteLLMModels, LLMock], fault: str
) -> None:
    client, mock = faulty
    getattr(mock, fault)(after_chunks=_CHUNKS[vendor])
    events, error = await read(client.stream(asked()))
    assert said(events)
    assert type(error) is errors.StreamCut


async def test_a_stalled_answer_is_given_up(vendor: str, faulty: tuple[LiteLLMModels, LLMock]) -> None:
    client, mock = faulty
    mock.stall(after_chunks=_CHUNKS[vendor], seconds=8)
    events, error = await read(client.stream(asked()))
    assert said(events)
    assert type(error) is errors.TimedOut


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 401, "message": f"Wrong key {KEY}."}, errors.BadKey),
        ({"status": 404, "message": "model: claude-x not found"}, errors.ModelGone),
        ({"status": 400, "message": f"Odd, {KEY}."}, errors.BadRequest),
        ({"status": 400, "message": "prompt is too long: 9 tokens > 5 maximum"}, errors.ContextTooLong),
        ({"status": 400, "message": "Your credit balance is too low."}, errors.QuotaExhausted),
        ({"status": 503}, errors.VendorDown),
    ],
    ids=["bad key", "gone", "bad request", "too long", "no credit", "down"],
)
async def test_failures_are_told_apart_without_the_key(
    faulty: tuple[LiteLLMModels, LLMock],
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
    expected: type[errors.ProviderError],
) -> None:
    client, vendor = faulty
    vendor.fail(**fault)
    with caplog.at_level(logging.DEBUG):
        _, error = await read(client.stream(asked()))
    assert type(error) is expected
    assert KEY not in error.message + error.hint + caplog.text
    assert len(vendor.requests) == 1


async def test_the_hint_to_wait_is_passed_on(faulty: tuple[LiteLLMModels, LLMock]) -> None:
    client, vendor = faulty
    vendor.rate_limit(retry_after=3)
    _, error = await read(client.stream(asked()))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after_s == 3


async def test_nobody_there(vendor: str, models: Callable[[Endpoint], LiteLLMModels]) -> None:
    client = models(endpoint("http://127.0.0.1:9", **VENDORS[vendor]))
    _, error = await read(client.stream(asked()))
    assert type(error) is errors.Unreachable


async def test_reasoning_comes_apart_from_the_answer(
    vendor: str, models: Callable[[Endpoint], LiteLLMModels], aimock: Callable[..., Aimock]
) -> None:
    mock = aimock(
        [{"match": {"endpoint": "chat"}, "response": {"content": "Four.", "reasoning": "Two and two."}}]
    )
    client = models(endpoint(mock.url + _PATHS[vendor], **VENDORS[vendor]))
    events, error = await read(client.stream(asked(effort="high")))
    assert error is None
    assert (thought(events), said(events)) == ("Two and two.", "Four.")


def _events(*events: dict[str, Any]) -> str:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def _block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


_THINKS_THEN_CALLS = _events(
    {
        "type": "message_start",
        "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 9}},
    },
    *_block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Add "},
        {"type": "thinking_delta", "thinking": "them."},
        {"type": "signature_delta", "signature": "signed"},
    ),
    *_block(
        1,
        {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"a":1}'},
    ),
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
)


async def test_signed_thoughts_go_back_with_a_tools_result(
    models: Callable[[Endpoint], LiteLLMModels], fast_vendor: FastServer
) -> None:
    fast_vendor.script(raw=_THINKS_THEN_CALLS)
    client = models(endpoint(fast_vendor.url.removesuffix("/v1"), **VENDORS["anthropic"]))
    question = Message("user", "add 1 and 2")
    events, error = await read(client.stream(asked(messages=(question,), tools=(ADD,))))
    assert error is None
    assert thought(events) == "Add them."
    assert events[-2:] == [ToolCallReady(ToolCall("toolu_1", "add", '{"a":1}')), Usage("fake-1", 9, 5)]
    call = Message("assistant", "", tool_calls=(ToolCall("toolu_1", "add", '{"a":1}'),))
    result = Message("tool", "3", tool_call_id="toolu_1")
    await read(client.stream(asked(messages=(question, call, result), tools=(ADD,))))
    thoughts = {"type": "thinking", "thinking": "Add them.", "signature": "signed"}
    assert thoughts in fast_vendor.requests[1].body["messages"][1]["content"]


async def test_tools_of_a_model_that_reasons_go_over_the_newer_end_point(
    models: Callable[[Endpoint], LiteLLMModels], aimock: Callable[..., Aimock]
) -> None:
    mock = aimock(
        [
            {
                "match": {"userMessage": "add"},
                "response": {"toolCalls": [{"name": "add", "arguments": {"a": 1}}]},
            },
            {"match": {"userMessage": "hello"}, "response": {"content": "Hello there."}},
        ]
    )
    client = models(endpoint(f"{mock.url}/v1", litellm_model="openai/gpt-6.1-sol"))
    events, error = await read(client.stream(asked("please add", tools=(ADD,), effort="high")))
    assert error is None
    assert [event.call.name for event in events if isinstance(event, ToolCallReady)] == ["add"]
    events, error = await read(client.stream(asked("hello", tools=(ADD,), effort="high")))
    assert error is None
    assert said(events) == "Hello there."
    assert {request["path"] for request in mock.requests} == {"/v1/responses"}
