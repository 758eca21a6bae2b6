"""Events that come at odd moments, against the real server."""

from __future__ import annotations

import pytest

from tests.ui.browser import Tab, new_id
from tests.ui.program import Program

pytestmark = pytest.mark.slow


async def test_events_called_like_the_ends_of_a_connection_change_nothing(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("first")
        await tab.emit("disconnect")
        await tab.emit("connect", ({}, {"sessionId": new_id(), "clientType": "webapp"}))
        await tab.ask("second")
    users = [text for role, text in page.requests[-1]["messages"] if role == "user"]
    assert users == ["first", "second"]


async def test_a_session_that_turned_away_from_its_chat_begins_another_one(page: Program) -> None:
    async with Tab(page.url) as tab:
        await tab.ask("first")
        await tab.emit("clear_session")
        await tab.ask("second")
    users = [text for role, text in page.requests[-1]["messages"] if role == "user"]
    assert users == ["second"]


async def test_an_edit_ends_the_answers_to_what_it_replaces(page: Program) -> None:
    before = len(page.requests)
    async with Tab(page.url) as tab:
        key = await tab.say("go slowly")
        await tab.until(lambda: any("piece 1" in answer for answer in tab.answers))
        waiting = await tab.say("then this, slowly")
        await tab.emit("edit_message", {"message": {"id": key, "threadId": "", "output": "changed"}})
        await tab.until(lambda: any("after 2 messages" in answer for answer in tab.answers))
    asked = [request["messages"][-1][1] for request in page.requests[before:]]
    assert asked == ["go slowly", "changed"]
    assert waiting not in {run["parentId"] for run in tab.ended}
    assert "then this" not in page.output
    assert "never awaited" not in page.output


async def test_more_messages_than_can_wait_are_refused_in_words(page: Program) -> None:
    async with Tab(page.url) as tab:
        for _ in range(40):
            await tab.say("go slowly")
        await tab.until(lambda: any("wait" in answer for answer in tab.answers))
        await tab.emit("stop")
        # The stopped ones end as well; the next test must not meet what is left of this one.
        key = await tab.say("and now")
        await tab.until(lambda: key in {run["parentId"] for run in tab.ended})
