"""The sandbox as everybody else knows it: sessions of people and conversations, over any engine.

Decides who runs when, which session is closed when there are too many, and what becomes of files.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from vtai.core.code import (
    CodeEvent,
    CodeRequest,
    CodeResult,
    CodeWaiting,
    RunState,
    SandboxReport,
    SessionKey,
)
from vtai.providers.sandbox.engine import MIB, NoSession, SandboxEngine, SandboxOptions, Session, SessionLost
from vtai.providers.sandbox.exchange import Exchange, Stamp
from vtai.providers.sandbox.files import KeptFiles
from vtai.providers.sandbox.places import Places, Ticket
from vtai.providers.sandbox.watchdog import free_bytes

logger = logging.getLogger(__name__)

SWEEP_S: Final = 30.0
MOST_SESSIONS: Final = 200
SESSION_BYTES: Final = 64 * MIB
_LEAST_TIMEOUT_S = 0.1
_UNAVAILABLE = CodeResult(
    "unavailable", notes=("Code cannot run at the moment: no interpreter could be started. Try again later.",)
)


@dataclass(eq=False, slots=True)
class _Conversation:
    """`there` is which attachments the session's folder holds."""

    key: SessionKey
    session: Session | None = None
    has_run: bool = False
    is_ended: bool = False
    opened_at: float = 0.0
    used_at: float = 0.0
    there: dict[str, Stamp] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Prepared:
    session: Session
    state: RunState
    notes: tuple[str, ...]


