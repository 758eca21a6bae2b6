"""Voice at a vendor, nothing packaged: what it is asked for, what is said of refusals, what Stop ends."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
import pytest_asyncio

from tests.providers.loopback import Asked, Loopback, Reply, as_json
from tests.ui.browser import Tab
from tests.ui.program import Program, with_vendor
from tests.ui.spoken import tone
from vtai.ui import voice

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

SPEAKS, LISTENS, WRITES = "/v1/audio/speech", "/v1/audio/transcriptions", "/v1/chat/completions"
SOUND = [(b"\1" * 8_192, None)] * 6
OPTIONS = {"speech_voice": "coral", "speech_speed": 1.25, "speech_instructions": "Calm."}


class Vendor(Loopback):
    """Answers on the path `endless` until the one who asked is gone."""

    endless = ""

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path != self.endless:
            await super()._answer(asked, writer)
            return
        self.asked.append(asked)
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: audio/mpeg\r\nConnection: close\r\n\r\n")
        self.has_begun.set()
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            self.is_left.set()


def written(asked: Asked) -> Reply:
    delta = {"index": 0, "delta": {"content": "Gladly."}, "finish_reason": "stop"}
    body = f"data: {json.dumps({'id': 'x', 'choices': [delta]})}\n\ndata: [DONE]\n\n"
    return Reply(body.encode(), media_type="text/event-stream")


def reset(vendor: Vendor) -> None:
    vendor.asked.clear()
    vendor.endless, vendor.has_begun, vendor.is_left = "", asyncio.Event(), asyncio.Event()
    vendor.answers[SPEAKS] = lambda _: Reply(tone(0.2), media_type="audio/wav")
    vendor.answers[LISTENS] = lambda _: as_json({"text": "Tell me a story."})
    vendor.answers[WRITES] = written


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vendor() -> AsyncGenerator[Vendor, None]:
    async with Vendor({}) as running:
        reset(running)
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(vendor: Vendor, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Program, None]:
    running = with_vendor(tmp_path_factory.mktemp("program"), f"{vendor.url}/v1")
    await asyncio.to_thread(running.__enter__)
    yield running
    await asyncio.to_thread(running.__exit__)


@pytest.fixture(autouse=True)
def forgetful(vendor: Vendor) -> None:
    reset(vendor)


def asked(vendor: Vendor, path: str) -> list[Asked]:
    return [each for each in vendor.asked if each.path == path]


def form(request: Asked) -> dict[str, bytes]:
    """The fields of a form by name, and the name of the file under "filename"."""
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    fields: dict[str, bytes] = {}
    for part in request.body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        names = dict(re.findall(rb'(name|filename)="([^"]*)"', head))
        fields[names[b"name"].decode()] = value.removesuffix(b"\r\n")
        if b"filename" in names:
            fields["filename"] = names[b"filename"]
    return fields


async def dictate(tab: Tab) -> None:
    await tab.press_microphone()
    await tab.send_sound(SOUND)
    await tab.emit("audio_end")


async def test_what_is_said_goes_to_the_vendors_ears_and_its_words_to_the_model(
    program: Program, vendor: Vendor
) -> None:
    async with Tab(program.url) as tab:
        await tab.emit("chat_settings_change", {"spoken_language": "de"})
        await dictate(tab)
        await tab.until(lambda: bool(tab.ended))
        (message,) = tab.screen.of_kind("user_message")
        assert (message["output"], tab.answers) == ("Tell me a story.", ["Gladly."])
        assert tab.toasts == [voice.PRESS_AGAIN]
    (heard,) = asked(vendor, LISTENS)
    fields = form(heard)
    sound = fields.pop("file")
    assert fields == {
        "model": b"gpt-transcribe",
        "language": b"de",
        "response_format": b"json",
        "filename": b"speech.wav",
    }
    assert (sound[:4], sound[44:]) == (b"RIFF", b"\1" * 8_192 * 6)
    assert heard.headers["authorization"] == "Bearer sk-of-the-test"
    assert asked(vendor, WRITES)[-1].json["messages"][-1]["content"] == "Tell me a story."


async def test_the_vendors_voice_is_asked_for_model_voice_format_speed_and_manner(
    program: Program, vendor: Vendor
) -> None:
    async with Tab(program.url) as tab:
        await tab.ask("Good morning.", command="speak")
        await tab.emit("chat_settings_change", OPTIONS)
        await tab.ask("Good evening.", command="speak")
    plain, chosen = [request.json for request in asked(vendor, SPEAKS)]
    wanted = {"model": "gpt-4o-mini-tts", "response_format": "mp3"}
    assert plain == wanted | {"input": "Good morning.", "voice": "alloy"}
    assert chosen == wanted | {
        "input": "Good evening.",
        "voice": "coral",
        "speed": 1.25,
        "instructions": "Calm.",
    }


async def test_a_voice_that_the_vendor_does_not_know_says_where_to_choose_another(
    program: Program, vendor: Vendor
) -> None:
    refusal = {"message": "Invalid value for voice: 'coral'.", "param": "voice"}
    vendor.answers[SPEAKS] = lambda _: as_json({"error": refusal}, 400)
    async with Tab(program.url) as tab:
        await tab.emit("chat_settings_change", OPTIONS)
        answer = await tab.ask("Good morning.", command="speak")
    assert "Invalid value for voice" in answer
    assert "gpt-tts may not know the voice 'coral'" in answer
    assert "settings under Voice" in answer


async def speak(tab: Tab) -> None:
    await tab.say("Good morning.", command="speak")


@pytest.mark.parametrize(
    ("path", "begin"), [(SPEAKS, speak), (LISTENS, dictate)], ids=["speaking", "writing down"]
)
async def test_stop_ends_the_request_at_the_vendor(
    program: Program, vendor: Vendor, path: str, begin: Callable[[Tab], Any]
) -> None:
    vendor.endless = path
    async with Tab(program.url) as tab, asyncio.timeout(30):
        await begin(tab)
        await vendor.has_begun.wait()
        await tab.emit("stop")
        await vendor.is_left.wait()
        assert tab.screen.custom("Speech") == []
    assert len(asked(vendor, path)) == 1


async def test_the_sound_of_one_person_is_no_file_for_another(program: Program) -> None:
    import httpx

    async with Tab(program.url) as mine, Tab(program.url) as theirs:
        await mine.ask("Good morning.", command="speak")
        (file,) = mine.screen.custom("Speech")[-1]["files"]
        async with httpx.AsyncClient(base_url=program.url) as http:
            url = f"/project/file/{file['key']}"
            own = await http.get(url, params={"session_id": mine.session})
            other = await http.get(url, params={"session_id": theirs.session})
    assert own.content[:4] == b"RIFF"
    assert other.status_code in {401, 403, 404}
    assert theirs.screen.named("element") == []


async def test_without_ears_of_any_kind_the_microphone_says_what_is_missing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("deaf")
    variables = {"HOME": str(folder), "VT_EMBEDDED": "false", "DEEPSEEK_API_KEY": "sk-of-the-test"}
    running = Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables)
    await asyncio.to_thread(running.__enter__)
    try:
        async with Tab(running.url) as tab:
            await tab.press_microphone()
            await tab.until(lambda: bool(tab.toasts))
            await tab.send_sound(SOUND[:1])
            await tab.until(lambda: tab.screen.named("audio_connection") == ["on", "off"])
        assert "OPENAI_API_KEY" in tab.toasts[0]
    finally:
        await asyncio.to_thread(running.__exit__)
