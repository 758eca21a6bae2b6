"""Speaking over the page's socket: spoken replies, the Speak button, and the settings that say how."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.browser import Tab
from tests.ui.program import Program
from tests.ui.test_protocol import press

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("spoken")
    with Program(folder, ("-m", "tests.ui.spoken", str(folder / "requests"))) as program:
        yield program


@pytest.fixture(autouse=True)
def waiting(spoken: Program) -> None:
    """Nobody has told the voice yet to go on."""
    (spoken.folder / "go").unlink(missing_ok=True)


def player(tab: Tab) -> dict[str, Any]:
    return (tab.screen.custom("Speech") or [{"state": "", "pieces": [], "files": []}])[-1]


def fetched(spoken: Program, tab: Tab, key: str) -> bytes:
    url = f"{spoken.url}/project/file/{key}?session_id={tab.session}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


async def test_every_reply_is_spoken_where_the_person_wants_that(spoken: Program) -> None:
    before = len(spoken.spoken)
    async with Tab(spoken.url) as tab:
        chosen = {"speech_automatic": True, "speech_voice": "amy", "speech_speed": 1.25}
        await tab.emit(
            "chat_settings_change", chosen | {"speech_instructions": "Calm.", "model_speech": "large"}
        )
        await tab.ask("hello")
        assert player(tab)["state"] == "done"
        (file,) = player(tab)["files"]
        whole = await asyncio.to_thread(fetched, spoken, tab, file["key"])
        part = await asyncio.to_thread(fetched, spoken, tab, player(tab)["pieces"][0]["key"])
    assert (whole[:4], part[:4]) == (b"RIFF", b"RIFF")
    asked = spoken.spoken[before]
    assert [asked[each] for each in ("voice", "speed", "instructions", "model")] == [
        "amy",
        1.25,
        "Calm.",
        "large",
    ]


async def test_the_speak_button_speaks_that_reply_and_not_the_newest(spoken: Program) -> None:
    before = len(spoken.spoken)
    async with Tab(spoken.url) as tab:
        first = await tab.ask("hello")
        reply = tab.screen.footer["props"]["reply"]
        await tab.ask("and again")
        assert await press(spoken, tab, "vtai_speak", reply=reply) == 200
        await tab.until(lambda: player(tab)["state"] == "done")
        assert player(tab)["reply"] == reply
    said = " ".join(line["spoke"] for line in spoken.spoken[before:])
    assert said.split()[-2:] == first.split()[-2:]


async def test_words_that_were_only_spoken_are_remembered_and_can_be_spoken_again(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await tab.ask("good morning, everybody", command="speak")
        footer = tab.screen.footer["props"]
        assert (footer["route"]["name"], footer["speaks"]) == ("speech", True)
        before = len(spoken.spoken)
        await press(spoken, tab, "vtai_speak", reply=footer["reply"])
        await tab.until(lambda: len(spoken.spoken) > before and player(tab)["state"] == "done")
        await tab.ask("what was that")
    assert any(
        role == "assistant" and "good morning" in text for role, text in spoken.requests[-1]["messages"]
    )


async def test_a_reply_that_is_being_spoken_is_stopped_by_its_button(spoken: Program) -> None:
    text = "Good morning to all of you, my dear friends. Now have patience with me."
    async with Tab(spoken.url) as tab:
        await tab.say(text, command="speak")
        await tab.until(lambda: len(player(tab)["pieces"]) == 1)
        spoken.go_on()
        await tab.until(lambda: bool(tab.ended))
        (spoken.folder / "go").unlink()
        reply = tab.screen.footer["props"]["reply"]
        await press(spoken, tab, "vtai_speak", reply=reply)
        await tab.until(lambda: (player(tab)["state"], len(player(tab)["pieces"])) == ("making", 1))
        await press(spoken, tab, "vtai_hush")
        await tab.until(lambda: player(tab)["state"] == "stopped")
        await press(spoken, tab, "vtai_hush")
        assert tab.toasts == []


async def test_nobody_speaks_the_reply_of_another_chat(spoken: Program) -> None:
    async with Tab(spoken.url) as mine, Tab(spoken.url) as theirs:
        await mine.ask("hello")
        await press(spoken, theirs, "vtai_speak", reply=mine.screen.footer["props"]["reply"])
        await theirs.until(lambda: bool(theirs.toasts))
        assert "not remembered" in theirs.toasts[0]
        assert theirs.screen.custom("Speech") == []
