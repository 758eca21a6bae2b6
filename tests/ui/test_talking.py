"""A conversation by voice over the page's socket, with a microphone of letters: see `spoken` and `voiced`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.browser import Tab
from tests.ui.program import Program
from tests.ui.test_voice_protocol import is_busy, said
from tests.ui.voiced import pieces
from vtai.ui import lines, voice

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("talked")
    with Program(folder, ("-m", "tests.ui.spoken", str(folder / "requests"))) as program:
        yield program


@pytest.fixture(autouse=True)
def waiting(spoken: Program) -> None:
    """Nobody has told ears and voice yet to go on."""
    (spoken.folder / "go").unlink(missing_ok=True)


async def begin(tab: Tab) -> None:
    await tab.emit("chat_settings_change", {"microphone": "conversation"})
    await tab.press_microphone()


def shown(tab: Tab) -> list[str]:
    """What the line under the chat says now."""
    names = [step["name"] for step in tab.screen.of_kind("undefined")]
    return [name for name in names if name.startswith("Hands-free")]


def sound(tab: Tab) -> bytes:
    return b"".join(chunk["data"] for chunk in tab.screen.named("audio_chunk"))


async def test_two_things_that_are_said_are_two_turns_answered_aloud(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await begin(tab)
        await tab.until(lambda: shown(tab) == [lines.LISTENING])
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: shown(tab) == [lines.SPEAKING])
        assert said(tab) == ["heard ab"]
        assert is_busy(tab)
        await tab.until(lambda: len(tab.ended) == 1 and shown(tab) == [lines.LISTENING])
        assert not is_busy(tab)
        first = len(sound(tab))
        # A second of tone for each piece that was spoken, at 24 kHz.
        assert first
        assert first % 48_000 == 0
        await tab.send_sound(pieces("cd000", 2_000))
        await tab.until(lambda: len(tab.ended) == 2)
        assert said(tab) == ["heard ab", "heard cd"]
        assert len(sound(tab)) > first
        assert tab.screen.footer["props"]["route"]["name"] == "text"
        assert tab.screen.footer["props"]["outcome"] == "done"
        assert [e["forId"] for e in tab.screen.elements.values() if e["name"] == "Speech"] != []
        tracks = {chunk["track"] for chunk in tab.screen.named("audio_chunk")}
        assert len(tracks) == 2
    messages = spoken.requests[-1]["messages"]
    assert [text for role, text in messages if role == "user"] == ["heard ab", "heard cd"]


async def test_what_was_said_is_sent_elsewhere_like_a_typed_message(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await begin(tab)
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: len(tab.ended) == 1)
        await tab.emit("audio_end")
        await tab.until(lambda: shown(tab) == [])
        await tab.ask("and typed")
    users = [text for role, text in spoken.requests[-1]["messages"] if role == "user"]
    assert users == ["heard ab", "and typed"]


async def test_who_speaks_over_a_reply_stops_its_sound_and_is_answered(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await begin(tab)
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: bool(sound(tab)))
        before = len(tab.screen.named("audio_interrupt"))
        await tab.send_sound(pieces("cd", 2_000))
        await tab.until(lambda: len(tab.screen.named("audio_interrupt")) > before)
        events = [name for name, _ in tab.screen.sent]
        assert "audio_chunk" not in events[len(events) - events[::-1].index("audio_interrupt") :]
        await tab.until(lambda: len(tab.ended) == 1)
        await tab.send_sound(pieces("000", 2_400))
        await tab.until(lambda: len(tab.ended) == 2)
        assert said(tab) == ["heard ab", "heard cd"]
        footers = [e["props"]["outcome"] for e in tab.screen.elements.values() if e["name"] == "ReplyFooter"]
        assert footers == ["stopped", "done"]


async def test_stop_ends_the_reply_and_the_conversation_goes_on(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await begin(tab)
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: bool(sound(tab)))
        await tab.emit("stop")
        await tab.until(lambda: len(tab.ended) == 1 and shown(tab) == [lines.LISTENING])
        assert tab.screen.footer["props"]["outcome"] == "stopped"
        assert "off" not in tab.screen.named("audio_connection")
        await tab.send_sound(pieces("cd000", 2_000))
        await tab.until(lambda: len(tab.ended) == 2)


async def test_pressing_the_button_again_ends_it_all(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await begin(tab)
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: bool(sound(tab)))
        await tab.emit("audio_end")
        await tab.until(lambda: len(tab.ended) == 1 and shown(tab) == [])
        assert tab.screen.sent[-1][0] != "audio_chunk"
        assert not is_busy(tab)
        assert tab.toasts == []
        await tab.press_microphone()
        await tab.send_sound(pieces("cd000"))
        await tab.until(lambda: len(tab.ended) == 2)


async def test_ears_that_fail_again_and_again_end_it_with_words(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await begin(tab)
        for number in range(3):
            await tab.send_sound(pieces("f000", number * 2_000))
        await tab.until(lambda: "off" in tab.screen.named("audio_connection"))
        assert tab.toasts[-1] == "The vendor failed on its side. Try again."
        await tab.until(lambda: shown(tab) == [])
        assert said(tab) == []


async def test_a_flood_of_sound_ends_it_with_words(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await begin(tab)
        await tab.send_sound([(b"a" * 70_000, 100.0)])
        await tab.until(lambda: bool(tab.toasts))
        await tab.until(lambda: "off" in tab.screen.named("audio_connection") and shown(tab) == [])
        assert tab.toasts == [lines.FLOODED]


async def test_one_message_is_what_the_microphone_takes_until_told_otherwise(spoken: Program) -> None:
    async with Tab(spoken.url) as tab:
        await tab.press_microphone()
        await tab.send_sound(pieces("ab000"))
        await tab.until(lambda: len(tab.ended) == 1)
        assert tab.screen.named("audio_connection") == ["on", "off"]
        assert sound(tab) == b""


async def test_without_a_listener_the_button_is_pressed_again_to_send(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.press_microphone()
        await tab.until(lambda: tab.toasts == [voice.PRESS_AGAIN])
        await tab.send_sound([(b"\1" * 8_192, None)] * 6)
        await tab.emit("audio_end")
        await tab.until(lambda: bool(tab.ended))
        assert said(tab) == ["hello"]
        await tab.press_microphone()
        await tab.send_sound([(b"\1" * 100, None)])
        await tab.emit("audio_end")
        await tab.until(lambda: len(tab.toasts) == 2)
        assert tab.toasts[-1] == voice.CANCELLED
