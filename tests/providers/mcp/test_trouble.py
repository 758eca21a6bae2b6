"""Servers that die, hang, flood, or never learnt the protocol: the rest goes on, and the reason is said."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from tests.providers.mcp.conftest import Opened, named, program, result, rude, until
from vtai.core.errors import NotReady, TimedOut
from vtai.providers.mcp.declared import McpServer
from vtai.providers.mcp.servers import McpServers

pytestmark = pytest.mark.slow


def state(servers: McpServers) -> str:
    return servers.status()[0].state


async def test_a_server_that_dies_in_mid_call_is_started_again(opened: Opened, tmp_path: Path) -> None:
    servers = opened(math=program(tmp_path / "notes"))
    tools = named(await servers.tools())
    with pytest.raises(NotReady, match="lost in the middle of the call") as lost:
        await result(tools["math__die"])
    assert "may have done its work or not" in lost.value.hint
    await until(lambda: state(servers) == "connected")
    assert (await result(tools["math__add"], '{"a": 1, "b": 1}')).shown == "2"
    notes = (tmp_path / "notes").read_text()
    assert (notes.count("started"), notes.count("dying")) == (2, 1)


async def test_every_call_on_its_way_is_told_of_the_death(opened: Opened, tmp_path: Path) -> None:
    tools = await opened.tools(math=program(tmp_path / "notes"))
    waiting = [asyncio.create_task(result(tools["math__wait"])) for _ in range(3)]
    await until(lambda: (tmp_path / "notes").read_text().count("waiting") == 3)
    with pytest.raises(NotReady):
        await result(tools["math__die"])
    for call in waiting:
        with pytest.raises(NotReady):
            await call


async def test_a_call_meanwhile_fails_with_the_reason(opened: Opened) -> None:
    servers = opened(math=program())
    tools = named(await servers.tools())
    with pytest.raises(NotReady):
        await result(tools["math__die"])
    await until(lambda: state(servers) != "connected")
    with pytest.raises(NotReady, match=r"'math' is (down: it ended \(exit code 7\)|still starting)") as down:
        await result(tools["math__add"], '{"a": 1, "b": 1}')
    assert "`vtai tools`" in down.value.hint


async def test_a_call_that_takes_too_long_is_given_up_and_the_server_kept(
    opened: Opened, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    tools = await opened.tools(math=program(notes, timeout_s=1))
    with pytest.raises(TimedOut, match="did not answer within 1 seconds"):
        await result(tools["math__wait"])
    await until(lambda: "cancelled" in notes.read_text())
    assert (await result(tools["math__add"], '{"a": 1, "b": 1}')).shown == "2"
    assert notes.read_text().count("started") == 1


async def test_a_server_that_hangs_is_ended_and_started_again(opened: Opened, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    servers = opened(math=program(notes, timeout_s=1))
    tools = named(await servers.tools())
    with pytest.raises(TimedOut):
        await result(tools["math__hang"])
    await until(lambda: notes.read_text().count("started") == 2 and state(servers) == "connected")
    pid = int(notes.read_text().partition("hanging ")[2].split()[0])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_server_that_floods_neither_starves_nor_fills_us(opened: Opened) -> None:
    servers = opened(rude=rude("flood", timeout_s=2), math=program())
    tools = named(await servers.tools())
    flooded = asyncio.create_task(result(tools["rude__fine"]))
    for n in range(20):
        assert (await result(tools["math__add"], f'{{"a": {n}, "b": 0}}')).shown == str(n)
    with pytest.raises((TimedOut, NotReady)):
        await flooded
    assert servers.status()[1].state == "connected"


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        pytest.param("giant", "it sent a message longer than 16 MB", id="a message too long"),
        pytest.param("garbage", "not MCP", id="no protocol at all"),
    ],
)
async def test_a_server_that_breaks_the_protocol_is_left(opened: Opened, manner: str, reason: str) -> None:
    servers = opened(rude=rude(manner))
    tools = named(await servers.tools())
    with pytest.raises(NotReady, match="lost in the middle"):
        await result(tools["rude__fine"])
    await until(lambda: state(servers) == "down")
    assert reason in servers.status()[0].reason


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        pytest.param("shapeless", "does not have the form of one", id="a result of no form"),
        pytest.param("refusing", "refused the call: no key [hidden] for you", id="an error, its key hidden"),
    ],
)
async def test_a_bad_answer_is_a_result_that_says_so(opened: Opened, manner: str, words: str) -> None:
    tools = await opened.tools(rude=rude(manner))
    answer = await result(tools["rude__fine"])
    assert answer.is_error
    assert words in answer.text


async def test_messages_that_nobody_knows_are_dropped_and_requests_refused(opened: Opened) -> None:
    tools = await opened.tools(rude=rude("unknown"))
    assert (await result(tools["rude__fine"])).shown == "-32601"


async def test_tools_with_unusable_schemas_are_left_out_and_named(opened: Opened) -> None:
    servers = opened(rude=rude("plain"))
    assert named(await servers.tools()).keys() == {"rude__fine", "rude__circle"}
    reason = servers.status()[0].reason
    for words in (
        "fine (another one",
        "wrong (its schema is wrong",
        "list (its schema is not",
        "long (its schema is too long)",
    ):
        assert words in reason


async def test_a_schema_that_never_ends_checks_nothing(opened: Opened) -> None:
    tools = await opened.tools(rude=rude("plain"))
    assert (await result(tools["rude__circle"], '{"any": 1}')).shown == "done"


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        pytest.param(
            McpServer(command="no-such-program"),
            "its command 'no-such-program' was not found",
            id="no command",
        ),
        pytest.param(McpServer(command="/etc"), "may not be run", id="not a program"),
        pytest.param(
            McpServer(command=sys.executable, args=("-c", "exit(3)")),
            "it ended (exit code 3)",
            id="ends at once",
        ),
        pytest.param(rude("old"), "it does not keep to the protocol", id="a version nobody speaks"),
    ],
)
async def test_a_server_that_does_not_start_is_shown_as_down(
    opened: Opened, server: McpServer, reason: str
) -> None:
    servers = opened(bad=server, math=program(tools=["add"]))
    assert named(await servers.tools()).keys() == {"math__add"}
    [bad, _] = servers.status()
    assert bad.state in {"down", "starting"}
    await until(lambda: reason in servers.status()[0].reason)


async def test_a_server_without_tools_is_connected_all_the_same(opened: Opened) -> None:
    servers = opened(rude=rude("toolless"))
    assert not await servers.tools()
    assert (state(servers), servers.status()[0].reason) == ("connected", "it offers no tools")


async def test_a_slow_server_holds_nobody_up_and_comes_later(opened: Opened) -> None:
    servers = opened(patience_s=0.2, rude=rude("slow"))
    assert not await servers.tools()
    assert state(servers) == "starting"
    await until(lambda: state(servers) == "connected")
    assert "rude__fine" in named(await servers.tools())


@pytest.mark.parametrize("manner", ["silent", "stubborn"])
async def test_a_server_that_will_not_end_is_ended(opened: Opened, manner: str) -> None:
    servers = opened(patience_s=1.0, rude=rude(manner))
    await servers.tools()
    start = time.monotonic()
    await servers.aclose()
    assert time.monotonic() - start < 30
    assert state(servers) == "down"


async def test_nothing_is_started_before_it_is_needed(tmp_path: Path) -> None:
    servers = McpServers({"math": program(tmp_path / "notes")})
    [status] = servers.status()
    assert (status.state, status.reason) == ("starting", "nobody has needed it yet")
    await servers.aclose()
    assert not (tmp_path / "notes").exists()
