"""What the lean wire does beyond the contract that both wires keep."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import model
from tests.providers.catalogues import catalogue_of
from tests.providers.wires import KEY, asked, endpoint, read, said, thought
from tests.standins.fast import FastServer
from vtai.core import errors
from vtai.core.events import Usage
from vtai.core.messages import Attachment, Message, ToolCall
from vtai.core.ports import ModelRequest, ToolCallReady
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.openai_wire import OpenAIWire


@pytest.fixture
async def wire(fast_vendor: FastServer) -> AsyncIterator[Callable[..., OpenAIWire]]:
    made: list[OpenAIWire] = []

    def make(timeouts: Timeouts | None = None, **more: Any) -> OpenAIWire:
        place: Endpoint = endpoint(fast_vendor.url, **more)
        made.append(OpenAIWire(lambda _: place, timeouts))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


def stream(*chunks: dict[str, Any] | str, end: str = "\n\n") -> str:
    texts = (chunk if isinstance(chunk, str) else json.dumps(chunk) for chunk in chunks)
    return "".join(f"data: {text}{end}" for text in texts)


def choice(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


Wire = Callable[..., OpenAIWire]


@pytest.mark.parametrize(
    "raw",
    [
        stream(choice(content="Hi"), choice("stop"), "[DONE]", end="\r\n\r\n"),
        ": waiting\n\n" + stream(choice(content="Hi"), choice("stop")),
        stream(choice(content="Hi"), choice("stop")).rstrip("\n"),
        stream(choice(content="Hi"), "[DONE]"),
        "event: message\nid: 1\n" + stream(choice(content="Hi"), choice("stop")),
        stream({"choices": []}, choice(content="Hi"), choice("stop"), {"choices": None}),
        json.dumps({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}),
    ],
    ids=[
        "crlf",
        "comments",
        "no last line end",
        "no finish reason",
        "other fields",
        "empty chunks",
        "no stream",
    ],
)
async def test_servers_differ_and_are_understood(wire: Wire, fast_vendor: FastServer, raw: str) -> None:
    fast_vendor.script(raw=raw)
    events, error = await read(wire().stream(asked()))
    assert error is None
    assert said(events) == "Hi"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (stream(choice(content="Hi"), "{broken"), errors.StreamCut),
        (stream(choice(content="Hi"), "[1]"), errors.StreamCut),
        (stream(choice(content="Hi"), {"error": {"code": 429, "message": "Slow down"}}), errors.RateLimited),
        (stream(choice(content="Hi"), choice("error")), errors.VendorDown),
        ('{"error": {"message": "The model x does not exist", "code": 404}}', errors.ModelGone),
        ("", errors.StreamCut),
    ],
    ids=["bad json", "no object", "error event", "error finish", "error as answer", "nothing"],
)
async def test_streams_that_go_wrong(
    wire: Wire, fast_vendor: FastServer, raw: str, expected: type[errors.ProviderError]
) -> None:
    fast_vendor.script(raw=raw or "\n")
    _, error = await read(wire().stream(asked()))
    assert type(error) is expected


async def test_an_answer_may_consist_of_parts(wire: Wire, fast_vendor: FastServer) -> None:
    thinking = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "Hi"},
    ]
    fast_vendor.script(raw=stream(choice(content=thinking), choice("stop")))
    events, _ = await read(wire().stream(asked()))
    assert (thought(events), said(events)) == ("Hm.", "Hi")


async def test_calls_at_one_index_with_ids_of_their_own_are_two(wire: Wire, fast_vendor: FastServer) -> None:
    def call(id_: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": 0, "id": id_, "function": {"name": "add", "arguments": "{}"}}]}

    fast_vendor.script(raw=stream(choice(**call("a")), choice(**call("b")), choice("tool_calls")))
    events, _ = await read(wire().stream(asked()))
    ready = [event.call for event in events if isinstance(event, ToolCallReady)]
    assert ready == [ToolCall("a", "add", "{}"), ToolCall("b", "add", "{}")]


async def test_usage_that_comes_elsewhere_is_found(wire: Wire, fast_vendor: FastServer) -> None:
    usage = {"x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}}
    fast_vendor.script(raw=stream(choice(content="Hi"), choice("stop") | usage))
    events, _ = await read(wire(asks_for_usage=False).stream(asked()))
    assert events[-1] == Usage("fake-1", 3, 4)
    assert "stream_options" not in fast_vendor.requests[0].body


async def test_without_a_key_none_is_sent(wire: Wire, fast_vendor: FastServer) -> None:
    await read(wire(key=None).stream(asked()))
    assert "authorization" not in fast_vendor.requests[0].headers


async def test_extra_fields_go_along(wire: Wire, fast_vendor: FastServer) -> None:
    await read(wire(extra_body={"dry_multiplier": 0.8}).stream(asked()))
    assert fast_vendor.requests[0].body["dry_multiplier"] == 0.8


@pytest.mark.parametrize(
    ("content", "kind"), [(b"RIFF\0\0\0\0WAVEfmt ", "wav"), (b"ID3 song", "mp3")], ids=["wav", "mp3"]
)
async def test_a_model_that_hears_gets_recordings(
    wire: Wire, fast_vendor: FastServer, tmp_path: Path, content: bytes, kind: str
) -> None:
    file = Attachment("talk.mp3", "audio/mpeg", tmp_path / "kept", len(content))
    file.path.write_bytes(content)
    hearing = model(can=frozenset({"chat", "audio"}))
    await read(wire().stream(asked(model=hearing, messages=(Message("user", "What?", (file,)),))))
    data = base64.b64encode(content).decode()
    assert fast_vendor.requests[0].body["messages"][0]["content"] == [
        {"type": "text", "text": "What?"},
        {"type": "input_audio", "input_audio": {"data": data, "format": kind}},
    ]


async def test_a_model_that_cannot_see_gets_words_for_pictures(wire: Wire, fast_vendor: FastServer) -> None:
    blind = model(can=frozenset({"chat"}))
    message = Message("user", "What?", image_urls=("https://example.org/cat.png",))
    await read(wire().stream(asked(model=blind, messages=(message,))))
    assert (
        fast_vendor.requests[0].body["messages"][0]["content"] == "What?\n[picture: not shown to this model]"
    )


@pytest.mark.parametrize(
    ("name", "effort", "fields"),
    [
        ("gpt", "high", {"reasoning_effort": "high"}),
        ("gpt", "none", {"reasoning_effort": "low"}),
        ("gpt-mini", "none", {"reasoning_effort": "none"}),
        ("deepseek", "none", {"thinking": {"type": "disabled"}}),
        ("deepseek", "high", {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        ("mistral", "medium", {"reasoning_effort": "high"}),
        ("groq-vision", "high", {}),
        ("ollama:qwen3", "high", {}),
    ],
)
async def test_each_model_is_asked_for_effort_its_own_way(
    fast_vendor: FastServer, name: str, effort: Any, fields: dict[str, Any]
) -> None:
    bases = ("OPENAI_BASE_URL", "DEEPSEEK_API_BASE", "MISTRAL_API_BASE", "GROQ_API_BASE", "OLLAMA_API_BASE")
    catalogue = catalogue_of(dict.fromkeys(bases, fast_vendor.url) | {"OPENAI_API_KEY": KEY})
    client = OpenAIWire(catalogue.endpoint)
    request: ModelRequest = asked(model=catalogue.resolve(name), effort=effort, max_tokens=9, temperature=0.0)
    await read(client.stream(request))
    await client.aclose()
    body = fast_vendor.requests[0].body
    assert {key: body[key] for key in ("reasoning_effort", "thinking") if key in body} == fields
    assert body["max_completion_tokens" if name.startswith("gpt") else "max_tokens"] == 9
    assert ("temperature" in body) is not name.startswith("gpt")
