"""Running the calls of one step: side by side, each once, the person asked first where a tool wants that."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import assert_never

from vtai.core.errors import VTError
from vtai.core.events import (
    Approval,
    ApprovalAsked,
    Event,
    FileReady,
    Notice,
    SourcesFound,
    TableReady,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    Usage,
)
from vtai.core.messages import ToolCall
from vtai.core.ports import Tool, ToolContext, ToolResult
from vtai.tools.budget import Budget

logger = logging.getLogger(__name__)

_FAULT = "The tool failed unexpectedly; the server's log says more under {}. Go on without it."
_MAX_RESULT_CHARACTERS = 20_000
_REFUSED = (
    "The person did not allow this call. Do not try it again; go on without it, or say what you would need."
)
_UNANSWERED = "Nobody answered whether this call is allowed. Go on without it, or say what you would need."
_TOO_LATE = "It was not begun: the time for this reply is over."


@dataclass
class Bench:
    """What the calls of one reply share. `results` is what the model reads, by the id of the call."""

    tools: Mapping[str, Tool]
    context: ToolContext
    budget: Budget
    allowed: set[str]
    results: dict[str, ToolResult] = field(default_factory=dict)
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


async def run(calls: Sequence[ToolCall], bench: Bench) -> AsyncGenerator[Event, None]:
    """What happens while the calls run, as it happens. `bench.results` holds one result a call at the end."""
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    tasks = [asyncio.create_task(_one(call, bench, queue)) for call in calls]
    for task in tasks:
        task.add_done_callback(lambda _: queue.put_nowait(None))
    running = len(tasks)
    try:
        while running:
            event = await queue.get()
            if event is not None:
                yield event
                continue
            running -= 1
            for task in tasks:
                if task.done():
                    task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _one(call: ToolCall, bench: Bench, queue: asyncio.Queue[Event | None]) -> None:
    tool = bench.tools.get(call.name)
    if tool is None:
        queue.put_nowait(ToolStarted(call.id, call.name, call.arguments))
        _finish(call, ToolResult(_no_such_tool(call.name, bench.tools), is_error=True), bench, queue)
        return
    refusal = await _refusal(call, tool, bench, queue)
    queue.put_nowait(ToolStarted(call.id, call.name, *tool.shown(call.arguments)))
    if refusal is not None:
        _finish(call, refusal, bench, queue)
        return
    start = bench.budget.clock()
    result = await _result(call, tool, bench, queue)
    _finish(call, result, bench, queue, bench.budget.clock() - start)


async def _result(call: ToolCall, tool: Tool, bench: Bench, queue: asyncio.Queue[Event | None]) -> ToolResult:
    rest_s = bench.budget.rest_s
    if rest_s <= 0:
        return ToolResult(_TOO_LATE, is_error=True)
    limit = asyncio.timeout(rest_s)
    try:
        async with limit:
            return await _worked(call, tool, bench, queue)
    except VTError as error:
        return ToolResult(f"{error.message} {error.hint}", is_error=True)
    except Exception as error:
        if isinstance(error, TimeoutError) and limit.expired():
            return ToolResult(f"It was stopped: the {rest_s:.0f} seconds left were over.", is_error=True)
        reference = secrets.token_hex(4)
        logger.exception("the tool %s failed unexpectedly [%s]", call.name, reference)
        return ToolResult(_FAULT.format(reference), is_error=True)


async def _worked(call: ToolCall, tool: Tool, bench: Bench, queue: asyncio.Queue[Event | None]) -> ToolResult:
    """Draws what comes of the tool while it works; its result at the end."""
    result = ToolResult("(The tool said nothing.)")
    async with aclosing(tool.run(call.arguments, bench.context)) as events:
        async for event in events:
            match event:
                case str():
                    queue.put_nowait(ToolProgress(call.id, event))
                case ToolResult():
                    result = event
                case Usage():
                    bench.budget.spend(event)
                case FileReady() | TableReady() | SourcesFound() | Notice():
                    queue.put_nowait(event)
                case _:
                    assert_never(event)
    return result


async def _refusal(
    call: ToolCall, tool: Tool, bench: Bench, queue: asyncio.Queue[Event | None]
) -> ToolResult | None:
    """Asks the person where the tool wants that, one question at a time. None where the call may run."""
    if not tool.needs_approval:
        return None
    async with bench.asking:
        if call.name in bench.allowed:
            return None
        answered: asyncio.Future[Approval] = asyncio.get_running_loop().create_future()

        def answer(approval: Approval) -> None:
            if not answered.done():
                answered.set_result(approval)

        words, language = tool.shown(call.arguments)
        queue.put_nowait(ApprovalAsked(call.id, call.name, words, answer, language))
        with bench.budget.waiting():
            await asyncio.wait((answered,), timeout=bench.budget.patience_s)
        if not answered.done():
            answered.cancel()
            return ToolResult(_UNANSWERED, "Nobody answered; it did not run.", is_error=True)
        if answered.result() == "always":
            bench.allowed.add(call.name)
        if answered.result() == "no":
            return ToolResult(_REFUSED, "You refused this call.", is_error=True)
        return None


def _finish(
    call: ToolCall,
    result: ToolResult,
    bench: Bench,
    queue: asyncio.Queue[Event | None],
    seconds: float | None = None,
) -> None:
    text = result.text
    if len(text) > _MAX_RESULT_CHARACTERS:
        text = f"{text[:_MAX_RESULT_CHARACTERS]}\n(The rest of {len(text)} characters was left out.)"
    bench.results[call.id] = ToolResult(text, is_error=result.is_error)
    shown = text if result.shown is None else result.shown
    queue.put_nowait(ToolFinished(call.id, shown, result.is_error, seconds))


def _no_such_tool(name: str, known: Iterable[str]) -> str:
    return f"There is no tool {name!r}. There are: {', '.join(known) or 'none'}."
