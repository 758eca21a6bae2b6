"""A server as a child process: an environment without our keys, a process group, an end for its children too.

A child that leaves the group it was started in (a daemon) is not found again; nothing else outlives us.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from vtai.providers.mcp.inlet import MAX_MESSAGE_BYTES, Inlet, Pace
from vtai.providers.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.shared.message import SessionMessage

    from vtai.providers.mcp.declared import McpServer
    from vtai.providers.mcp.inlet import Incoming, Outgoing

logger = logging.getLogger(__name__)

# The second line is what Windows cannot start a program without.
_PASSED_ON: Final = ("PATH", "HOME", "LANG") + (
    ("SYSTEMROOT", "PATHEXT", "TEMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA") if os.name == "nt" else ()
)
_PATIENCE_S: Final = 1.0
_DRAIN_BYTES: Final = 4_096
_MAX_LINES_ASIDE: Final = 1_000


class Child(NamedTuple):
    transport: asyncio.SubprocessTransport
    process: asyncio.subprocess.Process
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader


class StdioTransport:
    """`async with` it as (incoming, outgoing); `on_end` gets the reason when the child is lost."""

    def __init__(self, name: str, server: McpServer, on_end: Callable[[str], None]) -> None:
        self._name = name
        self._server = server
        self._on_end = on_end
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> tuple[Incoming, Outgoing]:
        """Raises OSError where the command cannot be run."""
        import anyio

        self._child = child = await _started(self._server)
        to_session, incoming = anyio.create_memory_object_stream["SessionMessage | Exception"](0)
        outgoing, from_session = anyio.create_memory_object_stream["SessionMessage"](0)
        self._tasks = [
            asyncio.create_task(self._read(child, to_session, outgoing.clone())),
            asyncio.create_task(self._write(child, from_session)),
            asyncio.create_task(self._drain(child)),
        ]
        return incoming, outgoing

    async def __aexit__(self, *_: object) -> None:
        try:
            await _end(self._child)
        finally:
            _kill(self._child)
            await _is_gone(self._child)
            self._child.transport.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(
        self,
        child: Child,
        to_session: MemoryObjectSendStream[SessionMessage | Exception],
        outgoing: Outgoing,
    ) -> None:
        """Passes on one message a line until there are no more."""
        import anyio

        try:
            async with to_session, outgoing:
                self._on_end(await self._lines(child, Inlet(to_session, outgoing)))
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            pass  # the session has gone before

    async def _lines(self, child: Child, inlet: Inlet) -> str:
        """Why there are no more."""
        from mcp.types import JSONRPCMessage
        from pydantic import ValidationError

        pace, aside = Pace(), 0
        while aside < _MAX_LINES_ASIDE:
            try:
                line = await child.stdout.readline()
            except ValueError:
                return f"it sent a message longer than {MAX_MESSAGE_BYTES >> 20} MB"
            if not line:
                return await _how_it_ended(child)
            await pace.step()
            try:
                message = JSONRPCMessage.model_validate_json(line)
            except ValidationError:
                aside += 1  # some print a greeting before they speak
                continue
            aside = 0
            await inlet.put(message)
        return "it writes lines to its standard output that are not MCP"

    async def _write(self, child: Child, from_session: MemoryObjectReceiveStream[SessionMessage]) -> None:
        with suppress(ConnectionError):
            async with from_session:
                async for sent in from_session:
                    text = sent.message.model_dump_json(by_alias=True, exclude_none=True)
                    child.stdin.write(text.encode() + b"\n")
                    await child.stdin.drain()

    async def _drain(self, child: Child) -> None:
        """Keeps the child's standard error from filling up; shows it to whoever debugs."""
        pace = Pace()
        while chunk := await child.stderr.read(_DRAIN_BYTES):
            await pace.step()
            if logger.isEnabledFor(logging.DEBUG):
                text = redacted(chunk.decode(errors="replace").rstrip(), *self._server.secrets)
                logger.debug("MCP server %s: %s", self._name, text)


def environment(server: McpServer) -> dict[str, str]:
    """All that the child gets to know of ours, and what the operator gave it."""
    passed = {name: value for name in _PASSED_ON if (value := os.environ.get(name))}
    return passed | {name: value.get_secret_value() for name, value in server.env.items()}


async def _started(server: McpServer) -> Child:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.subprocess_exec(
        lambda: asyncio.subprocess.SubprocessStreamProtocol(MAX_MESSAGE_BYTES, loop),
        server.command or "",
        *server.args,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(server),
        start_new_session=True,
    )
    process = asyncio.subprocess.Process(transport, protocol, loop)
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise RuntimeError("the child was started without pipes")
    return Child(transport, process, process.stdin, process.stdout, process.stderr)


async def _end(child: Child) -> None:
    """Ends the child as the protocol says: by closing its input, then by asking; force comes after this."""
    child.stdin.close()
    if not await _is_gone(child):
        _signal(child, signal.SIGTERM)
        await _is_gone(child)


async def _is_gone(child: Child) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await child.process.wait()
    return child.process.returncode is not None


async def _how_it_ended(child: Child) -> str:
    if not await _is_gone(child):
        return "it closed its standard output"
    return f"it ended (exit code {child.process.returncode})"


def _kill(child: Child) -> None:
    """The child where it still is, and whatever it started."""
    _signal(child, getattr(signal, "SIGKILL", signal.SIGTERM))


def _signal(child: Child, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.process.pid, number)
        elif child.process.returncode is None:
            child.process.kill()
