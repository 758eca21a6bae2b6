"""Answers that are being given: each can be stopped and asked for approvals while it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from vtai.api import events
from vtai.api.event_shapes import Done, Outcome, Shown, Started
from vtai.api.recording import Writing, new_id
from vtai.core.code import SessionKey
from vtai.core.errors import Busy, UnknownName, VTError
from vtai.core.events import Approval, ApprovalAsked, Choices, Event, Failed, FileReady

if TYPE_CHECKING:
    from starlette.types import Receive

    from vtai.wiring import App

logger = logging.getLogger(__name__)

MOST_RUNS = 20
"""Answers that one person may have running at a time."""
_PATIENCE_S = 300.0
_ENDING_S = 10.0

Emit = Callable[[Shown], Awaitable[None]]


class Run:
    """One answer. `asks`: tools that ask first wait for the person, for some minutes."""

    def __init__(self, app: App, writing: Writing, *, asks: bool, patience_s: float = _PATIENCE_S) -> None:
        self.id = new_id()
        self.person = writing.turn.person
        self.writing = writing
        self._app = app
        self._asks = asks
        self._patience_s = patience_s
        self._waiting: dict[str, tuple[ApprovalAsked, asyncio.TimerHandle]] = {}
        self._task: asyncio.Task[None] | None = None
        self._outcome: Outcome = "stopped"

    @property
    def waiting(self) -> tuple[ApprovalAsked, ...]:
        """What waits for an answer."""
        return tuple(asked for asked, _ in self._waiting.values())

    def stop(self) -> None:
        """Ends it; what was said stays. A second time must not cut short the cleaning up."""
        if self._task is not None and not self._task.cancelling():
            self._task.cancel()

    async def forget(self, person: str, conversation: str | None) -> None:
        """Its conversation, or all of the person's, is deleted: it ends before that."""
        mine = self.writing.conversation
        if person == self.person and mine is not None and conversation in {None, mine}:
            self.stop()
            if self._task is not None:
                await asyncio.wait({self._task}, timeout=_ENDING_S)

    def answer(self, asked: str, approval: Approval) -> None:
        """Raises UnknownName where nothing of that id waits."""
        if asked not in self._waiting:
            raise UnknownName("No tool waits for this answer.", "GET /api/v1/runs tells what waits.")
        event, timer = self._waiting.pop(asked)
        timer.cancel()
        # Whoever asked may be gone.
        with suppress(asyncio.InvalidStateError):
            event.answer(approval)

    async def serve(self, emit: Emit, receive: Receive) -> bool:
        """Gives the answer to `emit` until it is over or the reader is gone; whether they are still there."""
        self._app.forgetters.append(self.forget)
        self._task = asyncio.create_task(self._perform(emit), name="answer a call")
        gone = asyncio.create_task(_gone(receive), name="watch the reader")
        try:
            await asyncio.wait({self._task, gone}, return_when=asyncio.FIRST_COMPLETED)
            is_there = not gone.done()
        finally:
            self._app.forgetters.remove(self.forget)
            gone.cancel()
            self.stop()
            await asyncio.wait({self._task, gone})
        if not self._task.cancelled() and (error := self._task.exception()) is not None:
            raise error
        if is_there:
            await emit(Done(outcome=self._outcome))
        return is_there

    async def _perform(self, emit: Emit) -> None:
        writing = self.writing
        writing.begin()
        try:
            await emit(Started(run=self.id, conversation=writing.conversation, message=writing.message))
            async with aclosing(self._app.chat.reply(writing.turn)) as replied:
                async for event in replied:
                    writing.note(event)
                    await emit(await self._shown(event))
            self._outcome = "answered" if self._outcome == "stopped" else self._outcome
        finally:
            for asked in tuple(self._waiting):
                self.answer(asked, "no")
            await self._finish(emit)

    async def _finish(self, emit: Emit) -> None:
        """Keeps what there is, also where it was stopped: nothing that was read is lost."""
        try:
            await self.writing.finish(is_cut=self._outcome == "stopped")
        except VTError as error:
            logger.warning("an answer was not kept: %s", error.message)
            self._outcome = "failed"
            with suppress(OSError):
                failed = Failed(error.message, error.hint, error=error)
                await emit(events.failed(failed))
        if self.writing.conversation is not None:
            await self._app.tell(self.person, self.writing.conversation)
        if self.writing.store is None:
            turn = self.writing.turn
            await self._app.services.sandbox.end(SessionKey(turn.person, turn.conversation))

    async def _shown(self, event: Event) -> Shown:
        match event:
            case FileReady():
                return events.shown(event, key=await self.writing.keep(event))
            case ApprovalAsked():
                self._ask(event)
                return events.shown(event, is_waiting=self._asks)
            case Failed():
                self._outcome = "failed"
            case Choices():
                self._outcome = "asked"
            case _:
                pass
        return events.shown(event)

    def _ask(self, event: ApprovalAsked) -> None:
        if not self._asks:
            event.answer("no")
            return
        timer = asyncio.get_running_loop().call_later(self._patience_s, self._too_late, event.id)
        self._waiting[event.id] = (event, timer)

    def _too_late(self, asked: str) -> None:
        with suppress(UnknownName):
            self.answer(asked, "no")


class Runs:
    """Those of one process."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def add(self, run: Run) -> None:
        """Raises Busy where the person has enough running."""
        if sum(each.person == run.person for each in self._runs.values()) >= MOST_RUNS:
            raise Busy("Too many of your answers are running.", "Wait until one is over, or stop one.")
        self._runs[run.id] = run

    def remove(self, run: Run) -> None:
        self._runs.pop(run.id, None)

    def find(self, person: str, run_id: str) -> Run:
        """Raises UnknownName for what is over and for what is somebody else's."""
        run = self._runs.get(run_id)
        if run is None or run.person != person:
            raise UnknownName("No such answer is running.", "It may be over; GET /api/v1/runs lists yours.")
        return run

    def of(self, person: str) -> Iterable[Run]:
        return [run for run in self._runs.values() if run.person == person]


async def _gone(receive: Receive) -> None:
    """Returns when the reader has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
