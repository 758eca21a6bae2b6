"""The microphone over the page's socket, with ears that read letters: see `voiced`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui.browser import Tab
from tests.ui.program import Program
from tests.ui.served import SECRET
from tests.ui.voiced import pieces
from vtai.ui import voice

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def voiced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("voiced")
    (folder / "temporary").mkdir()
    variables = {"TMPDIR": str(folder / "temporary")}
    with Program(folder, ("-m", "tests.ui.voiced", str(folder / "requests")), variables) as program:
        yield program


@pytest.fixture(autouse=True)
def waiting(voiced: Program) -> None:
    """Nobody has told the ears yet to go on."""
    (voiced.folder / "go").unlink(missing_ok=True)


def said(tab: Tab) -> list[str]:
    return [step["output"] for step in tab.screen.of_kind("user_message")]


def lines(tab: Tab) -> list[str]:
    """What the small line under the chat ever said."""
    steps = [data for name, data in tab.screen.sent if name == "new_message" and data["type"] == "undefined"]
    return [step["name"] for step in steps if step["name"].startswith(("Listening", "Writing"))]


def shown_lines(tab: Tab) -> list[str]:
    names = [step["name"] for step in tab.screen.of_kind("undefined")]
    return [name for name in names if name.startswith(("Listening", "Writing"))]


def is_busy(tab: Tab) -> bool:
    tasks = [name for name, _ in tab.screen.sent if name in {"task_start", "task_end"}]
    return tasks[-1:] == ["task_start"]


async def test_who_stops_speaking_has_sent_a_message_that_is_answered_like_a_typed_one(
    voiced: Program,
) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("00abba000"))
        await tab.until(lambda: bool(tab.ended))
        assert said(tab) == ["heard aba"]
        assert tab.screen.named("audio_connection") == ["on", "off"]
        (message,) = tab.screen.of_kind("user_message")
        assert tab.ended[0]["parentId"] == message["id"]
        assert tab.screen.footer["props"]["route"]["name"] == "text"
        assert tab.screen.named("first_interaction")[0]["interaction"] == "heard aba"
        assert (lines(tab)[0], lines(tab)[-1]) == (voice.LISTENING, voice.WRITING)
        assert shown_lines(tab) == []
    assert ["user", "heard aba"] in voiced.requests[-1]["messages"]


async def test_what_was_said_can_be_changed_like_typed_text(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: bool(tab.ended))
        (message,) = tab.screen.of_kind("user_message")
        changed = {"id": message["id"], "threadId": "", "output": "heard something else"}
        await tab.emit("edit_message", {"message": changed})
        await tab.until(lambda: len(tab.ended) == 2)
    users = [text for role, text in voiced.requests[-1]["messages"] if role == "user"]
    assert users == ["heard something else"]


async def test_words_are_shown_while_somebody_speaks(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("ab"))
        await tab.until(lambda: f"{voice.LISTENING} heard ab" in lines(tab))
        assert said(tab) == []
        await tab.send_sound(pieces("c000", 340))
        await tab.until(lambda: bool(tab.ended))
        assert said(tab) == ["heard abc"]


async def test_pieces_keep_their_times_when_they_arrive_out_of_order(voiced: Program) -> None:
    first, second, third, *rest = pieces("abcd000")
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound([second, first, *rest[:1], third, *rest[1:]])
        await tab.until(lambda: bool(tab.ended))
        assert said(tab) == ["heard abcd"]


@pytest.mark.parametrize(
    ("sound", "told"),
    [
        ("0" * 12, voice.NOTHING_HEARD),
        ("9" * 12, voice.ONLY_NOISE),
        ("n000", voice.NO_WORDS),
        ("f000", "The vendor failed on its side. Try again."),
    ],
    ids=["silence", "noise", "no words", "a vendor that fails"],
)
async def test_what_gives_no_words_is_no_message_and_says_why(voiced: Program, sound: str, told: str) -> None:
    before = len(voiced.requests)
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces(sound))
        await tab.until(lambda: bool(tab.toasts))
        await tab.until(lambda: not shown_lines(tab))
        assert tab.toasts == [told]
        assert tab.screen.named("audio_connection") == ["on", "off"]
        assert said(tab) == []
        # The page takes messages again.
        await tab.until(lambda: not is_busy(tab))
        await tab.ask("and now in writing")
    assert len(voiced.requests) == before + 1


async def test_no_text_of_an_exception_is_told(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("x000"))
        await tab.until(lambda: bool(tab.toasts))
        assert "reference" in tab.toasts[0]
    assert SECRET not in tab.everything


@pytest.mark.parametrize(
    ("sound", "told"),
    [("00", voice.CANCELLED), ("", voice.NO_SOUND), ("0ab", voice.CANCELLED)],
    ids=["nothing said", "no sound at all", "something said"],
)
async def test_pressing_again_cancels_whatever_was_said(voiced: Program, sound: str, told: str) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces(sound))
        await tab.emit("audio_end")
        await tab.until(lambda: bool(tab.toasts) and not shown_lines(tab))
        assert tab.toasts == [told]
        assert said(tab) == []
        # The page has ended its recording by itself, and takes no second word of it.
        assert tab.screen.named("audio_connection") == ["on"]


async def test_stop_ends_the_writing_down(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("w000"))
        await tab.until(lambda: voice.WRITING in shown_lines(tab))
        await tab.emit("stop")
        await tab.until(lambda: not shown_lines(tab) and not is_busy(tab))
        voiced.go_on()
        await tab.ask("in writing then")
        assert said(tab) == []


async def test_pressing_again_while_it_is_written_down_cancels_that_and_listens_anew(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("w000"))
        await tab.until(lambda: voice.WRITING in shown_lines(tab))
        await tab.press_microphone()
        await tab.until(lambda: not shown_lines(tab))
        voiced.go_on()
        await tab.send_sound(pieces("b000"))
        await tab.until(lambda: bool(tab.ended))
        assert said(tab) == ["heard b"]
        assert tab.screen.named("audio_connection") == ["on", "off", "on", "off"]


async def test_a_recording_that_is_too_long_is_sent_as_it_is(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("a" * 60))
        await tab.until(lambda: bool(tab.ended))
        assert tab.toasts == ["A recording takes at most 5 minutes; this is sent as it is."]
        assert said(tab) == ["heard a"]


async def test_a_flood_is_cut_and_the_page_lives(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound([(b"_", None)] * 1_000)
        await tab.until(lambda: bool(tab.toasts))
        assert "More sound came in" in tab.toasts[0]
        assert tab.screen.named("audio_connection") == ["on", "off"]
        await tab.ask("still there?")
        assert len(tab.toasts) == 1


@pytest.mark.parametrize("payload", [None, [], {"data": "text"}, {"data": 7}, {}], ids=repr)
async def test_what_is_no_sound_is_passed_over(voiced: Program, payload: Any) -> None:
    async with Tab(voiced.url) as tab:
        await tab.emit("audio_chunk", payload)
        await tab.emit("audio_end")
        await tab.press_microphone()
        await tab.emit("audio_chunk", payload)
        await tab.send_sound(pieces("a000"))
        await tab.until(lambda: bool(tab.ended))
        assert said(tab) == ["heard a"]


async def test_of_two_people_at_once_each_is_heard_alone(voiced: Program) -> None:
    async with Tab(voiced.url) as one, Tab(voiced.url) as other:
        await one.press_microphone()
        await other.press_microphone()
        for mine, theirs in zip(pieces("aaca000"), pieces("bbdb000"), strict=True):
            await one.send_sound([mine])
            await other.send_sound([theirs])
        await one.until(lambda: bool(one.ended))
        await other.until(lambda: bool(other.ended))
        assert (said(one), said(other)) == (["heard aca"], ["heard bdb"])
    assert "heard b" not in one.everything
    assert "heard a" not in other.everything


async def test_a_chat_that_is_closed_forgets_what_was_being_said(voiced: Program) -> None:
    heard, closed = len(voiced.heard), len(voiced.closed)
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("0e"))
        await tab.until(lambda: voice.LISTENING in lines(tab))
        await tab.emit("clear_session")
        async with asyncio.timeout(20):
            while len(voiced.closed) == closed:
                await asyncio.sleep(0.02)
        await tab.send_sound(pieces("e000"))
        await tab.ask("is anybody there?")
        assert said(tab) == []
    assert len(voiced.heard) == heard


async def test_the_microphone_that_is_opened_anew_forgets_what_was_said_before(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("c"))
        await tab.press_microphone()
        await tab.send_sound(pieces("d000"))
        await tab.until(lambda: bool(tab.ended))
        assert said(tab) == ["heard d"]
        assert tab.screen.named("audio_connection") == ["on", "on", "off"]


async def test_what_is_said_during_an_answer_is_shown_at_once_and_answered_next(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.say("go slowly")
        await tab.until(lambda: any("piece 1" in answer for answer in tab.answers))
        await tab.press_microphone()
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: said(tab) == ["heard ab"])
        assert tab.ended == []
        assert is_busy(tab)
        await tab.emit("stop")
        await tab.until(lambda: len(tab.ended) == 1)


async def test_the_language_and_the_model_of_the_settings_are_asked_for(voiced: Program) -> None:
    async with Tab(voiced.url) as tab:
        await tab.emit("chat_settings_change", {"model_transcription": "large"})
        await tab.press_microphone()
        await tab.send_sound(pieces("qrs000"))
        await tab.until(lambda: bool(tab.ended))
    # A vendor is asked once, at the end: what is said until then would cost money.
    (asked,) = [line for line in voiced.heard if line["heard"].startswith("q")]
    assert (asked["language"], asked["model"]) == ("de", "large")


async def test_nothing_of_a_recording_is_in_a_file_while_it_is_written_down_and_after(
    voiced: Program,
) -> None:
    def holding() -> list[Path]:
        files = [path for path in voiced.folder.rglob("*") if path.is_file()]
        return [path for path in files if b"w" * 1_000 in path.read_bytes()]

    async with Tab(voiced.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("aw000"))
        await tab.until(lambda: voice.WRITING in shown_lines(tab))
        assert holding() == []
        voiced.go_on()
        await tab.until(lambda: bool(tab.ended))
        assert holding() == []
    assert list((voiced.folder / "temporary").iterdir()) == []
