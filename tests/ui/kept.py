"""The served page with a history, as tests use it: chats opened again, and what the store has of them."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ui.browser import Tab
from tests.ui.program import Program

if TYPE_CHECKING:
    from vtai.wiring.storing import Store


def with_history(folder: Path, **variables: str) -> Program:
    command = ("-m", "tests.ui.served", str(folder / "requests"), "--history")
    return Program(folder, command, variables)


def kill(page: Program) -> None:
    """Ends the server as a crash would."""
    page.process.send_signal(signal.SIGKILL)
    page.process.wait()


async def address(tab: Tab) -> str:
    """The id of the chat, once the tab knows it."""
    await tab.until(lambda: bool(tab.screen.named("first_interaction")))
    return str(tab.screen.named("first_interaction")[0]["thread_id"])


@asynccontextmanager
async def opened(page: Program, conversation: str) -> AsyncIterator[Tab]:
    """A tab that opens a stored chat."""
    async with Tab(page.url, {"threadId": conversation}) as tab:
        await tab.until(lambda: bool(tab.screen.named("resume_thread") or refusals(tab)))
        await tab.until(lambda: bool(tab.screen.named("chat_settings")))
        yield tab


def refusals(tab: Tab) -> list[str]:
    return tab.screen.named("resume_thread_error")


def shown(tab: Tab) -> dict[str, Any]:
    """The stored chat as the tab was given it."""
    thread: dict[str, Any] = tab.screen.named("resume_thread")[-1]
    return thread


def outputs(thread: dict[str, Any], kind: str = "assistant_message") -> list[str]:
    return [step["output"] for step in thread["steps"] if step["type"] == kind]


def props(thread: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [element["props"] for element in thread["elements"] if element["name"] == name]


async def call(page: Program, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Asks as the page's script does; gives status and answer."""
    import httpx

    async with httpx.AsyncClient(base_url=page.url) as http:
        content = None if body is None else json.dumps(body)
        answer = await http.request(
            method, path, content=content, headers={"content-type": "application/json"}
        )
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return answer.status_code, answer.json() if is_json else answer.content


async def names(page: Program, search: str | None = None) -> list[str]:
    body = {"pagination": {"first": 35}, "filter": {"search": search} if search else {}}
    _, answer = await call(page, "POST", "/project/threads", body)
    return [each["name"] for each in answer["data"]]


@asynccontextmanager
async def store(page: Program) -> AsyncIterator[Store]:
    """The page's store, from this process."""
    from vtai import settings
    from vtai.wiring.storing import Storing

    storing = Storing(replace(settings.load(), data_dir=page.folder / "data"))
    try:
        yield await storing.ready()
    finally:
        await storing.aclose()
