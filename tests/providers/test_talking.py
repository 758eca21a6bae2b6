"""Who talks: a realtime model where it is wanted and there, else our own parts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from tests.providers.hearing import sounds
from tests.talking.scene import Answers
from vtai.core.errors import MissingKey, VTError
from vtai.core.events import Notice
from vtai.core.ports.talking import Answer, HearingBegan, TalkEvent, Told
from vtai.core.sound import SpeechBegan
from vtai.core.turn import Preferences
from vtai.providers.hearing.listening import MicrophoneHearing
from vtai.providers.talking import GUARDING, ChosenTalks


@dataclass
class FakeTalk:
    fed: list[bytes] = field(default_factory=list)
    is_closed: bool = False
    interrupted: int = 0

    async def feed(self, samples: bytes, at_ms: float | None = None) -> None:
        self.fed.append(samples)

    async def events(self) -> AsyncGenerator[TalkEvent, None]:
        yield HearingBegan()

    async def interrupt(self) -> None:
        self.interrupted += 1

    async def aclose(self) -> None:
        self.is_closed = True


@dataclass
class FakeTalks:
    failure: VTError | None = None
    opened: list[FakeTalk] = field(default_factory=list)

    async def open(self, answer: Answer, preferences: Preferences) -> FakeTalk:
        if self.failure:
            raise self.failure
        self.opened.append(FakeTalk())
        return self.opened[-1]


@pytest.mark.parametrize(
    ("setting", "wanted", "is_realtime"),
    [
        (False, None, False),
        (True, None, True),
        (False, "gpt-realtime", True),
        (True, "pipeline", False),
    ],
    ids=["by default", "by the setting", "by the person's model", "against the setting"],
)
async def test_the_person_wins_over_the_setting(setting: bool, wanted: str | None, is_realtime: bool) -> None:
    pipeline, realtime = FakeTalks(), FakeTalks()
    talks = ChosenTalks(pipeline, realtime, is_realtime=setting)
    await talks.open(Answers(), Preferences(models={"realtime": wanted} if wanted else {}))
    assert (len(pipeline.opened), len(realtime.opened)) == ((0, 1) if is_realtime else (1, 0))


async def test_without_a_key_our_own_parts_talk_and_say_why() -> None:
    pipeline = FakeTalks()
    realtime = FakeTalks(MissingKey("There is no key for OpenAI.", "Set OPENAI_API_KEY."))
    talk = await ChosenTalks(pipeline, realtime, is_realtime=True).open(Answers(), Preferences())
    events = [event async for event in talk.events()]
    assert isinstance(events[0], Told)
    assert isinstance(events[0].event, Notice)
    assert "OPENAI_API_KEY" in events[0].event.text
    assert events[1:] == [HearingBegan()]
    await talk.feed(b"12")
    await talk.interrupt()
    await talk.aclose()
    (inner,) = pipeline.opened
    assert (inner.fed, inner.interrupted, inner.is_closed) == ([b"12"], 1, True)


async def noticed_after_s(name: str, level_db: float) -> float | None:
    """How much of the speech the strict ear needs to notice it, in a quiet room; None where it does not."""
    sound = sounds.spoken(name) * 10 ** (level_db / 20)
    first = next(at for at in range(0, sound.size, 160) if sounds.level(sound[at : at + 160]) > level_db - 40)
    room = sounds.in_a_room(sounds.silence(1.0), sound[first:], sounds.silence(1.0))
    ear = MicrophoneHearing(GUARDING).listen(is_hands_free=True)
    for number, (samples, _) in enumerate(sounds.pieces(sounds.microphone(room), 1920), 1):
        if any(isinstance(event, SpeechBegan) for event in await ear.feed(samples)):
            return number * 0.04 - 1.0
    return None


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.parametrize("level_db", [0, -12], ids=["near", "further away"])
async def test_who_speaks_over_a_reply_is_noticed_after_a_third_of_a_second(
    level_db: float,
) -> None:
    for name in ("story", "letter", "photograph", "weather", "picture"):
        after_s = await noticed_after_s(name, level_db)
        assert after_s is not None
        assert after_s <= 0.33


@pytest.mark.model
@pytest.mark.slow
async def test_an_echo_that_the_browser_took_out_is_not_noticed() -> None:
    assert {await noticed_after_s(name, -40) for name in sounds.WORDS} == {None}
