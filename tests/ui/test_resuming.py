"""Chats that are opened again: after a restart, in mid-answer, after a crash, and by somebody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.parts import PNG
from tests.ui.browser import Tab, new_id
from tests.ui.kept import (
    address,
    call,
    kill,
    opened,
    outputs,
    props,
    refusals,
    shown,
    store,
    with_history,
)
from tests.ui.program import Program
from tests.ui.test_protocol import press
from tests.ui.test_protocol_pictures import draw, middle, upload
from vtai.core.history import Conversation, Record, StoredExchange
from vtai.ui import history

pytestmark = pytest.mark.slow

CUT = "cut"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with with_history(tmp_path_factory.mktemp("kept")) as program:
        yield program


def asked(page: Program) -> list[str]:
    """What the model was told last, without the system prompt."""
    return [text for role, text in page.requests[-1]["messages"] if role != "system"]


async def test_after_a_restart_a_chat_goes_on_with_what_was_said(tmp_path: Path) -> None:
    with with_history(tmp_path) as page:
        async with Tab(page.url) as tab:
            first = await tab.ask("my name is Ada")
            conversation = await address(tab)
    with with_history(tmp_path) as page:
        async with opened(page, conversation) as tab:
            assert outputs(shown(tab), "user_message") == ["my name is Ada"]
            assert outputs(shown(tab)) == [first]
            await tab.ask("what is my name?")
        assert asked(page) == ["my name is Ada", first, "what is my name?"]
        async with opened(page, conversation) as tab:
            assert len(outputs(shown(tab))) == 2


async def test_what_another_door_adds_is_shown_and_known_and_goes_with_an_edit(page: Program) -> None:
    async with Tab(page.url) as tab:
        key = await tab.say("first")
        await tab.until(lambda: len(tab.ended) == 1)
        conversation = await address(tab)
        said = {"text": "second", "conversation": conversation, "stream": False}
        assert (await call(page, "POST", "/api/v1/chat", said))[0] == 200
        await tab.until(lambda: bool(tab.screen.named("resume_thread")))
        assert outputs(shown(tab), "user_message") == ["first", "second"]
        await tab.ask("third")
        assert asked(page)[::2] == ["first", "second", "third"]
        edited = {"id": key, "threadId": "", "output": "changed"}
        await tab.emit("edit_message", {"message": edited})
        await tab.until(lambda: len(tab.screen.named("task_end")) == 3)
    async with opened(page, conversation) as tab:
        assert outputs(shown(tab), "user_message") == ["changed"]
        assert len(outputs(shown(tab))) == 1


async def test_a_reload_in_mid_answer_shows_what_was_said_and_goes_on(page: Program) -> None:
    async with Tab(page.url) as before:
        await before.say("go slowly")
        conversation = await address(before)
        await before.until(lambda: any("piece 5" in answer for answer in before.answers))
    async with opened(page, conversation) as tab:
        await tab.until(lambda: any("piece 5" in answer for answer in tab.answers))
        written = len(tab.answers[-1])
        await tab.until(lambda: len(tab.answers[-1]) > written)
        assert "task_start" in [event for event, _ in tab.screen.sent]
        await tab.emit("stop")
        await tab.until(lambda: bool(tab.ended))
        assert tab.screen.footer["props"]["outcome"] == "stopped"
    assert page.ends[-1] == "closed"


async def test_an_answer_goes_on_and_is_kept_when_its_tab_is_gone(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.say("wait a moment, slowly")
        conversation = await address(tab)
        await tab.until(lambda: any("piece 1" in answer for answer in tab.answers))
        await tab.emit("clear_session")
    async with opened(page, conversation) as tab:
        await tab.until(lambda: any("piece 9 " in answer for answer in tab.answers))
        await tab.emit("stop")
        await tab.until(lambda: bool(tab.ended))
    async with opened(page, conversation) as tab:
        assert "piece 9 " in outputs(shown(tab))[-1]


async def test_two_tabs_of_one_chat_see_the_same(page: Program) -> None:
    async with Tab(page.url) as one:
        await one.ask("hello")
        async with opened(page, await address(one)) as other:
            await one.say("from the first tab")
            await other.until(lambda: len(other.ended) == 1)
            assert [step["output"] for step in other.screen.of_kind("user_message")] == ["from the first tab"]
            await other.say("from the second tab")
            await one.until(lambda: len(one.ended) == 3)
            assert one.answers[-1] == other.answers[-1]
    assert asked(page)[::2] == ["hello", "from the first tab", "from the second tab"]


async def test_an_answer_that_a_crash_cut_is_marked_and_can_be_had_again(tmp_path: Path) -> None:
    with with_history(tmp_path) as page:
        async with Tab(page.url) as tab:
            key = await tab.say("go slowly")
            conversation = await address(tab)
            await tab.until(lambda: any("piece 40" in answer for answer in tab.answers))
            kill(page)
    with with_history(tmp_path) as page:
        async with opened(page, conversation) as tab:
            (answer,) = outputs(shown(tab))
            assert answer.startswith("piece 0 piece 1")
            (footer,) = props(shown(tab), "ReplyFooter")
            assert (footer["outcome"], footer["offersAgain"]) == (CUT, True)
            assert all(step["end"] for step in shown(tab)["steps"] if step["type"] != "user_message")
            assert await press(page, tab, "vtai_again", turn=key) == 200
            await tab.until(lambda: any("piece 2" in answer for answer in tab.answers))
            await tab.emit("stop")
            await tab.until(lambda: bool(tab.ended))
        assert asked(page) == ["go slowly"]


async def test_a_message_is_kept_though_the_server_dies_before_its_answer(tmp_path: Path) -> None:
    conversation, key = new_id(), new_id()
    with with_history(tmp_path) as page:
        from vtai.core.history import SaveExchange, SaveStep, StoredExchange, StoredStep

        async with store(page) as kept:
            step = StoredStep(key, "user_message", "User", output="are you there?", at=1.0)
            exchange = StoredExchange(key, "are you there?", 1.0)
            kept.histories.record("local", conversation, SaveStep(step), SaveExchange(exchange))
            await kept.histories.flush()
        async with opened(page, conversation) as tab:
            (footer,) = props(shown(tab), "ReplyFooter")
            assert footer["outcome"] == CUT
            assert await press(page, tab, "vtai_again", turn=key) == 200
            await tab.until(lambda: len(tab.ended) == 1)
        assert asked(page) == ["are you there?"]
        async with opened(page, conversation) as tab:
            assert [footer["outcome"] for footer in props(shown(tab), "ReplyFooter")] == [CUT, "done"]


async def test_pictures_and_files_are_there_after_a_restart(tmp_path: Path) -> None:
    with with_history(tmp_path) as page:
        async with Tab(page.url) as tab:
            key = await upload(page, tab, "notes.txt", b"the heron stands still")
            message = {"id": new_id(), "output": "read this", "type": "user_message"}
            await tab.emit("client_message", {"message": message, "fileReferences": [{"id": key}]})
            await tab.until(lambda: len(tab.ended) == 1)
            await draw(tab, "a heron")
            conversation = await address(tab)
    with with_history(tmp_path) as page:
        async with opened(page, conversation) as tab:
            elements = {element["name"]: element for element in shown(tab)["elements"]}
            assert elements["notes.txt"]["url"].startswith("/files/")
            (pictures,) = props(shown(tab), "Pictures")
            (picture,) = pictures["pictures"]
            content = await _content(page, pictures["urls"][picture["key"]])
            await tab.ask("make it bluer")
            assert page.pictures[-1]["images"] == [middle(content)]
            assert await press(page, tab, "vtai_vary", picture=picture["key"]) == 200
            await tab.until(lambda: len(tab.ended) == 2)
            assert page.pictures[-1]["images"] == [middle(content)]


async def test_after_a_restart_a_message_can_be_changed_with_its_file(tmp_path: Path) -> None:
    with with_history(tmp_path) as page:
        async with Tab(page.url) as tab:
            key = await upload(page, tab, "notes.txt", b"the heron stands still")
            message = {"id": new_id(), "output": "read this", "type": "user_message"}
            await tab.emit("client_message", {"message": message, "fileReferences": [{"id": key}]})
            await tab.until(lambda: len(tab.ended) == 1)
            await tab.ask("and now?")
            conversation = await address(tab)
    with with_history(tmp_path) as page:
        async with opened(page, conversation) as tab:
            await tab.emit("edit_message", {"message": message | {"output": "read it aloud"}})
            await tab.until(lambda: len(tab.ended) == 1)
            assert "heron stands still" in asked(page)[-1]
        async with opened(page, conversation) as tab:
            assert outputs(shown(tab), "user_message") == ["read it aloud"]
            assert len(outputs(shown(tab))) == 1


async def test_a_reply_can_be_spoken_after_a_restart(tmp_path: Path) -> None:
    with with_history(tmp_path) as page:
        async with Tab(page.url) as tab:
            await tab.ask("hello")
            conversation = await address(tab)
    with with_history(tmp_path) as page:
        async with opened(page, conversation) as tab:
            (footer,) = props(shown(tab), "ReplyFooter")
            assert await press(page, tab, "vtai_speak", reply=footer["reply"]) == 200
            await tab.until(lambda: any(each["state"] == "done" for each in tab.screen.custom("Speech")))


async def test_a_chat_of_somebody_else_is_not_opened_and_not_touched(page: Program) -> None:
    from vtai.core.history import Rename, SaveStep, StoredStep

    conversation = new_id()
    async with store(page) as kept:
        step = StoredStep(new_id(), "user_message", "User", output="a secret", at=1.0)
        kept.histories.record("other", conversation, Rename("theirs"), SaveStep(step))
        await kept.histories.flush()
        async with opened(page, conversation) as tab:
            assert "not here" in refusals(tab)[0]
            assert "a secret" not in tab.everything
            await tab.ask("hello")
            assert await address(tab) != conversation
        record = await kept.histories.open("other", conversation)
        assert record is not None
        assert [step.output for step in record.steps] == ["a secret"]


async def test_an_import_that_names_a_file_of_somebody_else_does_not_bring_it(page: Program) -> None:
    conversation = Conversation(new_id(), "local", "", 1.0, 1.0)
    async with store(page) as kept:
        own, other = [
            await kept.files.put(person, conversation.id, "a.png", "image/png", PNG)
            for person in ("local", "other")
        ]
        exchanges = [
            StoredExchange(new_id(), "hello", 1.0, extra={"mask": file.key}) for file in (own, other)
        ]
        record = Record(conversation, exchanges=tuple(exchanges))
        assert await history.files_of(record, kept.files) == {own.key: own}


async def test_settings_and_pickers_come_back_with_the_chat(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("hello", modes={"model": "small", "route": "auto"})
        await tab.emit("chat_settings_change", {"temperature": "0.3"})
        conversation = await address(tab)
        await tab.ask("once more", modes={"model": "small", "route": "auto"})
        await tab.emit("chat_settings_change", {"temperature": "0.7"})
        await tab.ask("the end", modes={"model": "small", "route": "auto"})
        await tab.emit("clear_session")
    async with opened(page, conversation) as tab:
        modes = {mode["id"]: mode["options"] for mode in tab.screen.named("set_modes")[-1]}
        assert [option["id"] for option in modes["model"] if option["default"]] == ["small"]
        fields = [field for each in tab.screen.named("chat_settings")[-1] for field in each["inputs"]]
        assert [field["initial"] for field in fields if field["id"] == "temperature"] == ["0.7"]
        await tab.ask("hello again")
    assert page.requests[-1]["temperature"] == 0.7


async def test_without_a_history_the_page_is_as_it_was(tmp_path: Path) -> None:
    from tests.ui.kept import call

    with with_history(tmp_path, VT_HISTORY="false") as page:
        _, settings = await call(page, "GET", "/project/settings?language=en-US")
        assert (settings["dataPersistence"], settings["ui"]["default_sidebar_state"]) == (False, "hidden")
        async with Tab(page.url, {"threadId": new_id()}) as tab:
            await tab.until(lambda: bool(refusals(tab)))
            await tab.ask("hello")
            status, _ = await call(page, "POST", "/project/threads", {"pagination": {"first": 5}})
            assert status >= 400


async def _content(page: Program, url: str) -> bytes:
    import httpx

    async with httpx.AsyncClient(base_url=page.url) as http:
        return (await http.get(url)).content
