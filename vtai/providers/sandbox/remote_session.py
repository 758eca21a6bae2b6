"""One session of a sandbox service: a connection that code is sent over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn

from vtai.core.code import CodeEvent, CodeFigure, CodeResult
from vtai.providers.sandbox import ends, remote_frames, results
from vtai.providers.sandbox.engine import FileInfo, FileRefused, NoSession, SandboxOptions, SessionLost
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.results import Forged

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

logger = logging.getLogger(__name__)

OPEN_S: Final = 120.0
ANSWER_S: Final = 60.0
_LOST = CodeResult(
    "unavailable",
    state="reset",
    notes=("The connection to the sandbox service broke off; the interpreter and its variables are gone.",),
)


@dataclass(slots=True)
class _Run:
    """What of a run has come so far. `longest_s` is how long it may be silent once it has begun."""

    longest_s: float
    has_started: bool = False
    end: CodeResult | None = None
    _figure: bytearray = field(default_factory=bytearray)

    @property
    def patience_s(self) -> float | None:
        # Until then it may have to wait for others; that the service lives is seen by pings.
        return self.longest_s if self.has_started else None

    def figure_of(self, payload: bytes, *, has_more: bool) -> CodeFigure | None:
        """The figure, when its last piece has come. Raises Forged."""
        self._figure += payload
        if len(self._figure) > results.MOST_FIGURE_BYTES:
            raise Forged("a figure that is too large")
        if has_more:
            return None
        data = results.figure(bytes(self._figure))
        self._figure.clear()
        return None if data is None else CodeFigure(data)


class RemoteSession:
    """One connection. Whatever breaks on it ends the session; the next one is opened anew."""

    def __init__(self, connection: ClientConnection, options: SandboxOptions) -> None:
        self._connection = connection
        self._options = options
        self._is_alive = True
        self._made: tuple[FileInfo, ...] = ()

    @property
    def is_alive(self) -> bool:
        from websockets.protocol import State

        return self._is_alive and self._connection.state is State.OPEN

    @property
    def made(self) -> Sequence[FileInfo]:
        return self._made

    async def open(self) -> None:
        """Raises NoSession."""
        try:
            await self._send({"op": "open"})
            header, _ = await self._next(OPEN_S)
        except SessionLost as error:
            raise NoSession("the service closed the connection") from error
        if header["op"] != "opened":
            raise NoSession(str(header.get("reason", "the service gave no session"))[:500])

    async def run(self, code: str, timeout_s: float) -> AsyncGenerator[CodeEvent, None]:
        payload = code.encode("utf-8", "replace")
        if len(payload) > frames.MAX_PAYLOAD_BYTES:
            yield ends.too_long(frames.MAX_PAYLOAD_BYTES)
            return
        if not self.is_alive:
            yield ends.gone()
            return
        self._made = ()
        run = _Run(timeout_s + self._options.grace_s + ANSWER_S)
        try:
            await self._send({"op": "run", "timeout_s": timeout_s}, payload)
            while run.end is None:
                event = self._taken(run, *await self._next(run.patience_s))
                if event is not None:
                    yield event
        except (SessionLost, Forged):
            await self.close()
            yield _LOST

    async def put(self, name: str, content: AsyncIterator[bytes]) -> None:
        piece = b""
        async for following in content:
            if piece:
                await self._send({"op": "put", "name": name, "more": True}, piece)
            piece = following
        await self._send({"op": "put", "name": name, "more": False}, piece)
        header, _ = await self._answer("putted")
        if header.get("error") is not None:
            self._refuse(header)

    async def get(self, name: str, max_bytes: int) -> bytes:
        await self._send({"op": "get", "name": name, "max_bytes": max_bytes})
        found = bytearray()
        has_more = True
        while has_more:
            header, payload = await self._answer("file")
            if header.get("error") is not None:
                self._refuse(header)
            found += payload
            if len(found) > max_bytes:
                await self._lose("a file that is larger than it said")
            has_more = header.get("more") is True
        return bytes(found)

    async def interrupt(self) -> None:
        with suppress(SessionLost):
            await self._send({"op": "interrupt"})

    async def rest(self) -> None:
        with suppress(SessionLost):
            await self._send({"op": "rest"})
            while True:
                # What a run that was stopped still had to say goes nowhere.
                header, _ = await self._next(self._options.grace_s + ANSWER_S)
                if header["op"] == "rested":
                    self._is_alive = header.get("is_alive") is True
                    return

    async def close(self) -> None:
        self._is_alive = False
        await self._connection.close()

    def _taken(self, run: _Run, header: frames.Header, payload: bytes) -> CodeEvent | None:
        """What there is to show of a message."""
        match header["op"]:
            case "started":
                run.has_started = True
            case "waiting":
                return remote_frames.waiting_of(header)
            case "output":
                return remote_frames.output_of(header, payload)
            case "table":
                return remote_frames.table_of(payload)
            case "figure":
                return run.figure_of(payload, has_more=header.get("more") is True)
            case "ended":
                run.end, self._made, self._is_alive = remote_frames.end_of(payload)
                return run.end
            case op:
                raise Forged(f"{op} during a run")
        return None

    def _refuse(self, header: frames.Header) -> NoReturn:
        """Raises FileRefused, SessionLost."""
        reason = results.refusal(header) or ""
        self._is_alive = header.get("is_alive") is True
        if not self._is_alive:
            raise SessionLost
        raise FileRefused(reason)

    async def _answer(self, op: str) -> remote_frames.Message:
        header, payload = await self._next(ANSWER_S)
        if header["op"] != op:
            await self._lose(f"{header['op']} instead of {op}")
        return header, payload

    async def _send(self, header: frames.Header, payload: bytes = b"") -> None:
        """Raises SessionLost."""
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(ANSWER_S):
                await self._connection.send(frames.encode(header, payload))
        except (ConnectionClosed, TimeoutError, frames.BadFrame) as error:
            await self._lose(str(error))

    async def _next(self, patience_s: float | None) -> remote_frames.Message:
        """Raises SessionLost."""
        from websockets.exceptions import ConnectionClosed

        try:
            async with asyncio.timeout(patience_s):
                message = await self._connection.recv()
            return remote_frames.decoded(message, remote_frames.FROM_SERVICE)
        except (ConnectionClosed, TimeoutError, Forged) as error:
            await self._lose(str(error))

    async def _lose(self, reason: str) -> NoReturn:
        """Nobody knows what comes next. Raises SessionLost."""
        logger.warning("sandbox: a session of the service is lost: %s", reason)
        await self.close()
        raise SessionLost
