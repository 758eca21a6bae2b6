"""The page's socket protocol against the real server: what a browser sends, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.ui.browser import Refused, Tab, new_id
from tests.ui.program import Program
from tests.ui.served import SECRET

pytestmark = pytest.mark.slow


def post(page: Program, path: str, body: Any) -> int:
    """Posts as the page's script does; gives the status."""
    request = urllib.request.Request(
        page.url + path, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


async def press(page: Program, tab: Tab, name: str, **payload: Any) -> int:
    """Presses a button of a reply's footer."""
    action = {"name": name, "payload": payload}
    return await asyncio.to_thread(
        post, page, "/project/action", {"sessionId": tab.session, "action": action}
    )


def asked_since(page: Program, before: int) -> list[list[tuple[str, str]]]:
    return [[(role, text) for role, text in request["messages"]] for request in page.requests[before:]]


async def test_three_turns_send_each_turn_exactly_once_with_the_system_prompt_first(page: Program) -> None:
    before = len(page.requests)
    async with Tab(page.url) as tab:
        answers = [await tab.ask(text) for text in ("one", "two", "three")]
    requests = asked_since(page, before)
    assert [len(request) for request in requests] == [2, 4, 6]
    last = requests[-1]
    assert [role for role, _ in last] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert [text for role, text in last if role == "user"] == ["one", "two", "three"]
    assert [text for role, text in last if role == "assistant"] == answers[:2]


async def test_a_new_page_is_sent_its_commands_pickers_and_settings(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.until(lambda: bool(tab.screen.named("chat_settings")))
    commands, modes = tab.screen.named("set_commands")[0], tab.screen.named("set_modes")[0]
    assert {c["id"] for c in commands} == {"Think", "Image", "Search", "Research", "Speak", "Code", "Vision"}
    assert [mode["id"] for mode in modes] == ["model", "route"]
    assert [each["label"] for each in tab.screen.named("chat_settings")[0]][1:3] == ["Answers", "Routing"]


async def test_settings_reach_the_model(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.emit("chat_settings_change", {"temperature": "0", "model_chat": "small"})
        await tab.ask("hello")
    assert (page.requests[-1]["model"], page.requests[-1]["temperature"]) == ("small", 0.0)


async def test_a_setting_that_cannot_work_is_refused_by_name(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.emit("chat_settings_change", {"temperature": "hot"})
        await tab.until(lambda: bool(tab.screen.named("toast")))
    assert "temperature" in tab.screen.named("toast")[0]["message"]


async def test_stop_ends_the_model_s_stream_and_keeps_what_was_written(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.say("go slowly")
        await tab.until(lambda: any("piece 3" in answer for answer in tab.answers))
        await tab.emit("stop")
        await tab.until(lambda: bool(tab.ended))
        assert page.ends[-1] == "closed"
        assert tab.screen.footer["props"]["outcome"] == "stopped"
        partial = tab.answers[-1]
        assert "piece 3" in partial
        assert await tab.ask("and now")
    assert partial.strip() in [text.strip() for _, text in page.requests[-1]["messages"]]


async def test_an_edited_message_is_answered_without_what_came_after_it(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("first")
        key = await tab.say("second")
        await tab.until(lambda: len(tab.ended) == 2)
        await tab.ask("third")
        message = {"id": key, "threadId": "", "output": "second, changed"}
        await tab.emit("edit_message", {"message": message})
        await tab.until(lambda: len(tab.ended) == 4)
    users = [text for role, text in page.requests[-1]["messages"] if role == "user"]
    assert users == ["first", "second, changed"]
    assert tab.screen.named("update_message")[-1]["output"] == "second, changed"


async def test_stop_also_ends_an_answer_to_an_edited_message(page: Program) -> None:
    async with Tab(page.url) as tab:
        key = await tab.say("first")
        await tab.until(lambda: len(tab.ended) == 1)
        await tab.emit("edit_message", {"message": {"id": key, "threadId": "", "output": "now slowly"}})
        await tab.until(lambda: any("piece 3" in answer for answer in tab.answers))
        await tab.emit("stop")
        await tab.until(lambda: len(tab.ended) == 2)
    assert page.ends[-1] == "closed"


async def test_a_reroute_answers_the_same_message_elsewhere_and_keeps_the_old_answer(page: Program) -> None:
    async with Tab(page.url) as tab:
        key = await tab.say("draw me a cat, in words")
        await tab.until(lambda: len(tab.ended) == 1)
        old = tab.answers[-1]
        assert await press(page, tab, "vtai_reroute", turn=key, route="speech") == 200
        await tab.until(lambda: len(tab.ended) == 2)
    assert old in tab.answers
    assert tab.screen.footer["props"]["route"]["name"] == "speech"
    assert {run["parentId"] for run in tab.ended} == {key}


async def test_again_asks_the_same_once_more_and_stop_ends_that_too(page: Program) -> None:
    async with Tab(page.url) as tab:
        key = await tab.say("slowly please")
        await tab.until(lambda: any("piece 1" in answer for answer in tab.answers))
        await tab.emit("stop")
        await tab.until(lambda: len(tab.ended) == 1)
        before = len(page.requests)
        await press(page, tab, "vtai_again", turn=key)
        await tab.until(lambda: sum("piece 1" in answer for answer in tab.answers) == 2)
        await tab.emit("stop")
        await tab.until(lambda: len(tab.ended) == 2)
    (request,) = asked_since(page, before)
    assert [text for role, text in request if role == "user"] == ["slowly please"]
    assert page.ends[-1] == "closed"


async def test_the_think_command_shows_the_reasoning_apart(page: Program) -> None:
    async with Tab(page.url) as tab:
        answer = await tab.ask("please think", command="Think")
    (thinking,) = [step for step in tab.screen.of_kind("tool") if step["name"].startswith("Thought")]
    assert thinking["output"] == "Let me see."
    assert "Let me see." not in answer


async def test_a_browser_that_was_gone_is_shown_what_it_missed(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.say("go slowly")
        await tab.until(lambda: any("piece 1" in answer for answer in tab.answers))
        await tab.lose_connection()
        await asyncio.sleep(0.5)
        tab.screen.sent.clear()
        await tab.connect()
        await tab.until(lambda: any("piece 1" in answer for answer in tab.answers))
        await tab.emit("stop")
        await tab.until(lambda: bool(tab.ended))


@pytest.mark.parametrize("text", ["please crash", "please fail"])
async def test_no_text_of_an_exception_reaches_the_browser(page: Program, text: str) -> None:
    async with Tab(page.url) as tab:
        await tab.ask(text)
    assert SECRET not in tab.everything
    assert "Traceback" not in tab.everything
    assert tab.screen.footer["props"]["outcome"] == "failed"


@pytest.mark.parametrize(
    "handshake",
    [
        pytest.param({"sessionId": "../../../tmp/x"}, id="session"),
        pytest.param({"threadId": "a' OR 'a'='a"}, id="thread"),
        pytest.param({"clientType": "teams"}, id="client"),
    ],
)
async def test_a_connection_with_an_id_that_is_none_is_refused(
    page: Program, handshake: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        async with Tab(page.url, handshake):
            pass


async def test_another_site_cannot_connect(page: Program) -> None:
    with pytest.raises(Refused):
        async with Tab(page.url, headers={"Origin": "https://evil.example"}):
            pass


@pytest.mark.parametrize(
    "message",
    [
        pytest.param({"id": "../../tmp/x"}, id="message"),
        pytest.param({"parentId": "../x"}, id="parent"),
        pytest.param({"output": ["x"]}, id="text"),
    ],
)
async def test_a_message_with_an_id_that_is_none_is_refused_and_nothing_is_asked(
    page: Program, message: dict[str, Any]
) -> None:
    before = len(page.requests)
    async with Tab(page.url) as tab:
        await tab.say("x", **message)
        await tab.until(lambda: bool(tab.screen.named("toast")))
    assert len(page.requests) == before


async def test_a_text_that_is_far_too_long_is_refused_with_the_limit(page: Program) -> None:
    async with Tab(page.url) as tab:
        answer = await tab.ask("x" * 200_001)
    assert "200,000" in answer


async def test_events_that_the_page_does_not_use_do_nothing(page: Program) -> None:
    async with Tab(page.url) as tab:
        for event in (
            "window_message",
            "message_favorite",
            "fetch_favorites",
            "chat_settings_edit",
            "no_such_event",
        ):
            await tab.emit(event, {"message": {"id": new_id()}})
        assert await tab.ask("still there?")


async def test_a_message_that_arrives_twice_is_answered_once(page: Program) -> None:
    before = len(page.requests)
    async with Tab(page.url) as tab:
        key = await tab.say("only once")
        sent = {"id": key, "threadId": "", "type": "user_message", "name": "User", "output": "only once"}
        await tab.emit("client_message", {"message": sent, "fileReferences": []})
        await tab.until(lambda: bool(tab.ended))
        await tab.ask("next")
    assert len(page.requests) == before + 2


async def test_nothing_is_written_outside_the_data_folder(page: Program, tmp_path: Path) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("hello")
    assert {path.name for path in page.folder.iterdir()} <= {"log", "requests", "data", "config"}
    assert list(tmp_path.iterdir()) == []
