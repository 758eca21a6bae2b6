"""Recordings that are sent to the program as people start it: heard, or refused in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.providers.recordings import sounds
from tests.standins.remote import RemoteFast
from tests.ui.browser import Tab
from tests.ui.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.model]


@pytest.fixture(scope="module")
def vendor() -> Iterator[RemoteFast]:
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def program(vendor: RemoteFast, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    pytest.importorskip("moonshine_voice", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("files")
    variables = {
        "HOME": str(folder),
        "OPENAI_API_KEY": "sk-of-the-test",
        "OPENAI_BASE_URL": vendor.url,
        "VT_TRANSCRIPTION_MODEL": "embedded",
        "VT_KEYLESS_SEARCH": "off",
    }
    with Program(folder, ("-m", "vtai", "serve", "--port", "0"), variables) as program:
        yield program


@pytest.fixture(autouse=True)
def forgetful(vendor: RemoteFast) -> None:
    vendor.reset()


async def send(tab: Tab, name: str, content: bytes, text: str = "") -> str:
    """Attaches the file to a message; gives the answer."""
    import httpx

    async with httpx.AsyncClient(base_url=tab.url, timeout=60) as http:
        files = {"file": (name, content, "audio/mpeg")}
        answer = await http.post("/project/file", params={"session_id": tab.session}, files=files)
    assert answer.status_code == 200
    sent = {"id": tab.session, "threadId": "", "type": "user_message", "name": "User", "output": text}
    await tab.emit("client_message", {"message": sent, "fileReferences": [{"id": answer.json()["id"]}]})
    await tab.until(lambda: bool(tab.ended))
    return "\n".join(tab.answers)


async def downloaded(tab: Tab, name: str) -> str:
    import httpx

    (key,) = [each["chainlitKey"] for each in tab.screen.elements.values() if each["name"] == name]
    async with httpx.AsyncClient(base_url=tab.url) as http:
        answer = await http.get(f"/project/file/{key}", params={"session_id": tab.session})
    return answer.text


async def test_a_recording_without_a_question_is_its_words_with_times_and_two_files(
    program: Program, vendor: RemoteFast
) -> None:
    speech = sounds.speech(8)
    content = sounds.sound("mp3", sounds.silence(2) + speech + sounds.silence(65) + speech)
    async with Tab(program.url) as tab:
        answer = await send(tab, "novel.mp3", content)
        text, subtitles = await downloaded(tab, "novel.txt"), await downloaded(tab, "novel.srt")
    assert answer.lower().count("best of times") == 2
    assert re.search(r"\[00:00:0[1-3]\][^\[]*best of times", answer)
    assert re.search(r"\[00:01:1[3-7]\][^\[]*best of times", answer)
    assert "[00:01:1" in text
    assert re.search(r"\n00:01:1\d,\d{3} --> 00:01:", subtitles)
    assert vendor.requests == []


async def test_a_question_about_a_recording_goes_to_the_model_with_its_words_and_their_times(
    program: Program, vendor: RemoteFast
) -> None:
    vendor.script(text="It was an age of it [00:00-00:12].")
    async with Tab(program.url) as tab:
        content = sounds.sound("mp3", sounds.speech(12))
        answer = await send(tab, "novel.mp3", content, "What does the speaker say about wisdom?")
        assert tab.screen.footer["props"]["outcome"] == "done"
    system, *_, asked = [str(message["content"]) for message in vendor.requests[-1]["body"]["messages"]]
    assert "[00:00-00:1" in asked
    assert "age of wisdom" in asked.lower()
    assert "Name the times that your answer rests on." in system
    assert answer == "It was an age of it [00:00-00:12]."


async def test_two_hours_of_silence_are_told(program: Program) -> None:
    content = sounds.sound("flac", sounds.silence(7_200, 16_000), rate_hz=16_000)
    async with Tab(program.url) as tab:
        answer = await send(tab, "night.flac", content)
        assert tab.screen.footer["props"]["outcome"] == "failed"
    assert "Nobody speaks in night.flac: 2:00:00 without a word." in answer
    assert "right sound was recorded" in answer


async def test_an_mp3_that_breaks_off_says_where(program: Program) -> None:
    content = sounds.sound("mp3", sounds.speech(60))
    async with Tab(program.url) as tab:
        answer = await send(tab, "call.mp3", content[: len(content) // 4])
    assert "call.mp3 breaks off at 00:1" in answer
    assert "of 01:00" in answer
    assert "Copy or upload the whole file again." in answer
