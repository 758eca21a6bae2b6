"""One conversation with a realtime model: what it hears and says, beside VT.ai's own routing."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from vtai.core import routes
from vtai.core.errors import BadKey, ModelGone, ProviderError, QuotaExhausted, VTError
from vtai.core.events import Event, Failed, Notice, RouteChosen
from vtai.core.ports.talking import Answer, HearingBegan, PersonBegan, PersonSaid, TalkEvent, Told
from vtai.core.routes import Decision
from vtai.providers.hearing.ordering import Ordering
from vtai.providers.realtime_answers import Answers
from vtai.providers.realtime_cost import SoundPrices, usage
from vtai.providers.realtime_link import Link
from vtai.providers.realtime_turn import Exchange, Response, is_able
from vtai.providers.realtime_wire import SILENCE_MS
from vtai.talking.options import RATE_HZ
from vtai.talking.outbox import Outbox
from vtai.talking.reply import Means
from vtai.talking.stages import TRANSCRIPT, Stages

logger = logging.getLogger(__name__)

Decide = Callable[[str], Awaitable[Decision]]

# Asking again does not help.
_FATAL: Final = (BadKey, ModelGone, QuotaExhausted)
# What was to be stopped had ended already, or a session is over and its connection is made again.
_HARMLESS: Final = ("not_active", "truncate", "not_found", "item_", "already_has_active", "session_expired")
# Pieces may come late and out of order: how long one is waited for, and the longest silence put in its place.
_ORDER_MS, _MOST_GAP_MS = 300.0, 2_000.0
# So long are words waited for once the answer to them is there, in seconds.
_PATIENCE_S: Final = 4.0
_UNWRITTEN: Final = Decision(routes.TEXT, 0.0, "What was said could not be written down.", "realtime")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a talk is made with."""

    decide: Decide
    answer: Answer
    means: Means
    prices: SoundPrices


