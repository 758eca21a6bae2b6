"""Answers in chunks, exactly as OpenAI's clients and others expect them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.compat.conftest import hello
from tests.cli.conftest import FakeHandler
from tests.listening import listening
from vtai.api.compat import answering
from vtai.core.errors import RateLimited, StreamCut
from vtai.core.events import (
    ApprovalAsked,
    Choice,
    Choices,
    FileReady,
    Source,
    SourcesFound,
    TableReady,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from vtai.core.messages import ToolCall
from vtai.core.ports import ToolCallReady
from vtai.core.routes import Decision

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from tests.api.compat.conftest import Rig


async def lines_of(rig: Rig, body: dict[str, Any], server: Any = None) -> list[str]:
    """What comes over the wire, line by line."""
    import httpx

    async with (
        listening(server or rig.server()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
        http.stream("POST", "/v1/chat/completions", json=body) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        return [line async for line in response.aiter_lines() if line]


def chunks_of(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


async def test_chunks_come_in_openais_order(rig: Rig) -> None:
    rig.models.scripts = [[ThinkingDelta("Hm"), TextDelta("Hel"), TextDelta("lo"), Usage("able-1", 3, 2)]]
    body = {
        "model": "auto", "messages": hello(), "stream": True, "stream_options": {"include_usage": True},
    }  # fmt: skip
    lines = await lines_of(rig, body)
    assert lines[-1] == "data: [DONE]"
    first, *between, last, usage = chunks_of(lines)
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert first["vtai"] == {"route": "text", "confidence": 0.9, "reason": "Talk."}
    assert [chunk["choices"][0]["delta"] for chunk in between] == [
        {"reasoning_content": "Hm"},
        {"content": "Hel"},
        {"content": "lo"},
    ]
    assert (last["choices"][0]["delta"], last["choices"][0]["finish_reason"]) == ({}, "stop")
    assert last["vtai"]["model"] == "able-1"
    assert (usage["choices"], usage["usage"]["total_tokens"]) == ([], 5)
    assert {chunk["id"] for chunk in (first, last, usage)} == {first["id"]}
    assert all(chunk["usage"] is None for chunk in (first, *between, last))
    assert {chunk["object"] for chunk in (first, last)} == {"chat.completion.chunk"}


async def test_the_client_puts_a_stream_together(client: AsyncOpenAI, rig: Rig) -> None:
    call = ToolCall("call_1", "weather", '{"city": "Oslo"}')
    rig.models.scripts = [[TextDelta("Let me see."), ToolCallReady(call), Usage("able-1", 1, 1)]]
    tool: Any = {"type": "function", "function": {"name": "weather", "parameters": {}, "strict": True}}
    async with client.chat.completions.stream(model="able", messages=hello(), tools=[tool]) as stream:
        answer = await stream.get_final_completion()
    [choice] = answer.choices
    assert (choice.message.content, choice.finish_reason) == ("Let me see.", "tool_calls")
    [made] = choice.message.tool_calls or []
    assert (made.id, made.function.name, made.function.arguments) == ("call_1", "weather", '{"city": "Oslo"}')


async def test_what_fails_before_the_first_piece_is_an_error_by_status(client: AsyncOpenAI, rig: Rig) -> None:
    import openai

    rig.models.scripts = [[RateLimited("Too many.", "Wait.", 7.0)]]
    with pytest.raises(openai.RateLimitError) as caught:
        await client.chat.completions.create(model="able", messages=hello(), stream=True)
    assert caught.value.response.headers["retry-after"] == "7"


async def test_what_fails_in_the_middle_is_an_error_in_the_stream(client: AsyncOpenAI, rig: Rig) -> None:
    import openai

    rig.models.scripts = [[TextDelta("Half"), StreamCut("The answer broke off.", "Send it again.")]]
    stream = await client.chat.completions.create(model="able", messages=hello(), stream=True)
    said: list[str] = []

    async def read() -> None:
        async for chunk in stream:
            said.append(chunk.choices[0].delta.content or "")  # noqa: PERF401 what came before the error counts

    with pytest.raises(openai.APIError, match="broke off") as caught:
        await read()
    assert "".join(said) == "Half"
    assert caught.value.code == "vendor_failed"


@pytest.mark.parametrize("is_streamed", [True, False])
async def test_who_leaves_stops_the_vendor(rig: Rig, is_streamed: bool) -> None:
    import httpx

    rig.models.scripts = [[TextDelta("One"), 45.0]]
    body = {"model": "able", "messages": hello(), "stream": is_streamed}
    async with (
        listening(rig.server()) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):

        async def ask() -> None:
            async with http.stream("POST", "/v1/chat/completions", json=body, timeout=None) as response:
                async for _ in response.aiter_lines():
                    pass

        asking = asyncio.create_task(ask())
        async with asyncio.timeout(30):
            while not rig.models.requests:
                await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await rig.until_closed()
    [spent] = rig.spent
    assert spent.outcome == "stopped"


async def test_signs_of_life_come_while_nothing_else_does(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.applications import Starlette
    from starlette.routing import Route

    from vtai.api.compat.chat import Completions
    from vtai.api.compat.failures import guarded

    rig.models.scripts = [[0.5, TextDelta("Late")]]
    asked = guarded(Completions(rig.app(), patience_s=0.05), "chat")
    inner = Starlette(routes=[Route("/v1/chat/completions", asked, methods=["POST"])])

    async def door(scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["caller"] = rig.caller
        await inner(scope, receive, send)

    lines = await lines_of(rig, {"model": "able", "messages": hello(), "stream": True}, door)
    assert ": still working" in lines
    assert chunks_of(lines)[1]["choices"][0]["delta"] == {"content": "Late"}
    assert answering.PATIENCE_S > 1


async def test_whatever_a_route_makes_is_in_the_answer(rig: Rig) -> None:
    approvals: list[str] = []
    handler = FakeHandler(
        "text",
        [
            ApprovalAsked("1", "run", "rm", approvals.append),
            TextDelta("See [1]:"),
            SourcesFound((Source(1, "Cats", "https://example.org/", "Cats."), Source(2, "A file", "", "x"))),
            TableReady("Tides", ("Day", "High"), (("Mon", "3|4"),), 3),
            FileReady("tides.csv", "text/csv", b"a,b", "Tides"),
            Choices("Which?", (Choice("text", "Text"),)),
        ],
    )
    rig.router.decision = Decision("text", 0.5, "Talk.", "test")
    app = rig.app([handler])
    lines = await lines_of(rig, {"model": "auto", "messages": hello(), "stream": True}, rig.server(app))
    *chunks, last = chunks_of(lines)
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == (
        "See [1]:\n\n**Tides**\n\n| Day | High |\n| --- | --- |\n| Mon | 3\\|4 |\n\n2 more rows.\n\n"
        "[tides.csv](data:text/csv;base64,YSxi)\n\nWhich?\n\n- Text\n\n"
    )
    [note] = last["choices"][0]["delta"]["annotations"]
    assert note["url_citation"]["start_index"] == 4
    assert approvals == ["no"]
