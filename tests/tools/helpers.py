"""A tool that does as it is told, the loop around it, and one call of a tool alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from tests.fakes import FakeModels, model, services
from vtai.core.events import Event, ToolFinished
from vtai.core.messages import Message, ToolCall
from vtai.core.ports import (
    ModelRequest,
    Services,
    Tool,
    ToolCallReady,
    ToolContext,
    ToolEvent,
    ToolResult,
    ToolSpec,
)
from vtai.core.turn import Turn
from vtai.tools import loop
from vtai.tools.budget import Budget

GO = Turn("go")


@dataclass
class Echo:
    """A tool that remembers its calls; `together` lets it end only when so many run at once."""

    name: str = "echo"
    error: Exception | None = None
    together: int = 1
    needs_approval: bool = False
    first: Sequence[ToolEvent] = ()
    calls: list[str] = field(default_factory=list)
    stopped: int = 0
    _everybody: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def spec(self) -> ToolSpec:
        return ToolSpec(self.name, "Echoes.", {"type": "object"})

    def shown(self, arguments: str) -> tuple[str, str]:
        return arguments, ""

    async def run(self, arguments: str, context: ToolContext) -> AsyncGenerator[ToolEvent, None]:
        self.calls.append(arguments)
        is_over = False
        try:
            for event in self.first:
                yield event
            if len(self.calls) >= self.together:
                self._everybody.set()
            await self._everybody.wait()
            is_over = True
        finally:
            self.stopped += not is_over
        if self.error:
            raise self.error
        yield ToolResult(f"echo of {arguments}")


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def call(id_: str, arguments: str = "{}", name: str = "echo") -> ToolCallReady:
    return ToolCallReady(ToolCall(id_, name, arguments))


def running(
    models: FakeModels, *tools: Tool, turn: Turn = GO, budget: Budget | None = None
) -> AsyncGenerator[Event, None]:
    request = ModelRequest(model(), (Message("user", "go"),))
    return loop.run(models, request, tools, ToolContext(turn, services()), budget)


def finished(events: Sequence[Event]) -> dict[str, tuple[str, bool]]:
    """What each call ended with, and whether that was an error."""
    return {event.id: (event.output, event.is_error) for event in events if isinstance(event, ToolFinished)}


async def called(
    tool: Tool, arguments: object, parts: Services | None = None, turn: Turn = GO
) -> list[ToolEvent]:
    """All that comes of one call; the ToolResult is the last."""
    context = ToolContext(turn, parts or services())
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return [event async for event in tool.run(written, context)]


async def result_of(
    tool: Tool, arguments: object, parts: Services | None = None, turn: Turn = GO
) -> ToolResult:
    last = (await called(tool, arguments, parts, turn))[-1]
    assert isinstance(last, ToolResult)
    return last
