"""A conversation with a realtime model, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.providers.catalogues import catalogue_of
from tests.standins.realtime import RealtimeServer
from tests.talking.scene import (
    DECISION,
    Answers,
    FakeHearing,
    ManualClock,
    Scene,
    ScriptedSpeech,
    plain,
)
from vtai.core.ports.talking import ReplyEnded
from vtai.core.routes import Decision
from vtai.core.turn import Preferences
from vtai.providers.realtime import RealtimeTalks

KEY = "sk-realtime-0123456789abcdef"
WEB = Decision("web-search", 0.9, "It is about today.", "test")
OWN_SERVER = """
[vendors.work]
base_url = "http://127.0.0.1:9/v1"
[[models]]
name = "work-voice"
vendor = "work"
id = "voice-1"
capabilities = ["realtime"]
"""


class Stage(Scene):
    """A scene in which the vendor hears. Time stands still unless it is moved."""

    server: RealtimeServer

    async def until_told(self, kind: type, count: int = 1) -> None:
        await self.until(lambda events: sum(isinstance(event, kind) for event in events) >= count)

    async def until_ended(self, count: int = 1) -> None:
        """Moves time until so many replies have ended."""
        async with asyncio.timeout(30):
            while len(self.of(ReplyEnded)) < count:
                await self.time.advance(0.5)
                await asyncio.sleep(0.01)


def talks_at(
    server_url: str, speech: ScriptedSpeech, time: ManualClock, decision: Decision = DECISION
) -> RealtimeTalks:
    async def decide(text: str) -> Decision:
        return decision

    catalogue = catalogue_of({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server_url})
    return RealtimeTalks(catalogue, decide, speech, plain, "Be brief.", clock=time.clock)


@asynccontextmanager
async def stage_of(
    *scripts: list[object], decision: Decision = DECISION, preferences: Preferences | None = None
) -> AsyncGenerator[Stage, None]:
    speech, time, answers = ScriptedSpeech(), ManualClock(), Answers(list(scripts))  # type: ignore[arg-type]
    async with RealtimeServer() as server:
        talks = talks_at(server.url, speech, time, decision)
        talk = await talks.open(answers, preferences or Preferences())
        stage = Stage(talk, FakeHearing(), FakeHearing(), speech, answers, time)
        stage.server = server
        reading = asyncio.create_task(stage.read())
        try:
            yield stage
        finally:
            await talk.aclose()
            await reading
