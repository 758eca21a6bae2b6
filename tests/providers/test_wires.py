"""What both wires to language models must do, against the same stand-in vendor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.fakes import model
from tests.providers.wires import ADD, KEY, LITELLM, asked, endpoint, read, said, thought
from tests.standins.fast import FastServer
from tests.standins.script import PIXEL_PNG
from vtai.core import errors
from vtai.core.events import Notice, TextDelta, Usage
from vtai.core.messages import Attachment, Message, ToolCall
from vtai.core.ports import ModelClient, ToolCallReady
from vtai.providers.endpoint import Timeouts
from vtai.providers.litellm_library import LiteLLMLibrary
from vtai.providers.litellm_models import LiteLLMModels
from vtai.providers.openai_wire import OpenAIWire


class Closing(ModelClient, Protocol):
    async def aclose(self) -> None: ...


Wire = Callable[..., Closing]


@pytest.fixture(scope="session")
def litellm_library() -> LiteLLMLibrary:
    """Loaded once: that takes seconds."""
    return LiteLLMLibrary()


@pytest.fixture(params=["openai", pytest.param("litellm", marks=LITELLM)])
async def wire(
    request: pytest.FixtureRequest, fast_vendor: FastServer, litellm_library: LiteLLMLibrary
) -> AsyncIterator[Wire]:
    """Makes the wire under test, pointed at the stand-in."""
    made: list[Closing] = []

    def make(timeouts: Timeouts | None = None, url: str = fast_vendor.url, **more: Any) -> Closing:
        place = endpoint(url, **more)
        if request.param == "litellm":
            made.append(LiteLLMModels(lambda _: place, timeouts, litellm_library))
        else:
            made.append(OpenAIWire(lambda _: place, timeouts))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


async def test_text_comes_in_pieces_and_usage_last(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(text="One two three")
    events, error = await read(wire().stream(asked()))
    assert error is None
    assert [e.text for e in events if isinstance(e, TextDelta)] == ["One", " two", " three"]
    assert events[-1] == Usage("fake-1", 7, 12)


async def test_nothing_is_sent_twice_and_the_system_prompt_is_first(
    wire: Wire, fast_vendor: FastServer
) -> None:
    client = wire()
    for turn in range(3):
        messages = (Message("system", "Be brief."), Message("user", f"turn {turn}"))
        await read(client.stream(asked(messages=messages)))
    assert [r.last_user_text for r in fast_vendor.requests] == ["turn 0", "turn 1", "turn 2"]
    assert all(r.body["messages"][0]["content"] == "Be brief." for r in fast_vendor.requests)
    assert all(r.headers["authorization"] == f"Bearer {KEY}" for r in fast_vendor.requests)


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_is_told_apart(wire: Wire, fast_vendor: FastServer, field: str) -> None:
    fast_vendor.script(text="Four.", reasoning="Two and two.", reasoning_field=field)
    events, _ = await read(wire().stream(asked()))
    assert (thought(events), said(events)) == ("Two and two.", "Four.")


async def test_tool_calls_are_put_together(wire: Wire, fast_vendor: FastServer) -> None:
    calls = ({"name": "add", "arguments": '{"a": 1}', "id": "x"}, {"name": "add", "arguments": '{"a": 2}'})
    fast_vendor.script(tool_calls=calls)
    events, _ = await read(wire().stream(asked(tools=(ADD,))))
    ready = [event.call for event in events if isinstance(event, ToolCallReady)]
    assert ready == [ToolCall("x", "add", '{"a": 1}'), ToolCall("call_1", "add", '{"a": 2}')]
    function = fast_vendor.requests[0].body["tools"][0]["function"]
    assert function["name"] == "add"
    assert function["parameters"] == ADD.parameters


async def test_a_tools_result_is_sent_with_its_call(wire: Wire, fast_vendor: FastServer) -> None:
    conversation = (
        Message("user", "add"),
        Message("assistant", "", tool_calls=(ToolCall("x", "add", '{"a": 1}'),)),
        Message("tool", "1", tool_call_id="x"),
    )
    await read(wire().stream(asked(messages=conversation, tools=(ADD,))))
    _, call, result = fast_vendor.requests[0].body["messages"]
    assert call["tool_calls"][0]["id"] == "x"
    assert (result["role"], result["tool_call_id"], result["content"]) == ("tool", "x", "1")


async def test_zero_is_a_temperature_and_none_is_not_sent(wire: Wire, fast_vendor: FastServer) -> None:
    client = wire()
    await read(client.stream(asked(temperature=0.0, max_tokens=50)))
    await read(client.stream(asked()))
    first, second = (recorded.body for recorded in fast_vendor.requests)
    assert first["temperature"] == 0.0
    assert first["max_tokens"] == 50
    assert not {"temperature", "top_p", "max_tokens", "reasoning_effort", "tools"} & second.keys()


async def test_what_a_model_rejects_is_dropped(wire: Wire, fast_vendor: FastServer) -> None:
    picky = model(rejects=frozenset({"temperature", "top_p"}))
    await read(wire().stream(asked(model=picky, temperature=0.5, top_p=0.5)))
    assert not {"temperature", "top_p"} & fast_vendor.requests[0].body.keys()


async def test_pictures_go_along_as_data_urls(wire: Wire, fast_vendor: FastServer, tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"\x89PNG")
    message = Message("user", "What?", attachments=(Attachment("cat.png", "image/png", picture, 4),))
    await read(wire().stream(asked(messages=(message,))))
    content = fast_vendor.requests[0].body["messages"][0]["content"]
    assert content[0] == {"type": "text", "text": "What?"}
    assert content[1]["image_url"]["url"] == "data:image/png;base64,iVBORw=="
    assert PIXEL_PNG.startswith("iVBORw")


FAILURES: dict[str, tuple[dict[str, Any], type[errors.ProviderError]]] = {
    "bad key": ({"status": 401, "error": {"message": f"Wrong key {KEY}."}}, errors.BadKey),
    "no credit": ({"status": 429, "error": {"code": "insufficient_quota"}}, errors.QuotaExhausted),
    "too many": ({"status": 429}, errors.RateLimited),
    "too long": ({"status": 400, "error": {"code": "context_length_exceeded"}}, errors.ContextTooLong),
    "refused": (
        {"status": 400, "error": {"message": "Our content policy forbids it."}},
        errors.ContentRefused,
    ),
    "refused later": ({"text": "I", "finish_reason": "content_filter"}, errors.ContentRefused),
    "gone": ({"status": 404, "error": {"message": "The model x does not exist"}}, errors.ModelGone),
    "bad request": ({"status": 400, "error": {"message": f"Odd, {KEY}."}}, errors.BadRequest),
    "down": ({"status": 503}, errors.VendorDown),
    "cut": ({"text": "a b c", "cut_after": 2}, errors.StreamCut),
    "ended early": ({"text": "a b c", "finish_reason": None}, errors.StreamCut),
}


@pytest.mark.parametrize(("script", "expected"), FAILURES.values(), ids=FAILURES.keys())
async def test_each_failure_has_its_own_error_without_the_key(
    wire: Wire, fast_vendor: FastServer, script: dict[str, Any], expected: type[errors.ProviderError]
) -> None:
    fast_vendor.script(**script)
    _, error = await read(wire().stream(asked()))
    assert type(error) is expected
    assert KEY not in error.message + error.hint
    assert len(fast_vendor.requests) == 1


async def test_the_vendors_hint_to_wait_is_passed_on(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(status=429, retry_after="7")
    _, error = await read(wire().stream(asked()))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after_s == 7


async def test_a_vendor_that_nobody_reaches(wire: Wire) -> None:
    _, error = await read(wire(url="http://127.0.0.1:9/v1").stream(asked()))
    assert type(error) is errors.Unreachable


@pytest.mark.parametrize(
    "script",
    [{"headers_delay_s": 30}, {"text": "a b", "stall_after": 0}, {"text": "a b", "stall_after": 1}],
    ids=["no headers", "no first piece", "no second piece"],
)
async def test_waiting_has_an_end(wire: Wire, fast_vendor: FastServer, script: dict[str, Any]) -> None:
    fast_vendor.script(**script)
    # On a busy machine the shortest patience may end before the request is out.
    for patience_s in (0.2, 2.0, 20.0):
        _, error = await read(wire(Timeouts(first_token_s=patience_s, idle_s=patience_s)).stream(asked()))
        assert type(error) is errors.TimedOut
        if fast_vendor.requests:
            break
    assert (await fast_vendor.wait_until_ended()).ended == "client left"


async def test_leaving_closes_the_vendors_connection(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(words=5000, pace_s=0.005)
    async with aclosing(wire().stream(asked())) as pieces:
        await anext(pieces)
    assert (await fast_vendor.wait_until_ended()).ended == "client left"


async def test_cancelling_closes_the_vendors_connection(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(text="a b", stall_after=1)
    reading = asyncio.create_task(read(wire().stream(asked())))
    while not fast_vendor.requests:
        await asyncio.sleep(0.005)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (await fast_vendor.wait_until_ended()).ended == "client left"


async def test_an_answer_that_reached_its_length_says_so(wire: Wire, fast_vendor: FastServer) -> None:
    fast_vendor.script(text="One", finish_reason="length")
    events, error = await read(wire().stream(asked()))
    assert error is None
    assert [e.key for e in events if isinstance(e, Notice)] == ["length"]
