"""What goes with a conversation that a program deletes: the answer that is being given, and its files."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.api.parts import PNG, Desk, SlowHandler, desk, make_app


async def sent(api: Desk) -> str:
    key: str = (await api.told("ann", "POST", "/files?name=a.png", content=PNG))["key"]
    return key


async def chat(api: Desk, *files: str) -> str:
    told = await api.told("ann", "POST", "/chat", json={"text": "Look", "files": list(files)})
    return str(told["conversation"])


@pytest.mark.parametrize("is_every", [False, True], ids=["this one", "all of them"])
async def test_an_answer_ends_with_its_conversation_and_does_not_bring_it_back(
    tmp_path: Path, is_every: bool
) -> None:
    handler = SlowHandler()
    async with desk(make_app(tmp_path, handler)) as api:
        asking = asyncio.create_task(api.ask("ann", "POST", "/chat", json={"text": "Hi"}))
        await handler.begun.wait()
        [run] = (await api.told("ann", "GET", "/runs"))["items"]
        path = "/conversations" if is_every else f"/conversations/{run['conversation']}"
        assert (await api.ask("bob", "DELETE", path)).status_code in {200, 404}
        assert not handler.is_ended
        await api.told("ann", "DELETE", path)
        assert handler.is_ended
        assert (await asking).json()["outcome"] == "stopped"
        assert (await api.told("ann", "GET", "/conversations"))["items"] == []


async def test_answers_that_are_not_kept_go_on_when_conversations_are_deleted(tmp_path: Path) -> None:
    handler = SlowHandler()
    async with desk(make_app(tmp_path, handler)) as api:
        message = {"text": "Hi", "keep": False}
        asking = asyncio.create_task(api.ask("ann", "POST", "/chat", json=message))
        await handler.begun.wait()
        await api.told("ann", "DELETE", "/conversations")
        handler.go_on.set()
        assert (await asking).json()["outcome"] == "answered"


async def test_files_go_with_the_last_conversation_that_shows_them(api: Desk) -> None:
    shared, waiting = await sent(api), await sent(api)
    first, second = await chat(api, shared), await chat(api, shared)

    async def keys() -> set[str]:
        found: list[dict[str, Any]] = (await api.told("ann", "GET", "/files"))["items"]
        return {each["key"] for each in found}

    await api.told("ann", "DELETE", f"/conversations/{first}")
    assert await keys() == {shared, waiting}
    await api.told("ann", "DELETE", f"/conversations/{second}")
    assert await keys() == {waiting}
