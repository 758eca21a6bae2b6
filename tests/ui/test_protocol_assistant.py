"""The assistant over the page's socket protocol: questions, files, notes, and what is remembered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.ui.browser import Tab
from tests.ui.program import Program
from tests.ui.test_protocol_learning import press
from vtai.ui.verbatim import block

pytestmark = pytest.mark.slow


def cards(tab: Tab) -> list[dict[str, Any]]:
    """The questions on the page, answered or not."""
    return tab.screen.custom("Approval")


def states(tab: Tab) -> list[str]:
    return [card["state"] for card in cards(tab)]


async def begin(tab: Tab, text: str, count: int = 1) -> None:
    """Says it, and waits until so many cards of all wait or are answered."""
    await tab.say(text, command="Code")
    await tab.until(lambda: len(cards(tab)) == count)


async def decide(page: Program, tab: Tab, choice: str) -> Any:
    return await press(page, tab, "vtai_approve", id=cards(tab)[-1]["id"], choice=choice)


def steps(tab: Tab) -> list[tuple[str, str]]:
    return [(step["name"], step["output"]) for step in tab.screen.of_kind("tool")]


async def test_a_tool_that_asks_runs_after_the_answer_and_not_before(page: Program) -> None:
    async with Tab(page.url) as tab:
        await begin(tab, "ask first")
        assert steps(tab) == []
        assert await decide(page, tab, "once") is True
        await tab.until(lambda: len(tab.ended) == 1)
        assert steps(tab) == [("send_mail · 0.3 s", block("It was sent."))]
        assert states(tab) == ["once"]


async def test_refused_it_does_not_run_and_the_next_message_asks_again(page: Program) -> None:
    async with Tab(page.url) as tab:
        await begin(tab, "ask first")
        await decide(page, tab, "no")
        await tab.until(lambda: len(tab.ended) == 1)
        assert steps(tab) == [("send_mail failed", block("You refused this call."))]
        await begin(tab, "ask first", 2)
        await decide(page, tab, "no")
        await tab.until(lambda: len(tab.ended) == 2)
    assert page.assisted[-1]["allowed"] == []


async def test_always_counts_for_this_chat_only(page: Program) -> None:
    async with Tab(page.url) as tab, Tab(page.url) as other:
        await begin(tab, "ask first")
        await decide(page, tab, "always")
        await tab.until(lambda: len(tab.ended) == 1)
        await tab.ask("ask first", command="Code")
        assert page.assisted[-1]["allowed"] == ["send_mail"]
        assert states(tab) == ["always"]
        await begin(other, "ask first")
        assert page.assisted[-1]["allowed"] == []
        await other.emit("stop")
        await other.until(lambda: len(other.ended) == 1)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"id": "00000000-0000-4000-8000-000000000000", "choice": "once"}, id="unknown"),
        pytest.param({"id": ["a"], "choice": "once"}, id="no text"),
        pytest.param({"choice": "once"}, id="nothing"),
        pytest.param({"id": None, "choice": "sometimes"}, id="another answer"),
    ],
)
async def test_an_answer_to_nothing_changes_nothing_and_is_told(
    page: Program, payload: dict[str, Any]
) -> None:
    async with Tab(page.url) as tab:
        await begin(tab, "ask first")
        if "id" in payload and payload["id"] is None:
            payload = payload | {"id": cards(tab)[0]["id"]}
        assert await press(page, tab, "vtai_approve", **payload) is False
        await tab.until(lambda: tab.screen.named("toast") != [])
        assert "does not wait" in tab.screen.named("toast")[0]["message"]
        assert states(tab) == ["waiting"]
        await tab.emit("stop")
        await tab.until(lambda: len(tab.ended) == 1)


async def test_nobody_can_answer_for_another(page: Program) -> None:
    async with Tab(page.url) as tab, Tab(page.url) as other:
        await begin(tab, "ask first")
        key = cards(tab)[0]["id"]
        assert await press(page, other, "vtai_approve", id=key, choice="once") is False
        assert states(tab) == ["waiting"]
        assert await decide(page, tab, "no") is True
        assert await decide(page, tab, "once") is False
        await tab.until(lambda: len(tab.ended) == 1)
        assert states(tab) == ["no"]


async def test_stop_refuses_what_waits(page: Program) -> None:
    async with Tab(page.url) as tab:
        await begin(tab, "ask first")
        await tab.emit("stop")
        await tab.until(lambda: len(tab.ended) == 1)
        assert states(tab) == ["stopped"]
        assert await decide(page, tab, "once") is False


async def test_after_a_lost_connection_the_question_is_back_and_can_be_answered(page: Program) -> None:
    async with Tab(page.url) as tab:
        await begin(tab, "ask first")
        await tab.lose_connection()
        tab.screen.sent.clear()
        await tab.connect()
        await tab.until(lambda: states(tab) == ["waiting"])
        await tab.until(lambda: tab.screen.named("task_start") != [])
        assert await decide(page, tab, "once") is True
        await tab.until(lambda: len(tab.ended) == 1)
        assert states(tab) == ["once"]


async def test_a_chat_is_one_conversation_until_it_is_closed_for_good(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("nothing", command="Code")
        await begin(tab, "ask first")
        first, second = (line["conversation"] for line in page.assisted[-2:])
        assert first == second
        await tab.lose_connection()
        await tab.connect()
        assert ["local", first] not in page.closed
        await tab.emit("clear_session")
        async with asyncio.timeout(20):
            while ["local", first] not in page.closed:
                await asyncio.sleep(0.05)
    async with Tab(page.url) as other:
        await other.ask("nothing", command="Code")
    assert page.assisted[-1]["conversation"] != first


async def test_work_and_files_of_an_answer_are_there_for_the_next(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("the average", command="Code")
        await tab.ask("nothing", command="Code")
    line = page.assisted[-1]
    assert "by_region.plot.bar" in line["work"][0]
    assert "ZeroDivisionError" in line["work"][0]
    assert line["files"] == ["figure-1.png", "average.csv", "page.html", "drawing.svg", "figure-2.png"]


@pytest.mark.parametrize("name", ["average.csv", "page.html", "drawing.svg"])
async def test_files_are_saved_and_never_shown_by_the_browser_itself(page: Program, name: str) -> None:
    import httpx

    async with Tab(page.url) as tab, httpx.AsyncClient(base_url=page.url) as http:
        await tab.ask("the average", command="Code")
        (element,) = [each for each in tab.screen.elements.values() if each["name"] == name]
        key = element["chainlitKey"]
        answer = await http.get(f"/project/file/{key}", params={"session_id": tab.session})
    assert element["type"] == "file"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"].startswith("sandbox")


async def test_a_file_without_anything_in_it_is_no_failure(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("empty", command="Code")
        assert tab.screen.footer["props"]["outcome"] == "done"
        assert "none.csv" in [each["name"] for each in tab.screen.elements.values()]


async def test_the_settings_reach_the_assistant(page: Program) -> None:
    async with Tab(page.url) as tab:
        values = {
            "assistant_steps": 3,
            "assistant_usd": "0.2",
            "tool_run_python": True,
            "tool_send_mail": False,
        }
        await tab.emit("chat_settings_change", values)
        await tab.ask("nothing", command="Code")
    options = page.assisted[-1]["assistant"]
    assert (options["max_steps"], options["max_usd"], options["tools"]) == (3, 0.2, ["run_python"])


def notes(tab: Tab) -> list[str]:
    """The notes as they were last listed."""
    (element,) = tab.screen.named("set_sidebar_elements")[-1]["elements"]
    return [each["id"] for each in element["props"]["notes"]]


async def test_the_notes_are_listed_and_deleted_and_nobody_elses(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.emit("chat_settings_change", {"show_notes": True})
        await tab.until(lambda: tab.screen.named("set_sidebar_elements") != [])
        before = notes(tab)
        assert "note-9" not in before
        assert await press(page, tab, "vtai_forget", note="note-9") is True
        assert await press(page, tab, "vtai_forget", note=before[-1]) is True
        await tab.until(lambda: notes(tab) == before[:-1])
        assert await press(page, tab, "vtai_forget", note={"a": 1}) is False
