"""What programs ask of a model beside the messages, as vendors read it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.wires import ADD, asked, endpoint
from vtai.core.ports import ToolSpec
from vtai.providers.openai_wire_body import chat_body
from vtai.providers.openai_wire_responses import responses_body
from vtai.providers.response_cache import CachedModels

SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": True}}
NAMED = {"type": "function", "function": {"name": "add"}}
STRICT = ToolSpec("add", "Adds.", {"type": "object"}, is_strict=True)


@pytest.mark.parametrize(
    ("choice", "sent"), [("auto", "auto"), ("required", "required"), ("none", "none"), ("add", NAMED)]
)
async def test_the_choice_of_a_tool_is_spelled_as_vendors_read_it(choice: str, sent: Any) -> None:
    body = await chat_body(asked(tools=(ADD,), tool_choice=choice), endpoint("http://127.0.0.1/v1"))
    assert body["tool_choice"] == sent


async def test_what_was_not_asked_for_is_not_sent() -> None:
    body = await chat_body(asked(tools=(ADD,)), endpoint("http://127.0.0.1/v1"))
    assert "tool_choice" not in body
    assert "response_format" not in body
    assert "strict" not in body["tools"][0]["function"]
    alone = await chat_body(asked(tool_choice="auto"), endpoint("http://127.0.0.1/v1"))
    assert "tool_choice" not in alone


async def test_strict_tools_and_formats_are_sent() -> None:
    request = asked(tools=(STRICT,), answer_format=SCHEMA)
    body = await chat_body(request, endpoint("http://127.0.0.1/v1"))
    assert body["tools"][0]["function"]["strict"] is True
    assert body["response_format"] == SCHEMA


async def test_the_newer_end_point_has_them_in_its_own_way() -> None:
    request = asked(tools=(ADD,), tool_choice="add", answer_format=SCHEMA)
    body = await responses_body(request, endpoint("http://127.0.0.1/v1"))
    assert body["tool_choice"] == {"type": "function", "name": "add"}
    assert body["text"] == {"format": {"type": "json_schema", **SCHEMA["json_schema"]}}  # type: ignore[dict-item]
    assert "response_format" not in body


async def test_an_answer_in_another_format_is_not_remembered_as_the_same() -> None:
    from tests.fakes import FakeModels
    from vtai.providers.answer_stores import MemoryAnswers

    models = FakeModels()
    cached = CachedModels(models, MemoryAnswers(), 60.0)
    for request in (asked(), asked(answer_format={"type": "json_object"}), asked()):
        async for _ in cached.stream(request):
            pass
    assert len(models.requests) == 2
