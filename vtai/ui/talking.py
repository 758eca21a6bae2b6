"""The microphone button as a conversation: it stays open, replies are spoken, and one may speak over them.

What is said becomes a message like a typed one, with its route, its reply and its place in the history. Sound
stays in memory and belongs to one session.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, assert_never

from vtai.core.events import Event, Failed, Notice
from vtai.core.ports.talking import (
    HearingBegan,
    PersonBegan,
    PersonSaid,
    ReplyEnded,
    SoundOut,
    Talk,
    TalkEvent,
    Told,
)
from vtai.core.turn import Turn
from vtai.ui import lines, respond, sockets
from vtai.ui.paper import Step, new_id
from vtai.ui.session import Exchange
from vtai.ui.visits import SessionCanvas, the_pace
from vtai.ui.voice import Limits, PageGone, Piece, piece_of

if TYPE_CHECKING:
    from chainlit.session import WebsocketSession

    from vtai.core.ports import Talks
    from vtai.ui.draw import Drawing
    from vtai.ui.footer import Outcome
    from vtai.ui.session import Visit
    from vtai.wiring import App

logger = logging.getLogger(__name__)

_MOST_SHOWN: Final = 240


@dataclass(slots=True)
class _Reply:
    """What is being answered. `track` tells its sound from that of others."""

    exchange: Exchange
    turn: Turn
    drawing: Drawing
    track: str = field(default_factory=new_id)


class Conversing:
    """One conversation, from the press of the button to the next."""

    def __init__(self, session: WebsocketSession, app: App, talks: Talks, visit: Visit) -> None:
        self._session = session
        self._app = app
        self._talks = talks
        self._visit = visit
        self._canvas = SessionCanvas(session)
        self._limits = Limits()
        self._pieces: asyncio.Queue[Piece] = asyncio.Queue()
        self._talk: Talk | None = None
        self._line: Step | None = None
        self._asked: Exchange | None = None
        self._reply: _Reply | None = None
        self._work: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._interrupting: asyncio.Task[None] | None = None
        # Whether the page records; it cannot be told to stop before its first piece came.
        self._is_page_on = False
        self._has_sound = False

    async def begin(self) -> None:
        """Lets the page record, and opens the conversation."""
        self._is_page_on = True
        self._work = asyncio.create_task(self._run(), name="talk")
        # Anything but this leaves the button turning for ever.
        await self._canvas.emit("audio_connection", "on")

    async def take(self, payload: object) -> None:
        """A piece of sound, as the browser sends it. Nothing is awaited before it is taken."""
        if (piece := piece_of(payload)) is None:
            return
        self._has_sound = True
        if self._work is None or self._work.done():
            await self._switch_off()
            return
        is_flood = self._pieces.qsize() >= self._limits.pieces_at_once
        if is_flood or len(piece.samples) > self._limits.bytes_a_piece:
            self.end()
            await self._tell(lines.FLOODED, "error")
            return
        self._pieces.put_nowait(piece)

    def interrupt(self) -> None:
        """Stop was pressed: the reply ends, the conversation goes on."""
        if self._talk is not None:
            self._interrupting = asyncio.create_task(self._interrupt(self._talk), name="interrupt")

    def release(self) -> None:
        """The button was pressed again."""
        self._is_page_on = False
        self.end()

    def end(self) -> asyncio.Task[None]:
        """Ends it. The task that is given is done when nothing of it is left."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name="end talk")
        return self._ending

    async def _end(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})

    async def _interrupt(self, talk: Talk) -> None:
        await self._silence()
        await talk.interrupt()

    async def _run(self) -> None:
        try:
            await self._show_line(lines.CONNECTING)
            await self._converse()
        except PageGone:
            await self._tell(lines.ENDED)
        except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
            failed = respond.failure(error)
            await self._tell(f"{failed.message} {failed.hint}", "error")
        finally:
            await self._clean_up()

    async def _converse(self) -> None:
        """Until one of both ends: the microphone, or the conversation."""
        talk = self._talk = await self._talks.open(self._answer, self._visit.preferences)
        tasks = {asyncio.create_task(self._feed(talk)), asyncio.create_task(self._read(talk))}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _clean_up(self) -> None:
        talk, self._talk = self._talk, None
        await self._silence()
        try:
            if talk is not None:
                await talk.aclose()
        finally:
            await self._finish("stopped")
            await self._take_line_away()
            if self._has_sound:
                await self._switch_off()

    async def _feed(self, talk: Talk) -> None:
        """Hands over piece by piece. Raises PageGone where none comes."""
        limits, patience_s = self._limits, self._limits.patience_s
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    piece = await self._pieces.get()
            except TimeoutError as late:
                raise PageGone(lines.ENDED, "Press the microphone to begin another.") from late
            patience_s = limits.idle_s
            await talk.feed(piece.samples, piece.at_ms)

    async def _read(self, talk: Talk) -> None:
        async with aclosing(talk.events()) as events:
            async for event in events:
                await self._take_event(event)

    async def _take_event(self, event: TalkEvent) -> None:
        match event:
            case HearingBegan():
                await self._show_line(lines.LISTENING)
            case PersonBegan():
                if event.is_barging:
                    await self._silence()
                await self._show_line(lines.LISTENING)
            case PersonSaid():
                await self._hear(event)
            case Told():
                await self._draw(event.event)
            case SoundOut():
                await self._sound(event.samples)
            case ReplyEnded():
                if event.is_cut:
                    await self._silence()
                await self._finish("stopped" if event.is_cut else "done")
            case _:
                assert_never(event)

    async def _answer(self, text: str) -> AsyncGenerator[Event, None]:
        """The reply to what was said, aloud. It may be asked for again: what counts is told later."""
        self._asked = Exchange(new_id(), Turn(text, preferences=self._visit.preferences))
        turn = self._visit.turn_for(self._asked)
        speech = replace(turn.preferences.speech, is_automatic=True)
        turn = replace(turn, preferences=replace(turn.preferences, speech=speech))
        async with aclosing(self._app.chat.reply(turn)) as events:
            async for event in events:
                yield event

    async def _hear(self, event: PersonSaid) -> None:
        """Words of the person: shown while they may change, then a message in the chat."""
        if not event.is_final:
            words = event.text if len(event.text) <= _MOST_SHOWN else f"… {event.text[-_MOST_SHOWN:]}"
            await self._show_line(f"{lines.LISTENING} {words}")
            return
        await self._finish("stopped")
        asked, self._asked = self._asked, None
        if asked is None or asked.turn.text != event.text:
            asked = Exchange(new_id(), Turn(event.text, preferences=self._visit.preferences))
        turn = self._visit.turn_for(asked)
        # Taken away and shown anew, the line stands below the message.
        await self._take_line_away()
        await sockets.show_said(self._session, asked)
        self._visit.add(asked)
        await respond.forget_outdated(self._visit, self._canvas)
        drawing = respond.drawn(self._app, the_pace(), self._visit, self._canvas, turn, asked)
        self._reply = _Reply(asked, turn, drawing)
        await self._canvas.emit("task_start", {})
        await drawing.begin()
        await self._show_line(lines.THINKING)

    async def _draw(self, event: Event) -> None:
        if self._reply is not None:
            if not respond.is_known(event, self._visit):
                await self._reply.drawing.draw(event)
        elif isinstance(event, Failed):
            await self._tell(f"{event.message} {event.hint}", "error")
        elif isinstance(event, Notice):
            await self._tell(event.text)

    async def _sound(self, samples: bytes) -> None:
        await self._show_line(lines.SPEAKING)
        track = self._reply.track if self._reply is not None else "talk"
        await self._canvas.emit("audio_chunk", {"mimeType": "pcm16", "data": samples, "track": track})

    async def _silence(self) -> None:
        """The page stops what it plays."""
        await self._canvas.emit("audio_interrupt", {})

    async def _finish(self, outcome: Outcome) -> None:
        reply, self._reply = self._reply, None
        if reply is None:
            return
        try:
            await respond.finish(self._visit, reply.exchange, reply.turn, reply.drawing, outcome)
        finally:
            if self._visit.at_work == 0:
                await self._canvas.emit("task_end", {})

    async def _switch_off(self) -> None:
        """Ends the page's recording, once: it takes no second word of it."""
        if self._is_page_on:
            self._is_page_on = False
            await self._canvas.emit("audio_connection", "off")

    async def _show_line(self, text: str) -> None:
        if self._line is None:
            self._line = Step("undefined", text)
        elif self._line.name == text:
            return
        self._line.name = text
        await self._canvas.emit("new_message", self._line.as_dict(self._canvas.thread_id))

    async def _take_line_away(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await self._canvas.emit("delete_message", {"id": line.id})

    async def _tell(self, message: str, kind: str = "info") -> None:
        await self._canvas.emit("toast", {"message": message, "type": kind})


def wanted(session: WebsocketSession, app: App, visit: Visit) -> Conversing | None:
    """A conversation, where the person chose that the microphone begins one."""
    if not visit.is_hands_free or app.talks is None:
        return None
    return Conversing(session, app, app.talks, visit)
