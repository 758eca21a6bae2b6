"""What the tests of both wires share: an end point, a request, and the reading of a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import SecretStr

from tests.fakes import model
from vtai.core.errors import ProviderError
from vtai.core.events import TextDelta, ThinkingDelta
from vtai.core.messages import Message
from vtai.core.ports import ModelEvent, ModelRequest, ToolSpec
from vtai.providers.endpoint import Endpoint

# LiteLLM takes seconds to load, and some of its own code uses what pydantic is to remove.
LITELLM = (
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:litellm.*"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
    # It silences this one itself, while it is imported, which may have been in another test.
    pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning"),
)
KEY = "sk-test-0123456789abcdefghij"
ADD = ToolSpec(
    "add",
    "Adds two numbers.",
    {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
)


def endpoint(base_url: str, **more: Any) -> Endpoint:
    values: dict[str, Any] = {
        "vendor": "openai",
        "label": "OpenAI",
        "base_url": base_url,
        "key": SecretStr(KEY),
        "key_variable": "OPENAI_API_KEY",
        "litellm_model": "openai/fake-1",
    }
    return Endpoint(**(values | more))


def asked(text: str = "Hello", **more: Any) -> ModelRequest:
    """A request of one user message, or of the messages given."""
    values: dict[str, Any] = {"model": model(), "messages": (Message("user", text),)}
    return ModelRequest(**(values | more))


async def read(stream: AsyncGenerator[ModelEvent, None]) -> tuple[list[ModelEvent], ProviderError | None]:
    """The events of a stream, and the error that ended it."""
    events: list[ModelEvent] = []
    async with aclosing(stream) as pieces:
        try:
            async for piece in pieces:
                events += [piece]
        except ProviderError as error:
            return events, error
    return events, None


def said(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def thought(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, ThinkingDelta))
