"""The `Talks` port: a vendor's realtime model where one is wanted and there, else our own parts."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from vtai.core.errors import VTError
from vtai.core.events import Notice
from vtai.core.ports.talking import Told
from vtai.providers.hearing.options import HearingOptions

if TYPE_CHECKING:
    from vtai.core.ports.talking import Answer, Talk, TalkEvent, Talks
    from vtai.core.turn import Preferences

logger = logging.getLogger(__name__)

# Asks for our own parts by name, whatever the setting says.
PIPELINE: Final = "pipeline"
# The strict ear: who speaks over a reply for a fifth of a second is heard. An echo is speech as well, so what
# counts has to be a good deal louder than the room. It ends early, and is soon ready again.
GUARDING: Final = HearingOptions(
    onset_frames=6,
    speech_chance=0.7,
    noisy_chance=1.01,
    above_noise_db=25.0,
    still_chance=0.15,
    end_silence_s=0.3,
    little_silence_s=0.3,
    noisy_extra_s=0.0,
    longest_s=5.0,
)


class ChosenTalks:
    """Opens the one or the other. A model that the person chose for "realtime" wins over the setting.

    `pipeline` is None where our own parts are off: a realtime model is the only way then.
    """

    def __init__(self, pipeline: Talks | None, realtime: Talks, *, is_realtime: bool = False) -> None:
        self._pipeline = pipeline
        self._realtime = realtime
        self._is_realtime = is_realtime

    async def open(self, answer: Answer, preferences: Preferences) -> Talk:
        """A realtime model that cannot be had is told as a notice, and our own parts do it."""
        wanted = preferences.models.get("realtime")
        if self._pipeline is None:
            return await self._realtime.open(answer, preferences)
        if wanted == PIPELINE or (wanted is None and not self._is_realtime):
            return await self._pipeline.open(answer, preferences)
        try:
            return await self._realtime.open(answer, preferences)
        except VTError as error:
            logger.info("no realtime conversation: %s", type(error).__name__)
            talk = await self._pipeline.open(answer, preferences)
            text = f"VT.ai's own voice talks instead of a realtime model: {error.message} {error.hint}"
            return _NoticedTalk(talk, Notice("realtime", text.strip()))


class _NoticedTalk:
    """A talk that begins with a notice."""

    def __init__(self, talk: Talk, notice: Notice) -> None:
        self._talk = talk
        self._notice = notice

    async def feed(self, samples: bytes, at_ms: float | None = None) -> None:
        await self._talk.feed(samples, at_ms)

    async def events(self) -> AsyncGenerator[TalkEvent, None]:
        yield Told(self._notice)
        async with aclosing(self._talk.events()) as events:
            async for event in events:
                yield event

    async def interrupt(self) -> None:
        await self._talk.interrupt()

    async def aclose(self) -> None:
        await self._talk.aclose()
