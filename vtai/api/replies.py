"""A reply on its way out: event by event as text/event-stream, or all at once."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import Response

from vtai.api.answers import as_json
from vtai.api.event_shapes import (
    ChoicesEvent,
    Done,
    FailedEvent,
    FileEvent,
    NoticeEvent,
    Outcome,
    RouteEvent,
    Shown,
    SourcesEvent,
    SourceShown,
    Started,
    TableEvent,
    TextEvent,
    ThinkingEvent,
    ToolFinishedEvent,
    ToolStartedEvent,
    UsageEvent,
)
from vtai.api.reading import Result
from vtai.api.routing import Decided

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from vtai.api.runs import Run, Runs

logger = logging.getLogger(__name__)

# Proxies give up connections on which nothing comes for a minute.
_PULSE_S = 15.0


class ToolUsed(Result):
    name: str
    arguments: str
    output: str
    is_error: bool


class Reply(Result):
    """A whole reply."""

    run: str
    conversation: str | None
    """Where it is kept; null where it is not."""
    message: str
    """The id of the question."""
    outcome: Outcome
    """"asked" where it is a question, see `choices`; "failed" where `error` says why."""
    decision: Decided | None
    text: str
    """The answer, in Markdown."""
    thinking: str
    tools: list[ToolUsed]
    sources: list[SourceShown]
    files: list[FileEvent]
    tables: list[TableEvent]
    notices: list[str]
    choices: ChoicesEvent | None
    usage: list[UsageEvent]
    error: FailedEvent | None


@dataclass
class Whole:
    """Gathers a reply."""

    started: Started | None = None
    outcome: Outcome = "stopped"
    decision: Decided | None = None
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    calls: dict[str, ToolStartedEvent] = field(default_factory=dict)
    tools: list[ToolUsed] = field(default_factory=list)
    sources: list[SourceShown] = field(default_factory=list)
    files: list[FileEvent] = field(default_factory=list)
    tables: list[TableEvent] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    choices: ChoicesEvent | None = None
    usage: list[UsageEvent] = field(default_factory=list)
    error: FailedEvent | None = None

    async def take(self, event: Shown) -> None:
        match event:
            case Started():
                self.started = event
            case RouteEvent():
                self.decision = event.decision
            case TextEvent():
                self.texts.append(event.text)
            case ThinkingEvent():
                self.thoughts.append(event.text)
            case Done():
                self.outcome = event.outcome
            case _:
                self._take_more(event)

    def _take_more(self, event: Shown) -> None:
        match event:
            case ToolStartedEvent():
                self.calls[event.id] = event
            case ToolFinishedEvent():
                self._finish_call(event)
            case SourcesEvent():
                self.sources += event.sources
            case FileEvent():
                self.files.append(event)
            case TableEvent():
                self.tables.append(event)
            case NoticeEvent():
                self.notices.append(event.text)
            case ChoicesEvent():
                self.choices = event
            case UsageEvent():
                self.usage.append(event)
            case FailedEvent():
                self.error = event
            case _:
                pass  # previews, progress and pieces of sound are for those who watch

    def _finish_call(self, event: ToolFinishedEvent) -> None:
        call = self.calls.pop(event.id, None)
        name, arguments = (call.name, call.arguments) if call else ("", "")
        self.tools.append(
            ToolUsed(name=name, arguments=arguments, output=event.output, is_error=event.is_error)
        )

    def reply(self, run: Run) -> Reply:
        return Reply(
            run=run.id,
            conversation=run.writing.conversation,
            message=run.writing.message,
            outcome=self.outcome,
            decision=self.decision,
            text="".join(self.texts),
            thinking="".join(self.thoughts),
            tools=self.tools,
            sources=self.sources,
            files=self.files,
            tables=self.tables,
            notices=self.notices,
            choices=self.choices,
            usage=self.usage,
            error=self.error,
        )


class Streamed(Response):
    """The events of a run as they come. Who closes the connection stops it."""

    media_type = "text/event-stream"

    def __init__(self, run: Run, runs: Runs, pulse_s: float = _PULSE_S) -> None:
        # "no" tells proxies not to gather what is meant to be seen at once.
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._run = run
        self._runs = runs
        self._pulse_s = pulse_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line, said_at = asyncio.Lock(), time.monotonic()

        async def write(content: str) -> None:
            nonlocal said_at
            async with line:
                said_at = time.monotonic()
                await send({"type": "http.response.body", "body": content.encode(), "more_body": True})

        async def emit(event: Shown) -> None:
            await write(f"event: {event.type}\ndata: {as_json(event)}\n\n")

        async def pulse() -> None:
            while True:
                await asyncio.sleep(self._pulse_s)
                if time.monotonic() - said_at >= self._pulse_s:
                    await write(": still at work\n\n")

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        pulsing = asyncio.create_task(pulse(), name="keep the connection")
        try:
            await self._run.serve(emit, receive)
        except Exception:
            reference = secrets.token_hex(4)
            logger.exception("a streamed answer failed unexpectedly [%s]", reference)
            hint = f"Try again; if it happens again, give the operator the reference {reference}."
            words = "Something went wrong on the server."
            await emit(FailedEvent(status=500, message=words, hint=hint, reference=reference))
            await emit(Done(outcome="failed"))
        finally:
            self._runs.remove(self._run)
            pulsing.cancel()
            await asyncio.wait({pulsing})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