class RealtimeTalk:
    """The vendor hears, answers and speaks; VT.ai writes down, routes, and answers what the vendor cannot.

    The vendor's answer is kept back until the routing is known. Usage of an answer that was cut may be told
    after its ReplyEnded. A person's words that could not be written down are "".
    """

    def __init__(self, link: Link, parts: Parts, notices: tuple[str, ...] = ()) -> None:
        self._link = link
        self._parts = parts
        self._outbox = Outbox()
        self._ordering = Ordering(RATE_HZ, _ORDER_MS, _MOST_GAP_MS)
        self._answers = Answers(link, self._outbox, parts.means, self._spawn, self._leave)
        self._exchange: Exchange | None = None
        self._is_speaking = False
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._outbox.put(*(Told(Notice("realtime", text)) for text in notices), HearingBegan())
        self._spawn(self._read())

    async def feed(self, samples: bytes, at_ms: float | None = None) -> None:
        """16 bit mono samples at 24 kHz from the microphone; lost while there is no connection."""
        if not self._is_closed and (ready := self._ordering.add(samples, at_ms)):
            await self._link.send("input_audio_buffer.append", audio=base64.b64encode(ready).decode())

    def events(self) -> AsyncGenerator[TalkEvent, None]:
        """What happens, until it is closed. Raises VTError where it cannot go on."""
        return self._outbox.events()

    async def interrupt(self) -> None:
        """Stops what is being said and answered."""
        if (exchange := self._exchange) is not None:
            self._exchange = None
            await self._answers.cut(exchange)
            self._outbox.put(HearingBegan())

    async def aclose(self) -> None:
        """Stops everything and waits until it has stopped."""
        self._is_closed = True
        self._outbox.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._link.aclose()

    async def _read(self) -> None:
        while True:
            told = await self._link.receive()
            if told is not None:
                await self._on(told)
            else:
                self._is_speaking = False
                self._outbox.put(Told(Notice("realtime", "The connection was lost; it is there again.")))
                await self.interrupt()

    async def _on(self, told: Any) -> None:
        match told:
            case {"type": "input_audio_buffer.speech_started"}:
                await self._begin()
            case {"type": "input_audio_buffer.speech_stopped"}:
                self._is_speaking = False
            case {"type": "input_audio_buffer.committed", "item_id": str(item)}:
                self._said(item)
            case {"type": "conversation.item.input_audio_transcription.completed", "item_id": str(item)}:
                self._write_down(item, str(told.get("transcript") or ""))
            case {"type": "conversation.item.input_audio_transcription.failed", "item_id": str(item)}:
                self._write_down(item, "", is_lost=True)
            case {"type": "error", "error": error}:
                self._fail(error)
            case _:
                await self._on_response(told)

    async def _on_response(self, told: Any) -> None:
        match told:
            case {"type": "response.created", "response": {"id": str(id_)}}:
                await self._respond(id_)
            case {"type": "response.done", "response": {"id": str(id_)} as response}:
                self._done(id_, response)
            case {"type": str(kind), "response_id": str(id_)}:
                if (exchange := self._exchange_of(id_)) is not None and exchange.response is not None:
                    self._answers.take(kind, exchange, exchange.response, told)
            case _:
                pass

    async def _begin(self) -> None:
        """The person begins to speak: over an answer, or going on before it has begun."""
        self._is_speaking = True
        exchange = self._exchange
        if exchange is None or not exchange.is_answered:
            self._outbox.put(PersonBegan())
            if exchange is not None:
                await self._answers.drop(exchange)
            return
        self._exchange = None
        self._outbox.put(PersonBegan(is_barging=True))
        await self._answers.cut(exchange)

    def _said(self, item: str) -> None:
        """The vendor took something for words."""
        self._is_speaking = False
        if self._exchange is None or self._exchange.is_answered:
            self._exchange = Exchange(Stages(self._parts.means.clock.now, SILENCE_MS / 1000))
        self._exchange.items.setdefault(item, None)

    def _write_down(self, item: str, text: str, *, is_lost: bool = False) -> None:
        exchange = self._exchange
        if exchange is None or exchange.is_answered or item not in exchange.items:
            return
        exchange.items[item] = text
        exchange.is_lost = exchange.is_lost or is_lost
        if exchange.deciding is None and exchange.is_written_down and not self._is_speaking:
            exchange.stages.mark(TRANSCRIPT)
            exchange.deciding = self._spawn(self._decide(exchange))

    async def _decide(self, exchange: Exchange) -> None:
        """Finds out where it goes, and lets the vendor's answer be heard, or answers ourselves."""
        text = exchange.text
        if not text and not exchange.is_lost:
            await self._forget(exchange)
            return
        decision = _UNWRITTEN
        with suppress(VTError):
            decision = await self._parts.decide(text) if text else _UNWRITTEN
        exchange.deciding = None
        if self._exchange is not exchange or self._is_speaking or not exchange.is_written_down:
            return
        self._outbox.put(PersonSaid(text))
        self._link.remember("user", text)
        if is_able(decision):
            exchange.stages.hear(RouteChosen(decision))
            self._outbox.put(Told(RouteChosen(decision)))
            self._answers.release(exchange)
        else:
            exchange.is_ours = True
            await self._answers.drop(exchange)
            self._answers.answer(exchange, self._parts.answer(text))

    async def _forget(self, exchange: Exchange) -> None:
        """It was noise: nobody is answered."""
        self._leave(exchange)
        await self._answers.drop(exchange)
        self._answers.settle(exchange)
        self._outbox.put(HearingBegan())

    async def _respond(self, id_: str) -> None:
        """The vendor begins to answer."""
        exchange = self._exchange
        if exchange is None or exchange.is_ours or exchange.response is not None or self._is_speaking:
            await self._answers.refuse(id_)
        else:
            exchange.response = Response(id_)

    def _done(self, id_: str, told: Any) -> None:
        exchange = self._exchange_of(id_)
        if (spent := usage(told.get("usage"), self._link.address.model, self._parts.prices)) is not None:
            if exchange is not None and not exchange.is_answered:
                exchange.spent = spent  # nothing is told of a reply before its route
            else:
                self._outbox.put(Told(spent))
        if exchange is None or exchange.response is None:
            return
        self._answers.finish(exchange, exchange.response)
        match told:
            case {"status": "failed", "status_details": {"error": error}}:
                self._break_off(exchange, self._link.address.failure(error))
            case {"status": "incomplete", "status_details": {"reason": "content_filter"}}:
                text = f"{self._link.address.endpoint.label} broke the answer off under its content policy."
                self._outbox.put(Told(Notice("realtime", text)))
            case _:
                pass
        if not exchange.is_answered and not exchange.is_written_down:
            self._spawn(self._give_up(exchange))

    async def _give_up(self, exchange: Exchange) -> None:
        """The answer is there; the words that it answers are not waited for much longer."""
        await self._parts.means.clock.sleep(_PATIENCE_S)
        for item, text in exchange.items.items():
            if text is None:
                self._write_down(item, "", is_lost=True)

    def _break_off(self, exchange: Exchange, error: ProviderError) -> None:
        """The vendor failed to answer: that is told and said instead."""
        if isinstance(error, _FATAL):
            self._outbox.fail(error)
            return
        for task in (exchange.task, exchange.deciding):
            if task is not None:
                task.cancel()
        self._outbox.drop_sound()
        if not exchange.is_answered:
            self._outbox.put(PersonSaid(exchange.text), Told(RouteChosen(_UNWRITTEN)))
        self._answers.answer(exchange, _failed(error))

    def _fail(self, told: Any) -> None:
        code = str(told.get("code") or "") if isinstance(told, dict) else ""
        if any(word in code for word in _HARMLESS):
            logger.debug("realtime: %s", code)
            return
        error = self._link.address.failure(told)
        if isinstance(error, _FATAL):
            self._outbox.fail(error)
        else:
            self._outbox.put(Told(Notice("realtime", f"{error.message} {error.hint}")))

    def _exchange_of(self, id_: str) -> Exchange | None:
        """The exchange that this answer of the vendor belongs to, if it is still of interest."""
        exchange = self._exchange
        is_known = exchange is not None and exchange.response is not None and exchange.response.id == id_
        return exchange if is_known and not self._answers.is_dead(id_) else None

    def _leave(self, exchange: Exchange) -> None:
        if self._exchange is exchange:
            self._exchange = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._outbox.fail(error)


async def _failed(error: VTError) -> AsyncGenerator[Event, None]:
    yield Failed(error.message, error.hint)
