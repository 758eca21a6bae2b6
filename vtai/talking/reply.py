"""One answer: its events told, its words spoken as they come, kept back until it is sure to be the one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from vtai.core.errors import VTError
from vtai.core.events import (
    Event,
    Failed,
    Notice,
    RouteChosen,
    SpeechPiece,
    TextDelta,
    ThinkingDelta,
)
from vtai.core.ports.talking import SoundOut, TalkEvent, Told
from vtai.core.sound import Audio
from vtai.talking import words
from vtai.talking.options import Decode, TalkOptions
from vtai.talking.playing import Clock, Player
from vtai.talking.stages import FIRST_SOUND, Stages

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What a reply is made with. `speak` says what no handler speaks, such as a failure."""

    speak: Callable[[str], Awaitable[Audio]]
    decode: Decode
    options: TalkOptions
    clock: Clock


class Reply:
    """Tells and speaks the events of an answer. `run` it in a task; cancelled, it stops request and sound.

    Nothing is told before it is committed: with the first sound, with an event that is more than text, or
    after a while; `begun` is called then. While it is held it cannot be committed.
    """

    def __init__(
        self,
        answer: AsyncGenerator[Event, None],
        put: Callable[[TalkEvent], None],
        means: Means,
        stages: Stages,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        self.stages = stages
        self.is_committed = False
        self.spoken = ""
        self._answer = answer
        self._put = put
        self._begun = begun
        self._means = means
        self._kept: list[TalkEvent] = []
        self._may_commit = asyncio.Event()
        self._may_commit.set()
        self._is_mute = False
        self.player = Player(self._sound, means.options, means.clock)

    def hold(self) -> None:
        """It may not be the one: somebody goes on speaking."""
        self._may_commit.clear()

    def release(self) -> None:
        """It is the one after all."""
        self._may_commit.set()

    async def run(self) -> None:
        """Until everything is told and heard."""
        playing = asyncio.create_task(self.player.run())
        waiting = asyncio.create_task(self._commit_after_a_while())
        try:
            async with aclosing(self._told()) as events:
                async for event in events:
                    await self._take(event)
            await self._commit()
            self.player.finish()
            await playing
        finally:
            playing.cancel()
            waiting.cancel()
            await asyncio.gather(playing, waiting, return_exceptions=True)

    async def _told(self) -> AsyncGenerator[Event, None]:
        """The events of the answer; what it raises becomes one of them."""
        try:
            async with aclosing(self._answer) as events:
                async for event in events:
                    yield event
        except VTError as error:
            yield Failed(error.message, error.hint)

    async def _take(self, event: Event) -> None:
        self.stages.hear(event)
        match event:
            case SpeechPiece():
                self.spoken = f"{self.spoken} {event.text}"
                await self._commit()
                await self._say(Audio(event.data, event.media_type))
                return
            case RouteChosen() | TextDelta() | ThinkingDelta() | Notice():
                pass
            case _:
                await self._commit()
        self._tell(Told(event))
        if text := words.aloud(event):
            await self._say_ourselves(text)

    async def _say(self, audio: Audio) -> None:
        try:
            samples = await self._means.decode(audio)
        except VTError as error:
            logger.info("a piece of speech cannot be played: %s", type(error).__name__)
            if not self._is_mute:
                self._tell(Told(Notice("speech", f"A part was not spoken: {error.message}")))
            self._is_mute = True
            return
        await self.player.add(samples)

    async def _say_ourselves(self, text: str) -> None:
        try:
            audio = await self._means.speak(text)
        except VTError as error:
            # It stands on the page; there is nothing more to be said about it.
            logger.info("a message cannot be spoken: %s", type(error).__name__)
            return
        self.spoken = f"{self.spoken} {text}"
        await self._say(audio)

    async def _commit_after_a_while(self) -> None:
        await self._means.clock.sleep(self._means.options.hold_s)
        await self._commit()

    async def _commit(self) -> None:
        await self._may_commit.wait()
        if self.is_committed:
            return
        self.is_committed = True
        self._begun()
        for event in self._kept:
            self._put(event)
        self._kept.clear()

    def _tell(self, event: TalkEvent) -> None:
        if self.is_committed:
            self._put(event)
        else:
            self._kept.append(event)

    def _sound(self, sound: SoundOut) -> None:
        self.stages.mark(FIRST_SOUND)
        self._put(sound)
