"""The microphone button: what is said into it becomes a message, and is answered like a typed one.

Sound stays in memory, belongs to one session, and is forgotten with the recording it is part of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, assert_never

from chainlit.session import WebsocketSession

from vtai.core.errors import NotConfigured, UnknownName, VTError
from vtai.core.sound import Audio, HeardEvent, NothingSaid, SpeechBegan, SpeechEnded, SpeechSoFar, TooLong
from vtai.core.turn import Turn
from vtai.providers.speech import BUILT_IN
from vtai.ui import sockets, talking, voice
from vtai.ui.guard import Handler
from vtai.ui.paper import Step, new_id
from vtai.ui.respond import failure
from vtai.ui.session import Exchange
from vtai.ui.visits import SessionCanvas, the_app, visit_of
from vtai.ui.voice import Microphone, PageGone, PushToTalk, piece_of

if TYPE_CHECKING:
    from vtai.ui.session import Visit
    from vtai.wiring import App

logger = logging.getLogger(__name__)

_MOST_SHOWN: Final = 240


def handlers() -> Mapping[str, Handler]:
    """Event name to handler, for `guard.install`."""
    return {"audio_start": audio_start, "audio_chunk": audio_chunk, "audio_end": audio_end}


async def audio_start(sid: str, *_: object) -> None:
    """The microphone is asked for. What was being recorded or written down is cancelled."""
    session = WebsocketSession.require(sid)
    visit = visit_of(session)
    visit.hush()
    if visit.dictation is not None:
        visit.dictation.drop()
        visit.dictation = None
    if visit.talk is not None:
        visit.talk.release()
    visit.talk = talking.wanted(session, the_app(), visit)
    if visit.talk is not None:
        await visit.talk.begin()
        return
    visit.dictation = Dictation(session, the_app(), visit)
    await visit.dictation.begin()


async def audio_chunk(sid: str, payload: object = None) -> None:
    """A piece of sound. Nothing is awaited before it is taken, so that pieces stay as they came."""
    visit = visit_of(WebsocketSession.require(sid))
    if (taker := visit.talk or visit.dictation) is not None:
        await taker.take(payload)


async def audio_end(sid: str, *_: object) -> None:
    """The microphone was switched off on the page."""
    visit = visit_of(WebsocketSession.require(sid))
    if (taker := visit.talk or visit.dictation) is not None:
        taker.release()


class Dictation:
    """One recording, from the press of the button to the message."""

    def __init__(self, session: WebsocketSession, app: App, visit: Visit) -> None:
        self._session = session
        self._app = app
        self._visit = visit
        self._canvas = SessionCanvas(session)
        self._line = Step("undefined", voice.LISTENING)
        self._is_line_shown = False
        self._microphone: Microphone | None = None
        self._listening: asyncio.Task[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._draft: asyncio.Task[None] | None = None
        # Whether the page records; it cannot be told to stop before its first piece came.
        self._is_page_on = False
        self._has_sound = False
        self._is_released = False

    async def begin(self) -> None:
        """Lets the page record, and listens. Where nobody could write it down, says so instead."""
        hearing = self._app.hearing
        self._is_page_on = True
        if (missing := self._missing()) is None:
            self._microphone = Microphone(hearing.listen() if hearing is not None else PushToTalk())
            self._listening = asyncio.create_task(self._listen(self._microphone), name="listen")
        # Anything but this leaves the button turning for ever.
        await self._canvas.emit("audio_connection", "on")
        if missing is not None:
            await self._tell(f"{missing.message} {missing.hint}", "error")
        elif hearing is None and "push to talk" not in self._visit.told:
            self._visit.told.add("push to talk")
            await self._tell(voice.PRESS_AGAIN)

    async def take(self, payload: object) -> None:
        """A piece of sound, as the browser sends it."""
        if (piece := piece_of(payload)) is None:
            return
        self._has_sound = True
        if self._microphone is None:
            await self._switch_off()
            return
        try:
            self._microphone.take(piece)
        except VTError as error:
            await self._switch_off()
            self.drop()
            await self._tell(f"{error.message} {error.hint}", "error")

    def release(self) -> None:
        """The button was pressed again: it is cancelled. Where nobody hears the end, that sends it."""
        self._is_page_on = False
        self._is_released = True
        if self._microphone is not None:
            self._microphone.finish()

    def drop(self) -> None:
        """Forgets what was recorded, and ends its writing down. The page is not told."""
        self._microphone = None
        self._is_page_on = False
        for task in (self._listening, self._writing, self._draft):
            if task is not None and not task.cancelling():
                task.cancel()

    async def _listen(self, microphone: Microphone) -> None:
        try:
            async with aclosing(microphone.events()) as events:
                async for event in events:
                    await self._hear(event)
        except PageGone as error:
            logger.info("a recording was dropped: %s", error.message)
        except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
            failed = failure(error)
            await self._tell(f"{failed.message} {failed.hint}", "error")
        finally:
            self._microphone = None
            if self._draft is not None:
                self._draft.cancel()
            if self._has_sound:
                await self._switch_off()
            if self._writing is None:
                await self._take_line_away()

    async def _hear(self, event: HeardEvent) -> None:
        match event:
            case SpeechBegan():
                await self._show_line(voice.LISTENING)
            case SpeechSoFar():
                self._begin_draft(event.audio)
            case SpeechEnded():
                await self._end(event.audio)
            case NothingSaid():
                await self._say_nothing_heard(is_noisy=event.is_noisy)
            case TooLong():
                minutes = f"{event.seconds / 60:.0f}"
                await self._tell(f"A recording takes at most {minutes} minutes; this is sent as it is.")
            case _:
                assert_never(event)

    async def _say_nothing_heard(self, *, is_noisy: bool) -> None:
        await self._switch_off()
        if not self._is_released:
            await self._tell(voice.ONLY_NOISE if is_noisy else voice.NOTHING_HEARD)
        else:
            await self._tell(voice.CANCELLED if self._has_sound else voice.NO_SOUND)

    async def _end(self, audio: Audio) -> None:
        """Somebody has spoken: from here on it is a message that is being written."""
        if self._draft is not None:
            self._draft.cancel()
        await self._switch_off()
        if self._is_released and self._app.hearing is not None:
            await self._tell(voice.CANCELLED)
        elif await sockets.is_admitted(self._visit, self._canvas):
            self._writing = self._visit.start(self._write_down(audio), waits=False)

    async def _write_down(self, audio: Audio) -> None:
        """Makes a message of it. Stop ends this like an answer; pressing the microphone does, too."""
        preferences, is_sent = self._visit.preferences, False
        try:
            await self._canvas.emit("task_start", {})
            await self._show_line(voice.WRITING)
            transcript = await self._app.services.speech.transcribe(
                audio, preferences.spoken_language, preferences.models.get("transcription")
            )
            text = transcript.text.strip()
            await self._take_line_away()
            if text:
                exchange = Exchange(new_id(), Turn(text, preferences=preferences))
                await sockets.show_said(self._session, exchange)
                self._visit.add(exchange)
                sockets.answer(self._session, exchange)
                is_sent = True
            else:
                await self._tell(voice.NO_WORDS)
        except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
            failed = failure(error)
            await self._tell(f"{failed.message} {failed.hint}", "error")
        finally:
            await self._take_line_away()
            # The answer shows by itself that it goes on, and any other that still does.
            if not is_sent and self._visit.at_work <= 1:
                await self._canvas.emit("task_end", {})

    def _begin_draft(self, audio: Audio) -> None:
        """Writes down what was said so far, where that costs nothing and nobody else's is being written."""
        is_writing = self._draft is not None and not self._draft.done()
        if not is_writing and not self._app.drafts.locked() and self._is_local():
            self._draft = asyncio.create_task(self._write_draft(audio), name="write a draft")

    async def _write_draft(self, audio: Audio) -> None:
        preferences = self._visit.preferences
        try:
            async with self._app.drafts:
                transcript = await self._app.services.speech.transcribe(
                    audio, preferences.spoken_language, preferences.models.get("transcription")
                )
            if words := transcript.text.strip():
                shown = words if len(words) <= _MOST_SHOWN else f"… {words[-_MOST_SHOWN:]}"
                await self._show_line(f"{voice.LISTENING} {shown}")
        except VTError as error:
            logger.debug("no draft: %s", error.message)

    def _is_local(self) -> bool:
        """Whether this machine writes down what is said, so that it costs nothing."""
        wanted = self._visit.preferences.models.get("transcription")
        try:
            return (
                wanted == BUILT_IN or self._app.services.catalogue.choose("transcription", wanted).is_embedded
            )
        except NotConfigured:
            return True
        except UnknownName:
            return False

    def _missing(self) -> VTError | None:
        """Why nothing could be written down, where that is known before anybody speaks."""
        if self._app.loaded.settings.embedded:
            return None
        try:
            self._app.services.catalogue.choose(
                "transcription", self._visit.preferences.models.get("transcription")
            )
        except VTError as error:
            return error
        return None

    async def _switch_off(self) -> None:
        """Ends the page's recording, once: it takes no second word of it."""
        if self._is_page_on:
            self._is_page_on = False
            await self._canvas.emit("audio_connection", "off")

    async def _show_line(self, text: str) -> None:
        self._line.name = text
        self._is_line_shown = True
        await self._canvas.emit("new_message", self._line.as_dict(self._canvas.thread_id))

    async def _take_line_away(self) -> None:
        if self._is_line_shown:
            self._is_line_shown = False
            await self._canvas.emit("delete_message", {"id": self._line.id})

    async def _tell(self, message: str, kind: str = "info") -> None:
        await self._canvas.emit("toast", {"message": message, "type": kind})
