"""Vendors whose models search by themselves, through LiteLLM."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.providers.wires import LITELLM, asked, endpoint, read, said
from tests.standins.fast import FastServer
from vtai.core.events import Usage
from vtai.core.ports import Cited, ToolCallReady
from vtai.providers.endpoint import Endpoint
from vtai.providers.litellm_library import LiteLLMLibrary
from vtai.providers.litellm_models import LiteLLMModels

pytestmark = [*LITELLM]
A, B = "https://a.example/x", "https://b.example/y"


def lines(*chunks: dict[str, Any]) -> str:
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def citation(url: str, title: str) -> dict[str, Any]:
    page = {"type": "web_search_result_location", "cited_text": "Said so.", "url": url, "title": title}
    return {"type": "citations_delta", "citation": page}


CLAUDE = lines(
    {
        "type": "message_start",
        "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 9}},
    },
    *block(
        0,
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"query": "cats"}'},
    ),
    *block(1, {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}),
    *block(2, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Cats "}, citation(A, "A")),
    *block(
        3,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "sleep."},
        citation(B, "B"),
        citation(A, "A"),
    ),
    *block(
        4,
        {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"a":1}'},
    ),
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
)


def gemini(text: str, **more: Any) -> dict[str, Any]:
    counts = {"promptTokenCount": 9, "candidatesTokenCount": 5, "totalTokenCount": 14}
    content = {"parts": [{"text": text}], "role": "model"}
    return {"candidates": [{"content": content, "index": 0, **more}], "usageMetadata": counts}


GROUNDING = {
    "groundingChunks": [{"web": {"uri": A, "title": "A"}}, {"web": {"uri": B, "title": "B"}}],
    "groundingSupports": [{"segment": {"startIndex": 0, "endIndex": 4}, "groundingChunkIndices": [0]}],
    "webSearchQueries": ["cats"],
}
GEMINI = lines(gemini("Cats "), gemini("sleep.", finishReason="STOP", groundingMetadata=GROUNDING))


def sonar(text: str, finish: str | None) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "sonar",
        "citations": [A, B],
        "search_results": [{"title": "B", "url": B}, {"title": "A", "url": A}],
        "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14},
    }


PERPLEXITY = lines(sonar("Cats ", None), sonar("sleep.", "stop")) + "data: [DONE]\n\n"
VENDORS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "anthropic": (
        "",
        {"litellm_model": "anthropic/claude-sonnet-5-5"},
        CLAUDE,
        {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 5}]},
    ),
    "gemini": (
        "/v1beta",
        {"litellm_model": "gemini/gemini-3.8-flash", "end_mark": "finishReason"},
        GEMINI,
        {"tools": [{"googleSearch": {}}]},
    ),
    "perplexity": (
        "/v1",
        {"litellm_model": "perplexity/sonar"},
        PERPLEXITY,
        {"web_search_options": {"search_context_size": "medium"}},
    ),
}


@pytest.fixture
async def models() -> AsyncIterator[Callable[[Endpoint], LiteLLMModels]]:
    made: list[LiteLLMModels] = []

    def make(place: Endpoint) -> LiteLLMModels:
        made.append(LiteLLMModels(lambda _: place, None, LiteLLMLibrary()))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_model_that_searches_names_its_pages(
    models: Callable[[Endpoint], LiteLLMModels], fast_vendor: FastServer, vendor: str
) -> None:
    path, fields, raw, sent = VENDORS[vendor]
    fast_vendor.script(raw=raw)
    options = {"web_search_options": {"search_context_size": "medium"}}
    place = endpoint(fast_vendor.url.removesuffix("/v1") + path, search_body=options, **fields)
    events, error = await read(models(place).stream(asked("cats?", searches=True)))
    assert error is None
    assert said(events) == "Cats sleep."
    cited = [(s.title, s.url) for event in events if isinstance(event, Cited) for s in event.sources]
    assert cited == [("A", A), ("B", B)]
    assert isinstance(events[-1], Usage)
    assert (events[-1].input_tokens, events[-1].output_tokens) == (9, 5)
    # What the vendor ran itself is no tool call for us.
    calls = [event.call.id for event in events if isinstance(event, ToolCallReady)]
    assert calls == (["toolu_1"] if vendor == "anthropic" else [])
    body = fast_vendor.requests[0].body
    assert {name: body[name] for name in sent} == sent


@pytest.mark.parametrize("vendor", VENDORS)
async def test_without_a_search_none_is_asked_for(
    models: Callable[[Endpoint], LiteLLMModels], fast_vendor: FastServer, vendor: str
) -> None:
    path, fields, raw, _ = VENDORS[vendor]
    fast_vendor.script(raw=raw)
    options = {"web_search_options": {"search_context_size": "medium"}}
    place = endpoint(fast_vendor.url.removesuffix("/v1") + path, search_body=options, **fields)
    await read(models(place).stream(asked("cats?")))
    assert not {"tools", "web_search_options"} & fast_vendor.requests[0].body.keys()
