"""The assistant's loop: the model asks for tools, they run, it reads what they said, until it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import assert_never

from vtai.core import think_tags
from vtai.core.errors import VTError
from vtai.core.events import Event, Notice, TextDelta, ThinkingDelta, ToolFinished, ToolStarted, Usage
from vtai.core.messages import Message, ToolCall
from vtai.core.numbering import Numbering
from vtai.core.ports import Cited, ModelClient, ModelRequest, Tool, ToolCallReady

MAX_STEPS = 8
_MAX_CALLS_A_STEP = 16
_TOOL_TIMEOUT_S = 120.0
_MAX_RESULT_CHARACTERS = 20_000
_LAST_STEP = "\n\n(No further tool calls are possible. Answer now with what you have.)"


@dataclass
class _Step:
    """What one answer of the model consisted of."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    numbering: Numbering = field(default_factory=Numbering)


async def run(
    models: ModelClient, request: ModelRequest, tools: Sequence[Tool], max_steps: int = MAX_STEPS
) -> AsyncGenerator[Event, None]:
    """The answer with the tools' steps in it, and the usage of all calls as one sum at the end.

    The calls of one step run side by side, each exactly once. `max_steps` is how often the model is asked.
    What a tool raises as VTError goes back to the model with the reason. Closing the generator stops the
    model's stream and the running tools. Raises ProviderError.
    """
    by_name = {tool.spec.name: tool for tool in tools}
    request = replace(request, tools=tuple(tool.spec for tool in tools))
    names = _UniqueIds()
    usages: list[Usage] = []
    has_text = False
    numbering = Numbering()
    for steps_left in range(max_steps - 1, -1, -1):
        step = _Step(numbering=numbering)
        async with aclosing(_asked(models, request, step, separate=has_text)) as events:
            async for event in events:
                yield event
        usages += step.usages
        has_text = has_text or bool(step.text)
        if not step.calls or steps_left == 0:
            break
        calls = [replace(call, id=names.unique(call.id)) for call in step.calls[:_MAX_CALLS_A_STEP]]
        answers: dict[str, ToolFinished] = {}
        async with aclosing(_called(calls, by_name)) as events:
            async for event in events:
                if isinstance(event, ToolFinished):
                    answers[event.id] = event
                yield event
        request = _continued(request, step.text, calls, answers, is_last=steps_left == 1)
    if step.calls:
        yield Notice(
            "steps", f"The assistant was stopped after {max_steps} steps; its answer may be incomplete."
        )
    if usages:
        yield total(usages)


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
    models: ModelClient, request: ModelRequest, step: _Step, *, separate: bool
) -> AsyncGenerator[Event, None]:
    """One answer of the model; `step` is filled on the way. `separate`: its text begins a new paragraph."""
    async with aclosing(think_tags.separated(models.stream(request))) as events:
        async for event in events:
            match event:
                case ToolCallReady(call):
                    step.calls.append(call)
                case Usage():
                    step.usages.append(event)
                case TextDelta(text):
                    if separate and not step.text:
                        yield TextDelta("\n\n")
                    step.text += text
                    yield event
                case Cited(sources):
                    if found := step.numbering.add(sources):
                        yield found
                case ThinkingDelta() | Notice():
                    yield event
                case _:
                    assert_never(event)


async def _called(calls: Sequence[ToolCall], by_name: dict[str, Tool]) -> AsyncGenerator[Event, None]:
    """All calls side by side: their starts, then each end as it comes."""
    for call in calls:
        yield ToolStarted(call.id, call.name, call.arguments)
    running = {asyncio.create_task(_finished(call, by_name.get(call.name), by_name)) for call in calls}
    try:
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _finished(call: ToolCall, tool: Tool | None, known: dict[str, Tool]) -> ToolFinished:
    if tool is None:
        there_are = ", ".join(known) or "none"
        return ToolFinished(
            call.id, f"There is no tool {call.name!r}. There are: {there_are}.", is_error=True
        )
    try:
        async with asyncio.timeout(_TOOL_TIMEOUT_S):
            output = await tool.run(call.arguments)
    except VTError as error:
        return ToolFinished(call.id, f"{error.message} {error.hint}", is_error=True)
    except TimeoutError:
        return ToolFinished(call.id, f"It took longer than {_TOOL_TIMEOUT_S:.0f} seconds.", is_error=True)
    if len(output) > _MAX_RESULT_CHARACTERS:
        output = f"{output[:_MAX_RESULT_CHARACTERS]}\n(The rest of {len(output)} characters was left out.)"
    return ToolFinished(call.id, output)


def _continued(
    request: ModelRequest,
    text: str,
    calls: Sequence[ToolCall],
    answers: dict[str, ToolFinished],
    *,
    is_last: bool,
) -> ModelRequest:
    """The request with what the model asked for and what came of it, in the order it asked."""
    ending = _LAST_STEP if is_last else ""
    results = tuple(
        Message(
            "tool",
            ("Error: " if answers[call.id].is_error else "") + answers[call.id].output + ending,
            tool_call_id=call.id,
        )
        for call in calls
    )
    asked = Message("assistant", text, tool_calls=tuple(calls))
    return replace(request, messages=(*request.messages, asked, *results))


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
