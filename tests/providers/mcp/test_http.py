"""A real server at an address: calls, the header, redirects, its death and return."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.providers.loopback import Loopback, Reply
from tests.providers.mcp.conftest import HERE, Opened, named, outcome, result, until
from vtai.core.errors import NotReady
from vtai.core.events import FileReady
from vtai.providers.mcp.declared import McpServer

pytestmark = pytest.mark.slow


@dataclass
class Program:
    """`program.py` serving HTTP in a child process."""

    notes: Path
    elsewhere: str = "http://127.0.0.1:9/mcp"
    port: int = 0
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        env = {"NOTES": str(self.notes), "ELSEWHERE": self.elsewhere}
        command = (sys.executable, str(HERE / "program.py"), "--http", str(self.port))
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(*command, env=env, stdout=pipe)
        assert self.process.stdout
        self.port = int(await self.process.stdout.readline())

    async def end(self) -> None:
        if self.process and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.communicate()

    def declared(self, path: str = "/mcp", key: str = "sesame", **more: Any) -> McpServer:
        headers = {"Authorization": SecretStr(f"Bearer {key}")}
        return McpServer(url=f"http://127.0.0.1:{self.port}{path}", headers=headers, **more)


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Program]:
    program = Program(tmp_path / "notes")
    await program.start()
    yield program
    await program.end()


async def test_a_server_at_an_address_is_used_like_any_other(opened: Opened, web: Program) -> None:
    tools = await opened.tools(web=web.declared())
    assert (await result(tools["web__add"], '{"a": 2, "b": 3}')).shown == "5"
    assert (await outcome(tools["web__count"], '{"steps": 2}'))[:2] == [
        "1 of 2: step 1\n",
        "2 of 2: step 2\n",
    ]
    assert isinstance((await outcome(tools["web__picture"]))[0], FileReady)
    assert (await result(tools["web__fail"])).is_error


async def test_a_server_at_an_address_may_ask_nothing_of_us(opened: Opened, web: Program) -> None:
    tools = await opened.tools(web=web.declared())
    assert ((await result(tools["web__ask"])).shown or "").count("refused:") == 3


async def test_its_list_is_asked_for_again_when_it_changed(opened: Opened, web: Program) -> None:
    servers = opened(web=web.declared())
    tools = named(await servers.tools())
    await result(tools["web__grow"])
    await until(lambda: servers.status()[0].tools == len(tools) + 1)


async def test_a_stopped_call_is_cancelled_there(opened: Opened, web: Program) -> None:
    tools = await opened.tools(web=web.declared())
    call = asyncio.create_task(result(tools["web__wait"]))
    await until(lambda: "waiting" in web.notes.read_text())
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until(lambda: "cancelled" in web.notes.read_text())


async def test_the_end_is_told_to_the_server(opened: Opened, web: Program) -> None:
    servers = opened(web=web.declared())
    await servers.tools()
    await servers.aclose()
    await until(lambda: "DELETE /mcp" in web.notes.read_text())


async def test_a_server_that_dies_in_mid_call_comes_back(opened: Opened, web: Program) -> None:
    servers = opened(web=web.declared())
    tools = named(await servers.tools())
    with pytest.raises(NotReady, match="lost in the middle"):
        await result(tools["web__die"])
    await web.end()
    await until(lambda: "nobody answers" in servers.status()[0].reason)
    with pytest.raises(NotReady, match=r"'web' is (down: nobody answers at its address|still starting)"):
        await result(tools["web__add"], '{"a": 1, "b": 1}')
    await web.start()
    await until(lambda: servers.status()[0].state == "connected")
    assert (await result(tools["web__add"], '{"a": 1, "b": 1}')).shown == "2"


async def test_a_server_that_forgot_us_is_greeted_again(opened: Opened, web: Program) -> None:
    servers = opened(web=web.declared())
    tools = named(await servers.tools())
    await result(tools["web__forget"])
    await until(lambda: "forgotten" in web.notes.read_text())
    with pytest.raises(NotReady, match="lost in the middle"):
        await result(tools["web__add"], '{"a": 1, "b": 1}')
    await until(lambda: servers.status()[0].state == "connected")
    assert (await result(tools["web__add"], '{"a": 1, "b": 1}')).shown == "2"


@pytest.mark.parametrize(
    ("path", "key", "reason"),
    [
        pytest.param("/mcp", "wrong", "it refused the headers (HTTP 401)", id="wrong key"),
        pytest.param("/nothing", "sesame", "there is nothing at its address (HTTP 404)", id="wrong path"),
        pytest.param("/page", "sesame", "it answered with something that is not MCP", id="a web page"),
    ],
)
async def test_why_an_address_does_not_work_is_said(
    opened: Opened, web: Program, path: str, key: str, reason: str
) -> None:
    servers = opened(web=web.declared(path, key))
    assert not await servers.tools()
    await until(lambda: servers.status()[0].reason == reason)


async def test_headers_do_not_follow_a_redirect_to_another_place(opened: Opened, tmp_path: Path) -> None:
    async with Loopback({"/mcp": lambda _: Reply()}) as other:
        web = Program(tmp_path / "notes", f"{other.url}/mcp")
        await web.start()
        try:
            servers = opened(web=web.declared("/away"))
            assert not await servers.tools()
            await until(lambda: "leads to another one (HTTP 307)" in servers.status()[0].reason)
            await servers.aclose()
        finally:
            await web.end()
        assert not other.asked
