"""A model of OpenAI's kind that searches by itself, over the newer end point."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.providers.catalogues import catalogue_of
from tests.providers.loopback import Loopback, Reply
from tests.providers.wires import ADD, KEY, asked, endpoint, read, said, thought
from tests.standins.aimock import Aimock
from tests.standins.fast import FastServer
from vtai.core import errors
from vtai.core.events import Notice, TextDelta, Usage
from vtai.core.messages import Attachment, Message, ToolCall
from vtai.core.ports import Cited, ToolCallReady
from vtai.providers.endpoint import Timeouts
from vtai.providers.openai_wire import OpenAIWire

SEARCH = {"searches_at": "responses", "search_body": {"tools": [{"type": "web_search"}]}}
Wire = Callable[..., OpenAIWire]


@pytest.fixture
async def wire(fast_vendor: FastServer) -> AsyncIterator[Wire]:
    made: list[OpenAIWire] = []

    def make(url: str = fast_vendor.url, timeouts: Timeouts | None = None, **more: Any) -> OpenAIWire:
        place = endpoint(url, **(SEARCH | more))
        made.append(OpenAIWire(lambda _: place, timeouts))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


def stream(*events: dict[str, Any]) -> str:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)


def text(delta: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": delta}


def note(url: str, title: str) -> dict[str, Any]:
    page = {"type": "url_citation", "url": url, "title": title, "start_index": 0, "end_index": 4}
    return {"type": "response.output_text.annotation.added", "annotation": page}


def ended(kind: str = "completed", **more: Any) -> dict[str, Any]:
    response = {"error": None, "usage": {"input_tokens": 90, "output_tokens": 5}} | more
    return {"type": f"response.{kind}", "response": response}


CREATED = {"type": "response.created", "response": {"id": "resp_1", "error": None}}
SEARCHING = {"type": "response.web_search_call.searching", "item_id": "ws_1"}


async def test_text_thoughts_citations_and_usage_come_through(wire: Wire, fast_vendor: FastServer) -> None:
    a, b = note("https://a.example/x", "A"), note("https://b.example/", "B")
    thinking = {"type": "response.reasoning_summary_text.delta", "delta": "Hm."}
    message = {"type": "message", "content": [{"type": "output_text", "annotations": [a["annotation"]]}]}
    done = {"type": "response.output_item.done", "item": message}
    fast_vendor.script(
        raw=stream(CREATED, SEARCHING, thinking, text("Cats "), a, text("sleep."), b, a, done, ended())
    )
    events, error = await read(wire().stream(asked(searches=True)))
    assert error is None
    assert (thought(events), said(events)) == ("Hm.", "Cats sleep.")
    cited = [(s.title, s.url) for event in events if isinstance(event, Cited) for s in event.sources]
    assert cited == [("A", "https://a.example/x"), ("B", "https://b.example/")]
    assert events[-1] == Usage("fake-1", 90, 5)


async def test_the_request_is_spelled_for_the_newer_end_point(
    wire: Wire, fast_vendor: FastServer, tmp_path: Path
) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG")
    conversation = (
        Message("system", "Be brief."),
        Message("user", "What?", attachments=(Attachment("cat.png", "image/png", picture, 4),)),
        Message("assistant", "", tool_calls=(ToolCall("x", "add", '{"a": 1}'),)),
        Message("tool", "1", tool_call_id="x"),
    )
    fast_vendor.script(raw=stream(text("Hi"), ended()))
    request = asked(messages=conversation, tools=(ADD,), effort="high", max_tokens=50, searches=True)
    _, error = await read(wire().stream(request))
    assert error is None
    recorded = fast_vendor.requests[0]
    assert recorded.path == "/v1/responses"
    assert recorded.headers["authorization"] == f"Bearer {KEY}"
    add = {"type": "function", "name": "add", "description": ADD.description, "parameters": ADD.parameters}
    image = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw=="}
    assert recorded.body == {
        "model": "fake-1",
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "input_text", "text": "What?"}, image]},
            {"type": "function_call", "call_id": "x", "name": "add", "arguments": '{"a": 1}'},
            {"type": "function_call_output", "call_id": "x", "output": "1"},
        ],
        "stream": True,
        "store": False,
        "tools": [add, {"type": "web_search"}],
        "reasoning": {"effort": "high"},
        "max_output_tokens": 50,
    }


async def test_without_a_search_plain_chat_is_asked(wire: Wire, fast_vendor: FastServer) -> None:
    await read(wire().stream(asked()))
    assert fast_vendor.requests[0].path == "/v1/chat/completions"
    assert "tools" not in fast_vendor.requests[0].body


async def test_a_search_in_plain_chat_adds_its_fields(wire: Wire, fast_vendor: FastServer) -> None:
    own = {"tools": [{"type": "browser_search"}]}
    await read(wire(searches_at="chat", search_body=own).stream(asked(tools=(ADD,), searches=True)))
    recorded = fast_vendor.requests[0]
    assert recorded.path == "/v1/chat/completions"
    assert [tool["type"] for tool in recorded.body["tools"]] == ["function", "browser_search"]


async def test_tool_calls_come_at_the_end(wire: Wire, fast_vendor: FastServer) -> None:
    call = {"type": "function_call", "call_id": "x", "name": "add", "arguments": '{"a": 1}'}
    fast_vendor.script(raw=stream({"type": "response.output_item.done", "item": call}, ended()))
    events, error = await read(wire().stream(asked(tools=(ADD,), searches=True)))
    assert error is None
    assert events[0] == ToolCallReady(ToolCall("x", "add", '{"a": 1}'))


async def test_an_answer_that_reached_its_length_says_so(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(
        raw=stream(text("One"), ended("incomplete", incomplete_details={"reason": "max_output_tokens"}))
    )
    events, error = await read(wire().stream(asked(searches=True)))
    assert error is None
    assert [event.key for event in events if isinstance(event, Notice)] == ["length"]


FAILURES = {
    "cut": (stream(text("a")), errors.StreamCut),
    "nothing": ("\n", errors.StreamCut),
    "failed": (stream(ended("failed", error={"code": "server_error", "message": "Oh."})), errors.VendorDown),
    "failed without a word": (stream(ended("failed")), errors.VendorDown),
    "rate": (
        stream(text("a"), {"type": "error", "code": "rate_limit_exceeded", "message": "Slow"}),
        errors.RateLimited,
    ),
    "nested": (
        stream({"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow"}}),
        errors.RateLimited,
    ),
    "refused": (
        stream(ended("incomplete", incomplete_details={"reason": "content_filter"})),
        errors.ContentRefused,
    ),
}


@pytest.mark.parametrize(("raw", "expected"), FAILURES.values(), ids=FAILURES)
async def test_streams_that_go_wrong(
    wire: Wire, fast_vendor: FastServer, raw: str, expected: type[errors.ProviderError]
) -> None:
    fast_vendor.script(raw=raw)
    _, error = await read(wire().stream(asked(searches=True)))
    assert type(error) is expected


async def test_a_refused_request_has_its_own_error(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(status=401, error={"message": f"Wrong key {KEY}."})
    _, error = await read(wire().stream(asked(searches=True)))
    assert type(error) is errors.BadKey
    assert KEY not in error.message + error.hint


async def test_stopping_closes_the_vendors_connection(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(raw=stream(ended()), headers_delay_s=600)
    reading = asyncio.create_task(read(wire().stream(asked(searches=True))))
    while not fast_vendor.requests:
        await asyncio.sleep(0.005)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await fast_vendor.wait_until_ended()).ended == "client left"


async def _one_piece_then_silence() -> AsyncIterator[bytes]:
    yield stream(text("a")).encode()
    await asyncio.Event().wait()


async def test_a_vendor_that_falls_silent_is_given_up(wire: Wire) -> None:
    reply = Reply(media_type="text/event-stream", pieces=_one_piece_then_silence())
    async with Loopback({"/v1/responses": lambda _: reply}) as vendor:
        client = wire(f"{vendor.url}/v1", Timeouts(first_token_s=60, idle_s=0.2))
        events, error = await read(client.stream(asked(searches=True)))
    assert said(events) == "a"
    assert type(error) is errors.TimedOut


async def test_pieces_come_as_they_are_sent_and_the_answer_can_be_left(wire: Wire) -> None:
    reply = Reply(media_type="text/event-stream", pieces=_one_piece_then_silence())
    async with (
        Loopback({"/v1/responses": lambda _: reply}) as vendor,
        aclosing(wire(f"{vendor.url}/v1").stream(asked(searches=True))) as events,
    ):
        assert await anext(events) == TextDelta("a")


@pytest.mark.parametrize("name", ["gpt", "grok"])
async def test_shipped_models_are_asked_in_a_way_that_this_end_point_takes(
    fast_vendor: FastServer, name: str
) -> None:
    catalogue = catalogue_of({"OPENAI_API_KEY": KEY, "XAI_API_KEY": KEY})
    client = OpenAIWire(lambda wanted: replace(catalogue.endpoint(wanted), base_url=fast_vendor.url))
    fast_vendor.script(raw=stream(text("Hi"), ended()))
    request = asked(model=catalogue.resolve(name), max_tokens=9, effort="none", searches=True)
    _, error = await read(client.stream(request))
    await client.aclose()
    assert error is None
    assert fast_vendor.requests[0].path == "/v1/responses"
    body = fast_vendor.requests[0].body
    assert body["tools"] == [{"type": "web_search"}]
    assert (body["reasoning"], body["max_output_tokens"]) == ({"effort": "low"}, 9)
    assert not {"reasoning_effort", "max_tokens", "max_completion_tokens", "messages"} & body.keys()


@pytest.mark.slow
async def test_a_stand_in_of_the_whole_end_point_is_understood(
    wire: Wire, aimock: Callable[..., Aimock]
) -> None:
    found = {"content": "Cats sleep.", "webSearches": ["cats"]}
    mock = aimock([{"match": {"userMessage": "cats"}, "response": found}])
    events, error = await read(wire(f"{mock.url}/v1").stream(asked("cats?", searches=True)))
    assert error is None
    assert said(events) == "Cats sleep."
    assert isinstance(events[-1], Usage)
    assert {request["path"] for request in mock.requests} == {"/v1/responses"}