class Conversations:
    """Implements the port `Sandbox`. `clock` is in seconds."""

    def __init__(
        self, engine: SandboxEngine, options: SandboxOptions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._options = options
        self._clock = clock
        cores = os.cpu_count() or 1
        self._most_sessions = options.sessions or _sessions_that_fit()
        self._places = Places(
            min(options.at_once or cores, self._most_sessions),
            per_person=options.sessions_per_person,
            most_waiting=options.most_waiting,
            most_waiting_per_person=options.most_waiting_per_person,
        )
        self._kept = KeptFiles(
            options.folder,
            each_bytes=options.kept_bytes,
            total_bytes=options.kept_total_bytes,
            age_s=options.kept_age_s,
            clock=clock,
        )
        self._exchange = Exchange(self._kept, options)
        self._known: dict[SessionKey, _Conversation] = {}
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._under_way = 0
        self._used_at = clock()

    async def report(self) -> SandboxReport:
        self._start_sweeper()
        return await self._engine.report()

    async def run(self, request: CodeRequest) -> AsyncGenerator[CodeEvent, None]:
        self._start_sweeper()
        ticket = self._places.ask(request.session)
        self._under_way += 1
        conversation: _Conversation | None = None
        try:
            async with aclosing(self._places.progress(ticket)) as waits:
                async for ahead in waits:
                    yield CodeWaiting(ahead)
            conversation = self._known.setdefault(request.session, _Conversation(request.session))
            prepared = await self._prepared(conversation, request)
            end = _UNAVAILABLE
            if prepared is not None:
                async with aclosing(prepared.session.run(request.code, self._timeout_s(request))) as events:
                    async for event in events:
                        if isinstance(event, CodeResult):
                            end = event
                        else:
                            yield event
                end = await self._completed(conversation, prepared, end)
            settled, conversation = conversation, None
            await self._settle(settled, ticket)
            yield end
        finally:
            self._under_way -= 1
            self._used_at = self._clock()
            if conversation is not None:
                # Stopped: code that does not obey is given its time without anybody waiting for it.
                self._spawn(self._settle(conversation, ticket))
            else:
                self._places.leave(ticket)

    async def end(self, session: SessionKey) -> None:
        conversation = self._known.pop(session, None)
        if conversation is not None:
            conversation.is_ended = True
            await self._close(conversation)
        if not self._places.is_running(session):
            await self._kept.forget(session)

    async def close_idle(self) -> None:
        """Closes sessions that nobody uses or that are old, and forgets files that are old."""
        now = self._clock()
        for conversation in tuple(self._known.values()):
            if self._places.is_running(conversation.key):
                continue
            idle_s = now - conversation.used_at
            if idle_s > self._options.idle_s or now - conversation.opened_at > self._options.age_s:
                await self._close(conversation)
            if conversation.session is None and idle_s > self._options.kept_age_s:
                self._known.pop(conversation.key, None)
        await self._kept.forget_old()
        if now - self._used_at > self._options.give_back_s:
            await self.give_back()

    async def give_back(self) -> None:
        """Frees the engine's memory where nobody has a session."""
        in_use = self._under_way or any(conversation.session for conversation in self._known.values())
        if not in_use:
            await self._engine.give_back()

    async def aclose(self) -> None:
        """Ends every session and the engine, and removes all files. Nothing of it runs on."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeper
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for conversation in tuple(self._known.values()):
            await self._close(conversation)
        self._known.clear()
        await self._engine.close()
        await self._kept.close()

    async def _prepared(self, conversation: _Conversation, request: CodeRequest) -> _Prepared | None:
        """A session with its files; None where there is none to be had. Raises BadAttachment."""
        for _ in range(2):
            try:
                return await self._ready(conversation, request)
            except SessionLost:
                logger.info("sandbox: a session was lost while files were put in")
            except NoSession as error:
                logger.warning("sandbox: no session: %s", error)
        return None

    async def _ready(self, conversation: _Conversation, request: CodeRequest) -> _Prepared:
        notes: list[str] = []
        state: RunState = "kept" if conversation.has_run else "fresh"
        is_new = conversation.session is None or not conversation.session.is_alive
        session = (
            await self._open(conversation) if is_new or not conversation.session else conversation.session
        )
        put = self._exchange.put_in(
            session, conversation.key, request.files, conversation.there, request.code
        )
        notes += await put
        if is_new:
            back, lost = await self._exchange.restore(session, conversation.key)
            if conversation.has_run:
                state = "reset"
                notes.insert(0, _restarted([*conversation.there, *back], lost))
        return _Prepared(session, state, tuple(notes))

    async def _open(self, conversation: _Conversation) -> Session:
        """Raises NoSession."""
        await self._close(conversation)
        async with self._opening:
            await self._make_room(conversation.key.person)
            session = await self._engine.open()
        conversation.session = session
        conversation.opened_at = self._clock()
        return session

    async def _make_room(self, person: str) -> None:
        """Closes what was used longest ago, of the person's and of all, where it would be too many."""
        idle = sorted(
            (one for one in self._known.values() if one.session and not self._places.is_running(one.key)),
            key=lambda one: one.used_at,
        )
        own = [one for one in self._known.values() if one.session and one.key.person == person]
        surplus = len(own) - self._options.sessions_per_person + 1
        for one in [one for one in idle if one.key.person == person][: max(0, surplus)]:
            await self._close(one)
        surplus = sum(one.session is not None for one in self._known.values()) - self._most_sessions + 1
        for one in [one for one in idle if one.session][: max(0, surplus)]:
            await self._close(one)

    async def _completed(
        self, conversation: _Conversation, prepared: _Prepared, end: CodeResult
    ) -> CodeResult:
        conversation.has_run = True
        taken = await self._exchange.take_out(prepared.session, conversation.key)
        return replace(
            end,
            files=taken.files,
            state=prepared.state if prepared.session.is_alive else "reset",
            notes=(*prepared.notes, *end.notes, *taken.notes),
        )

    async def _settle(self, conversation: _Conversation, ticket: Ticket) -> None:
        """The session rests, or is closed where it is of no more use; then the place is free."""
        try:
            conversation.used_at = self._clock()
            if conversation.session is not None:
                await conversation.session.rest()
                if conversation.is_ended or not conversation.session.is_alive:
                    await self._close(conversation)
            if conversation.is_ended:
                await self._kept.forget(conversation.key)
        finally:
            self._places.leave(ticket)

    async def _close(self, conversation: _Conversation) -> None:
        session, conversation.session = conversation.session, None
        conversation.there.clear()
        if session is not None:
            await session.close()

    def _timeout_s(self, request: CodeRequest) -> float:
        wanted = self._options.timeout_s if request.timeout_s is None else request.timeout_s
        return min(max(wanted, _LEAST_TIMEOUT_S), self._options.most_timeout_s)

    def _start_sweeper(self) -> None:
        if self._sweeper is None:
            self._sweeper = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            await self.close_idle()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _restarted(back: list[str], lost: list[str]) -> str:
    said = "The interpreter was restarted: variables are gone"
    said += f"; files restored: {', '.join(dict.fromkeys(back))}." if back else "."
    return said + (f" Not restored: {', '.join(lost)}." if lost else "")


def _sessions_that_fit() -> int:
    """Half of the memory that is free now, in parts of one session's."""
    free = free_bytes()
    return max(1, min(MOST_SESSIONS, free // 2 // SESSION_BYTES)) if free is not None else 16
