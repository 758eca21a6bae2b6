"""One session of the sandbox service, asked over its connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from vtai.core.code import CodeEvent, CodeResult, CodeWaiting, SessionKey
from vtai.core.errors import Busy
from vtai.providers.sandbox import remote_frames
from vtai.providers.sandbox.engine import FileRefused, SandboxOptions, Session, SessionLost
from vtai.providers.sandbox.inside import frames
from vtai.providers.sandbox.results import Forged

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from vtai.providers.sandbox.places import Places

_PIECES: Final = 4
_LEAST_TIMEOUT_S = 0.1
_BUSY = CodeResult(
    "unavailable", state="kept", notes=("Too much code waits to be run just now. Try again in a moment.",)
)


class Served:
    """Answers requests one after another; only `interrupt` comes in between."""

    def __init__(
        self, socket: WebSocket, session: Session, places: Places, options: SandboxOptions, name: str
    ) -> None:
        self._socket = socket
        self._session = session
        self._places = places
        self._options = options
        self._name = name
        self._work: asyncio.Task[None] | None = None
        self._pieces: asyncio.Queue[bytes | None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._work is not None and not self._work.done()

    async def receive(self) -> bytes:
        """The next message. Raises what the work under way failed with."""
        coming = asyncio.ensure_future(self._socket.receive_bytes())
        try:
            if self._work is not None:
                await asyncio.wait({coming, self._work}, return_when=asyncio.FIRST_COMPLETED)
                if self._work.done():
                    work, self._work = self._work, None
                    work.result()
            return await coming
        finally:
            coming.cancel()

    async def answer(self, header: frames.Header, payload: bytes) -> None:
        """Begins what is asked. Raises Forged for what does not belong here."""
        op = header["op"]
        if op == "interrupt":
            await self._session.interrupt()
        elif self._pieces is not None:
            if op != "put":
                raise Forged(f"{op} in the middle of a file")
            await self._feed(self._pieces, header, payload)
        else:
            await self._free(op)
            await self._begin(header, payload)

    async def _free(self, op: str) -> None:
        """Returns when nothing is under way: one thing at a time. Who wants rest does not wait for code."""
        if self._work is None:
            return
        if op == "rest":
            self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)

    async def _begin(self, header: frames.Header, payload: bytes) -> None:
        match header["op"]:
            case "run":
                work = self._run(payload.decode("utf-8", "replace"), header.get("timeout_s"))
            case "put":
                self._pieces = asyncio.Queue(_PIECES)
                work = self._put(_name(header), self._pieces)
            case "get":
                work = self._get(_name(header), header.get("max_bytes"))
            case "rest":
                work = self._rest()
            case op:
                raise Forged(f"{op} when it is open already")
        self._work = asyncio.create_task(work)
        if self._pieces is not None:
            await self._feed(self._pieces, header, payload)

    async def close(self) -> None:
        """Ends the session and what is under way."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        await self._session.close()

    async def _rest(self) -> None:
        await self._session.rest()
        await self._say({"op": "rested", "is_alive": self._session.is_alive})

    async def _run(self, code: str, timeout_s: Any) -> None:
        wanted = float(timeout_s) if isinstance(timeout_s, int | float) else self._options.timeout_s
        limit = min(max(wanted, _LEAST_TIMEOUT_S), self._options.most_timeout_s)
        async with aclosing(self._in_turn(code, limit)) as events:
            async for event in events:
                made = self._session.made if isinstance(event, CodeResult) else ()
                for frame in remote_frames.event_frames(event, made, is_alive=self._session.is_alive):
                    await self._socket.send_bytes(frame)

    async def _in_turn(self, code: str, timeout_s: float) -> AsyncGenerator[CodeEvent, None]:
        try:
            ticket = self._places.ask(SessionKey(self._name, self._name))
        except Busy:
            yield _BUSY
            return
        try:
            async with aclosing(self._places.progress(ticket)) as waits:
                async for ahead in waits:
                    yield CodeWaiting(ahead)
            await self._say({"op": "started"})
            async with aclosing(self._session.run(code, timeout_s)) as events:
                async for event in events:
                    yield event
        finally:
            self._places.leave(ticket)

    async def _feed(self, pieces: asyncio.Queue[bytes | None], header: frames.Header, payload: bytes) -> None:
        is_last = header.get("more") is not True
        for piece in (payload, None) if is_last else (payload,):
            # Where the file was refused, nobody takes the rest of it any more.
            if self._work is not None and not self._work.done():
                putting = asyncio.ensure_future(pieces.put(piece))
                await asyncio.wait({putting, self._work}, return_when=asyncio.FIRST_COMPLETED)
                putting.cancel()
        if is_last:
            self._pieces = None

    async def _put(self, name: str, pieces: asyncio.Queue[bytes | None]) -> None:
        error: str | None = None
        try:
            await self._session.put(name, _taken(pieces))
        except FileRefused as refusal:
            error = str(refusal)
        except SessionLost:
            error = ""
        await self._say({"op": "putted", "error": error, "is_alive": self._session.is_alive})

    async def _get(self, name: str, max_bytes: Any) -> None:
        most = self._options.made_file_bytes
        if isinstance(max_bytes, int):
            most = min(most, max_bytes)
        try:
            data = await self._session.get(name, most)
        except (FileRefused, SessionLost) as refusal:
            await self._say({"op": "file", "error": str(refusal), "is_alive": self._session.is_alive})
            return
        for frame in frames.pieces({"op": "file", "is_alive": True}, data):
            await self._socket.send_bytes(frame)

    async def _say(self, header: frames.Header) -> None:
        await self._socket.send_bytes(frames.encode(header))


async def _taken(pieces: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (piece := await pieces.get()) is not None:
        yield piece


def _name(header: frames.Header) -> str:
    name = header.get("name")
    if not isinstance(name, str):
        raise Forged("a file without a name")
    return name
