"""The assistant's loop: the model asks for tools, they run, it reads what they said, until it answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import assert_never

from vtai.core import think_tags
from vtai.core.events import (
    Event,
    FileReady,
    Notice,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.messages import Message, ToolCall
from vtai.core.numbering import Numbering
from vtai.core.ports import (
    Cited,
    ModelClient,
    ModelRequest,
    Tool,
    ToolCallReady,
    ToolContext,
    ToolResult,
)
from vtai.tools import calls as calling
from vtai.tools.budget import Budget

_MAX_CALLS_A_STEP = 16
_TOO_MANY = f"\n\n(Only the first {_MAX_CALLS_A_STEP} calls were run: there may not be more at once.)"
_LAST_STEP = "\n\n(No further tool calls are possible. Answer now with what you have.)"


@dataclass
class _Step:
    """What one answer of the model consisted of."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    numbering: Numbering = field(default_factory=Numbering)


async def run(
    models: ModelClient,
    request: ModelRequest,
    tools: Sequence[Tool],
    context: ToolContext,
    budget: Budget | None = None,
) -> AsyncGenerator[Event, None]:
    """The answer with the tools' steps in it, and the usage of all calls as one sum at the end.

    The calls of one step run side by side, each exactly once. What a tool raises as VTError goes back to the
    model with the reason. `budget` is what the turn allows. Closing the generator stops the model's stream
    and the running tools. Raises ProviderError.
    """
    turn = context.turn
    budget = budget or Budget(turn.preferences.assistant)
    by_name = {tool.spec.name: tool for tool in tools}
    request = replace(request, tools=tuple(tool.spec for tool in tools))
    bench = calling.Bench(by_name, context, budget, set(turn.allowed_tools))
    names = _UniqueIds()
    has_text = False
    if is_last := budget.begin_step():
        request = replace(request, tools=())
    while True:
        step = _Step(numbering=context.numbering)
        async with aclosing(_asked(models, request, step, budget, separate=has_text)) as events:
            async for event in events:
                yield event
        has_text = has_text or bool(step.text.strip())
        if not step.calls or is_last:
            break
        calls = [replace(call, id=names.unique(call.id)) for call in step.calls[:_MAX_CALLS_A_STEP]]
        async with aclosing(calling.run(calls, bench)) as events:
            async for event in events:
                yield event
        is_last = budget.begin_step()
        ending = _TOO_MANY if len(step.calls) > len(calls) else ""
        ending += _LAST_STEP if is_last else ""
        request = _continued(request, step.text, calls, bench.results, ending)
    if is_last:
        was = "was stopped" if step.calls else "had to answer"
        limit = budget.reason() or "its limit"
        yield Notice("steps", f"The assistant {was} after {limit}; its answer may be incomplete.")
    if not has_text:
        name = request.model.name
        yield Notice("empty", f"{name} gave no answer in words: ask again, or choose another model.")
    if budget.usages:
        yield total(budget.usages)


def total(usages: Sequence[Usage]) -> Usage:
    """One usage for several calls of the same model. The cost is unknown as soon as one of them is."""
    costs = [usage.cost_usd for usage in usages]
    return Usage(
        model=usages[-1].model,
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        is_estimated=any(usage.is_estimated for usage in usages),
    )


async def _asked(
    models: ModelClient, request: ModelRequest, step: _Step, budget: Budget, *, separate: bool
) -> AsyncGenerator[Event, None]:
    """One answer of the model; `step` is filled on the way. `separate`: its text begins a new paragraph."""
    async with aclosing(think_tags.separated(models.stream(request))) as events:
        async for event in events:
            match event:
                case ToolCallReady(call):
                    step.calls.append(call)
                case Usage():
                    budget.spend(event)
                case TextDelta(text):
                    if separate and not step.text:
                        yield TextDelta("\n\n")
                    step.text += text
                    yield event
                case Cited(sources):
                    if found := step.numbering.add(sources):
                        yield found
                case (
                    ThinkingDelta() | Notice() | ToolStarted() | ToolProgress() | ToolFinished() | FileReady()
                ):
                    yield event
                case _:
                    assert_never(event)


def _continued(
    request: ModelRequest,
    text: str,
    calls: Sequence[ToolCall],
    results: Mapping[str, ToolResult],
    ending: str,
) -> ModelRequest:
    """The request with what the model asked for and what came of it, in the order it asked."""
    answers = tuple(
        Message(
            "tool",
            ("Error: " if results[call.id].is_error else "") + results[call.id].text + ending,
            tool_call_id=call.id,
        )
        for call in calls
    )
    asked = Message("assistant", text, tool_calls=tuple(calls))
    return replace(request, messages=(*request.messages, asked, *answers))


class _UniqueIds:
    """Some servers number calls anew in every answer, or not at all; results must find their call."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def unique(self, wanted: str) -> str:
        name, number = wanted or "call", 1
        while name in self._used or not name:
            number += 1
            name = f"{wanted or 'call'}_{number}"
        self._used.add(name)
        return name
