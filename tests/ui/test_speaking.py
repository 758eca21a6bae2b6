"""Replies aloud: the player that is drawn while sound comes, and the Speak button's part of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests import fakes
from tests.ui.recorder import Recorder
from tests.ui.spoken import tone
from tests.ui.test_draw import CHOSEN, drawn
from vtai.core import events
from vtai.core.errors import VendorDown, VTError
from vtai.core.events import FileReady, SpeechPiece, TextDelta
from vtai.core.ports import Audio
from vtai.core.turn import Preferences, SpeechOptions
from vtai.ui import speaking
from vtai.ui.paper import Step
from vtai.ui.session import Said, Visit

FILE = FileReady("speech.wav", "audio/wav", b"whole", "One. Two.")


def piece(number: int) -> SpeechPiece:
    return SpeechPiece(number, "audio/wav", b"part", f"Sentence {number}.")


def players(canvas: Recorder) -> list[dict[str, Any]]:
    return canvas.custom("Speech")


async def test_sentences_come_one_by_one_into_one_player_and_the_whole_is_its_download() -> None:
    canvas = await drawn([CHOSEN, TextDelta("One. Two."), piece(0), piece(1), FILE])
    shown = [e["props"] for e in canvas.named("element") if e["name"] == "Speech"]
    assert [(len(each["pieces"]), len(each["files"])) for each in shown] == [(1, 0), (2, 0), (2, 1), (2, 1)]
    (player,) = players(canvas)
    assert [each["text"] for each in player["pieces"]] == ["Sentence 0.", "Sentence 1."]
    assert [each["name"] for each in player["files"]] == ["speech.wav"]
    assert (player["state"], player["begins"]) == ("done", True)
    assert player["reply"] == canvas.footer["props"]["reply"]
    assert canvas.footer["props"]["speaks"]


async def test_a_player_stands_in_the_bubble_of_its_words() -> None:
    canvas = await drawn([CHOSEN, TextDelta("One."), piece(0), FILE])
    (message,) = canvas.of_kind("assistant_message")
    assert [e["forId"] for e in canvas.elements.values() if e["name"] == "Speech"] == [message["id"]]


async def test_a_step_that_runs_goes_on_while_sound_comes() -> None:
    script = (
        TextDelta("One."),
        events.ToolStarted("1", "clock"),
        piece(0),
        events.ToolFinished("1", "noon", seconds=1.0),
    )
    canvas = await drawn([CHOSEN, *script])
    assert [step["name"] for step in canvas.of_kind("tool")] == ["clock · 1.0 s"]
    assert len(players(canvas)) == 1


async def test_what_only_is_spoken_has_a_bubble_of_its_own() -> None:
    canvas = await drawn([CHOSEN, piece(0), FILE])
    assert len(canvas.of_kind("assistant_message")) == 1
    assert canvas.footer["props"]["speaks"]


@pytest.mark.parametrize("outcome", ["stopped", "failed"])
async def test_a_reply_that_ends_early_says_so_to_its_player(outcome: Any) -> None:
    canvas = await drawn([CHOSEN, TextDelta("One."), piece(0)], outcome)
    assert players(canvas)[0]["state"] == outcome


async def test_a_long_reply_is_not_sent_anew_with_each_sentence_and_whole_in_the_end() -> None:
    canvas = await drawn([CHOSEN, *(piece(number) for number in range(100)), FILE])
    shown = [e["props"] for e in canvas.named("element") if e["name"] == "Speech"]
    assert max(len(each["pieces"]) for each in shown[:-1]) == 40
    assert shown[-3]["first"] == 60
    assert (shown[-1]["first"], len(shown[-1]["pieces"])) == (0, 100)


async def test_sound_that_is_no_speech_stands_for_itself() -> None:
    canvas = await drawn([CHOSEN, TextDelta("A bell."), FileReady("bell.wav", "audio/wav", b"ding")])
    assert players(canvas) == []
    assert [e["type"] for e in canvas.elements.values() if e["name"] == "bell.wav"] == ["audio"]


async def test_speech_that_was_heard_already_does_not_begin_by_itself() -> None:
    canvas = await drawn([CHOSEN, TextDelta("One."), FILE])
    (player,) = players(canvas)
    assert not player["begins"]


async def test_a_reply_without_words_offers_no_speaking() -> None:
    canvas = await drawn([CHOSEN, FileReady("cat.png", "image/png", b"png")])
    assert not canvas.footer["props"]["speaks"]


@dataclass
class Voice(fakes.FakeSpeech):
    """Speaks at once; after `most` sentences it fails, or waits for ever."""

    most: int = 100
    waits: bool = False
    asked: list[tuple[SpeechOptions, str | None]] = field(default_factory=list)

    async def speak(self, text: str, options: SpeechOptions, model: str | None = None) -> Audio:
        self.asked.append((options, model))
        if len(self.said) >= self.most and self.waits:
            await asyncio.Event().wait()
        if len(self.said) >= self.most:
            raise VendorDown("The vendor failed on its side.", "Try again.")
        self.said.append(text)
        return Audio(tone(0.01), "audio/wav")


@dataclass
class App:
    """As much of an app as speaking needs."""

    services: Any


def visit() -> Visit:
    speech = SpeechOptions(voice="amy", speed=1.5, instructions="calm")
    preferences = replace(Preferences(), models={"speech": "large"}, speech=speech)
    found = Visit(preferences)
    text = " ".join(f"This is **sentence** number {number}, and it is long enough." for number in range(9))
    found.remember("one", Said(text, Step("assistant_message", "VT.ai"), "Tell me"))
    found.remember("two", Said("Something else altogether.", Step("assistant_message", "VT.ai")))
    return found


def app_with(voice: Voice) -> Any:
    return App(replace(fakes.services(), speech=voice))


async def settled(somebody: Visit) -> None:
    while somebody.speaking is not None:
        await asyncio.sleep(0)
        await asyncio.wait({somebody.speaking})


def toasts(canvas: Recorder) -> list[str]:
    return [toast["message"] for toast in canvas.named("toast")]


async def test_a_reply_is_spoken_with_what_the_person_chose() -> None:
    voice, canvas, somebody = Voice(), Recorder(), visit()
    await speaking.speak(app_with(voice), somebody, canvas, "one")
    await settled(somebody)
    options, model = voice.asked[0]
    assert (options.voice, options.speed, options.instructions, model) == ("amy", 1.5, "calm", "large")
    assert "*" not in "".join(voice.said)
    (player,) = players(canvas)
    assert (player["reply"], player["state"], len(player["files"])) == ("one", "done", 1)
    assert len(somebody.made) == len(player["pieces"]) + 1


async def test_a_reply_that_cannot_be_spoken_says_why_and_leaves_no_player() -> None:
    canvas, somebody = Recorder(), visit()
    await speaking.speak(app_with(Voice(most=0)), somebody, canvas, "one")
    await settled(somebody)
    assert toasts(canvas) == ["The vendor failed on its side. Try again."]
    assert players(canvas) == []


async def test_what_fails_in_the_middle_keeps_what_was_spoken() -> None:
    canvas, somebody = Recorder(), visit()
    await speaking.speak(app_with(Voice(most=1)), somebody, canvas, "one")
    await settled(somebody)
    assert ["rest was not spoken" in told for told in toasts(canvas)] == [True]
    assert (len(players(canvas)[0]["pieces"]), players(canvas)[0]["state"]) == (1, "done")


@pytest.mark.parametrize("how", ["hush", "stop"])
async def test_stopping_ends_the_request_and_the_player(how: str) -> None:
    canvas, somebody = Recorder(), visit()
    await speaking.speak(app_with(Voice(most=1, waits=True)), somebody, canvas, "one")
    while not players(canvas) or not players(canvas)[0]["pieces"]:
        await asyncio.sleep(0)
    getattr(somebody, how)()
    await settled(somebody)
    assert players(canvas)[0]["state"] == "stopped"


async def test_speaking_another_reply_ends_the_one_before() -> None:
    canvas, somebody, voice = Recorder(), visit(), Voice(most=1, waits=True)
    await speaking.speak(app_with(voice), somebody, canvas, "one")
    while not players(canvas) or not players(canvas)[0]["pieces"]:
        await asyncio.sleep(0)
    voice.most = 100
    await speaking.speak(app_with(voice), somebody, canvas, "two")
    await settled(somebody)
    assert [(each["reply"], each["state"]) for each in players(canvas)] == [
        ("one", "stopped"),
        ("two", "done"),
    ]


async def test_only_replies_of_this_chat_are_spoken() -> None:
    with pytest.raises(VTError, match="not remembered"):
        await speaking.speak(app_with(Voice()), visit(), Recorder(), "three")


def test_the_oldest_words_are_forgotten_first() -> None:
    somebody = visit()
    for number in range(400):
        somebody.remember(str(number), Said("Words.", Step("assistant_message", "VT.ai")))
    assert "one" not in somebody.said
    assert len(somebody.said) == 400


async def test_everything_of_a_speaking_visit_ends_with_it() -> None:
    canvas, somebody = Recorder(), visit()
    await speaking.speak(app_with(Voice(most=0, waits=True)), somebody, canvas, "one")
    await asyncio.sleep(0)
    await somebody.close()
    await settled(somebody)
    assert players(canvas) == []
