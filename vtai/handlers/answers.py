"""A model's answer as the events of a reply: tags told apart, emptiness told."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import assert_never

from vtai.core import think_tags
from vtai.core.events import (
    Event,
    FileReady,
    Notice,
    SourcesFound,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.numbering import Numbering
from vtai.core.ports import Cited, ModelRequest, Services, ToolCallReady
from vtai.handlers import citations
from vtai.handlers.requests import Prepared


async def stream(
    request: ModelRequest, services: Services, sources_before: int = 0
) -> AsyncGenerator[Event, None]:
    """The answer in pieces; an answer without words is explained. Raises ProviderError.

    Pages that the model found by itself are numbered on from `sources_before`.
    """
    has_text = has_thinking = False
    numbering = Numbering(sources_before)
    async with aclosing(think_tags.separated(services.models.stream(request))) as events:
        async for event in events:
            match event:
                case ToolCallReady():
                    continue
                case Cited(sources):
                    if found := numbering.add(sources):
                        yield found
                    continue
                case TextDelta(text):
                    has_text = has_text or bool(text.strip())
                case ThinkingDelta():
                    has_thinking = True
                case Notice() | Usage() | ToolStarted() | ToolProgress() | ToolFinished() | FileReady():
                    pass
                case _:
                    assert_never(event)
            yield event
    if not has_text:
        yield _emptiness(request.model.name, has_thinking=has_thinking)


async def answered(prepared: Prepared, services: Services) -> AsyncGenerator[Event, None]:
    """The answer to a prepared request; it cites the passages of files that it rests on, and no others."""
    answer = stream(prepared.request, services, max((s.number for s in prepared.sources), default=0))
    if prepared.sources:
        yield SourcesFound(prepared.sources)
        numbers = frozenset(source.number for source in prepared.sources)
        answer = citations.checked(answer, numbers)
    async with aclosing(answer) as events:
        async for event in events:
            yield event


def _emptiness(name: str, *, has_thinking: bool) -> Notice:
    if has_thinking:
        return Notice("empty", f"{name} thought until its limit and gave no answer: allow longer answers.")
    return Notice("empty", f"{name} gave an empty answer: send the message again, or choose another model.")
