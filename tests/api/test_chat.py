"""Messages answered over the interface: whole, in pieces, kept, gone on with, stopped."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.api.parts import PNG, Desk, desk, events_in, is_told, make_app
from tests.cli.conftest import FakeHandler
from vtai.core.errors import StorageUnavailable, VTError
from vtai.core.events import (
    Choice,
    Choices,
    FileReady,
    Notice,
    Source,
    SourcesFound,
    TableReady,
    TextDelta,
    ThinkingDelta,
    ToolFinished,
    ToolStarted,
    Usage,
)

EVERYTHING = [
    Notice("embedded", "A small model answers."),
    ThinkingDelta("Hm."),
    ToolStarted("t1", "search", "cats"),
    ToolFinished("t1", "Found.", seconds=0.1),
    SourcesFound((Source(1, "Cats", "https://example.org", "They sleep."),)),
    TableReady("Cats", ("name",), (("Tom",),), 1),
    FileReady("cat.png", "image/png", PNG, "A cat", (("Size", "4x4"),)),
    TextDelta("Cats sleep [1]."),
    Usage("small", 10, 5, 0.01),
]


async def test_a_message_is_answered_whole(api: Desk) -> None:
    reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
    assert (reply["text"], reply["outcome"], reply["decision"]["route"]) == (
        "Hello there.",
        "answered",
        "text",
    )
    assert reply["conversation"]


async def test_all_that_a_reply_consists_of_is_told(tmp_path: Path) -> None:
    async with desk(make_app(tmp_path, FakeHandler("text", list(EVERYTHING)))) as api:
        reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
        [file] = reply["files"]
        content = await api.ask("ann", "GET", f"/files/{file['key']}/content")
    assert (content.content, content.headers["content-type"]) == (PNG, "image/png")
    assert file["details"] == {"Size": "4x4"}
    assert reply["thinking"] == "Hm."
    assert reply["tools"] == [{"name": "search", "arguments": "cats", "output": "Found.", "is_error": False}]
    assert reply["sources"][0]["url"] == "https://example.org"
    assert reply["tables"][0]["rows"] == [["Tom"]]
    assert reply["notices"] == ["A small model answers."]
    assert reply["usage"][0]["cost_usd"] == 0.01


async def test_a_message_is_answered_in_pieces(tmp_path: Path) -> None:
    async with desk(make_app(tmp_path, FakeHandler("text", list(EVERYTHING)))) as api:
        response = await api.ask("ann", "POST", "/chat", json={"text": "Hi", "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_in(response.text)
    assert [event["type"] for event in events] == [
        "started",
        "route",
        "notice",
        "thinking",
        "tool_started",
        "tool_finished",
        "sources",
        "table",
        "file",
        "text",
        "usage",
        "done",
    ]
    assert events[-1]["outcome"] == "answered"


async def test_the_turn_is_found_in_its_conversation(api: Desk) -> None:
    reply = await api.told("ann", "POST", "/chat", json={"text": "What do cats do?"})
    messages = await api.told("ann", "GET", f"/conversations/{reply['conversation']}/messages")
    assert messages["name"] == "What do cats do?"
    question, answer = messages["messages"]
    assert (question["role"], question["text"], question["id"]) == (
        "user",
        "What do cats do?",
        reply["message"],
    )
    assert (answer["role"], answer["text"], answer["route"], answer["is_cut"]) == (
        "assistant",
        "Hello there.",
        "text",
        False,
    )
    assert answer["parent"] == question["id"]


async def test_the_page_shows_the_turn_like_its_own(api: Desk) -> None:
    from vtai.ui import history

    reply = await api.told("ann", "POST", "/chat", json={"text": "What do cats do?"})
    record = await (await api.store()).histories.open("ann", reply["conversation"])
    assert record is not None
    steps = history.thread(record, str)["steps"]
    assert [step["type"] for step in steps] == ["user_message", "run", "assistant_message"]
    assert [step["parentId"] for step in steps] == [None, steps[0]["id"], steps[1]["id"]]
    assert all(step["end"] for step in steps)
    [exchange] = record.exchanges
    assert (exchange.answer, exchange.route, exchange.is_cut) == ("Hello there.", "text", False)


async def test_a_conversation_goes_on_where_it_was(tmp_path: Path) -> None:
    handler = FakeHandler("text")
    async with desk(make_app(tmp_path, handler)) as api:
        first = await api.told("ann", "POST", "/chat", json={"text": "I am Ann."})
        second = {"text": "Who am I?", "conversation": first["conversation"]}
        reply = await api.told("ann", "POST", "/chat", json=second)
        messages = await api.told("ann", "GET", f"/conversations/{first['conversation']}/messages")
    assert reply["conversation"] == first["conversation"]
    assert [line.text for line in handler.turns[1].history] == ["I am Ann.", "Hello there."]
    assert handler.turns[1].previous_route == "text"
    assert len(messages["messages"]) == 4
    assert messages["name"] == "I am Ann."


async def test_who_asks_is_known_to_the_turn(tmp_path: Path) -> None:
    handler = FakeHandler("text")
    async with desk(make_app(tmp_path, handler)) as api:
        await api.told("ann-chats", "POST", "/chat", json={"text": "Hi"})
    [turn] = handler.turns
    assert (turn.person, turn.group, turn.key, turn.door) == ("ann", "choir", "key-of-ann", "api")


async def test_a_history_is_answered_and_kept_nowhere(tmp_path: Path) -> None:
    handler = FakeHandler("text")
    said = [{"role": "user", "text": "I am Ann."}, {"role": "assistant", "text": "Hello Ann."}]
    async with desk(make_app(tmp_path, handler)) as api:
        reply = await api.told("ann", "POST", "/chat", json={"text": "Who am I?", "history": said})
        kept = await api.told("ann", "GET", "/conversations")
    assert reply["conversation"] is None
    assert kept["items"] == []
    assert [line.text for line in handler.turns[0].history] == ["I am Ann.", "Hello Ann."]


async def test_options_and_model_reach_the_turn(tmp_path: Path) -> None:
    handler = FakeHandler("vision")
    options = {"temperature": 0.0, "image": {"count": 2}, "assistant": {"tools": ["clock"]}}
    message = {"text": "Hi", "route": "vision", "options": options, "command": "research"}
    async with desk(make_app(tmp_path, handler)) as api:
        await api.told("ann", "POST", "/chat", json=message | {"model": "fake"})
    [turn] = handler.turns
    wanted = turn.preferences
    assert (turn.route, turn.command, wanted.temperature, wanted.image.count) == (
        "vision",
        "research",
        0.0,
        2,
    )
    assert (wanted.assistant.tools, wanted.search.is_research) == (frozenset({"clock"}), True)
    assert set(wanted.models.values()) == {"fake"}


async def test_files_come_with_a_message_by_their_keys(tmp_path: Path) -> None:
    handler = FakeHandler("text")
    async with desk(make_app(tmp_path, handler)) as api:
        sent = await api.told("ann", "POST", "/files?name=cat.png", content=PNG)
        reply = await api.told("ann", "POST", "/chat", json={"text": "Look", "files": [sent["key"]]})
        [file] = handler.turns[0].attachments
        assert (file.name, file.kind, file.path.read_bytes()) == ("cat.png", "image", PNG)
        messages = await api.told("ann", "GET", f"/conversations/{reply['conversation']}/messages")
    assert messages["messages"][0]["files"] == [
        {"key": sent["key"], "name": "cat.png", "media_type": "image/png"}
    ]


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        pytest.param({"conversation": "nowhere"}, 404, "no such conversation", id="conversation"),
        pytest.param({"files": ["0" * 32]}, 404, "no such file", id="file"),
        pytest.param({"route": "nowhere"}, 404, "no such route", id="route"),
        pytest.param({"model": "nothing-like-it"}, 404, "no model", id="model"),
        pytest.param({"conversation": "a", "history": []}, 409, "Give one", id="both"),
        pytest.param({"options": {"temperature": 3}}, 422, "options.temperature", id="option"),
        pytest.param({"colour": "red"}, 422, "colour", id="unknown field"),
    ],
)
async def test_what_cannot_be_answered_is_told_in_words(
    api: Desk, more: dict[str, Any], status: int, words: str
) -> None:
    assert is_told(await api.ask("ann", "POST", "/chat", json={"text": "Hi", **more}), status, words)


async def test_nobody_goes_on_with_somebody_elses_conversation(api: Desk) -> None:
    reply = await api.told("ann", "POST", "/chat", json={"text": "Secret"})
    theirs = await api.ask("bob", "POST", "/chat", json={"text": "Hi", "conversation": reply["conversation"]})
    none = await api.ask("bob", "POST", "/chat", json={"text": "Hi", "conversation": "0" * 36})
    assert (theirs.status_code, theirs.content) == (404, none.content)


async def test_a_key_that_only_chats_is_shown_nothing_of_before(api: Desk) -> None:
    reply = await api.told("ann-chats", "POST", "/chat", json={"text": "Secret"})
    message = {"text": "Repeat it.", "conversation": reply["conversation"]}
    assert is_told(await api.ask("ann-chats", "POST", "/chat", json=message), 403, "scope read")


async def test_a_failure_is_part_of_the_reply_and_is_kept(tmp_path: Path) -> None:
    script = [TextDelta("Well"), VTError("The model is down.", "Try later.")]
    async with desk(make_app(tmp_path, FakeHandler("text", script))) as api:
        reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
        messages = await api.told("ann", "GET", f"/conversations/{reply['conversation']}/messages")
    assert (reply["outcome"], reply["error"]["message"], reply["text"]) == (
        "failed",
        "The model is down.",
        "Well",
    )
    assert [(m["text"], m["is_error"]) for m in messages["messages"][1:]] == [
        ("Well", False),
        ("**The model is down.**\n\nTry later.", True),
    ]


async def test_a_question_instead_of_an_answer_is_told_as_one(tmp_path: Path) -> None:
    script: list[Any] = [Choices("What is this to be?", (Choice("text", "Text"),))]
    async with desk(make_app(tmp_path, FakeHandler("text", script))) as api:
        reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
    assert (reply["outcome"], reply["choices"]["options"][0]["route"]) == ("asked", "text")


async def test_without_a_history_messages_are_answered_all_the_same(tmp_path: Path) -> None:
    async with desk(make_app(tmp_path, history=False)) as api:
        reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
        listed = await api.ask("ann", "GET", "/conversations")
    assert (reply["text"], reply["conversation"]) == ("Hello there.", None)
    assert is_told(listed, 501, "history = true")


async def test_what_a_turn_cost_is_found_in_the_usage(tmp_path: Path) -> None:
    async with desk(make_app(tmp_path, FakeHandler("text", list(EVERYTHING)))) as api:
        await api.told("ann-chats", "POST", "/chat", json={"text": "Hi"})
        own = await api.told("ann", "GET", "/usage?by=door&by=key")
        others = await api.told("bob", "GET", "/usage")
    assert own["items"][0]["of"] == {"door": "api", "key": "key-of-ann"}
    assert (own["items"][0]["turns"], own["items"][0]["cost_usd"]) == (1, 0.01)
    assert sum(total["turns"] for total in others["items"]) == 0


async def test_what_is_answered_is_on_disk_by_then(tmp_path: Path) -> None:
    handler = FakeHandler("text")
    async with desk(make_app(tmp_path, handler)) as api:
        file = (await api.store()).database.file
        assert file is not None
        somebody_writes = sqlite3.connect(file, isolation_level=None)
        somebody_writes.execute("BEGIN IMMEDIATE")
        asking = asyncio.create_task(api.told("ann", "POST", "/chat", json={"text": "Hi"}))
        while not handler.ended:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert not asking.done()
        somebody_writes.execute("ROLLBACK")
        somebody_writes.close()
        assert (await asking)["text"] == "Hello there."


async def test_an_answer_that_could_not_be_written_down_is_not_called_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_away(*_: object) -> None:
        raise StorageUnavailable("The store is away.", "Try again.")

    async with desk(make_app(tmp_path, FakeHandler("text"))) as api:
        histories = (await api.store()).histories
        monkeypatch.setattr(histories, "flush", is_away)
        reply = await api.told("ann", "POST", "/chat", json={"text": "Hi"})
    assert (reply["outcome"], reply["error"]["message"]) == ("failed", "The store is away.")
