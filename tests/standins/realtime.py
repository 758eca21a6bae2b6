"""A realtime model that does what the test tells it, in OpenAI's wire format, and remembers what it was sent.

`async with RealtimeServer() as server`; the client connects to `server.url`. `person` makes it hear somebody,
`respond` makes it answer.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

PATIENCE_S = 30.0
USAGE = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {"text_tokens": 119, "audio_tokens": 13, "cached_tokens": 64},
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}


class RealtimeServer:
    """One vendor. `refusal` answers the next connections with a status and body, `session_errors` the next
    sessions with an error."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.refusal: tuple[int, str] | None = None
        self.session_errors: list[dict[str, Any]] = []
        self._sockets: list[ServerConnection] = []
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        from websockets.asyncio.server import serve

        self._server = await serve(self._serve, "127.0.0.1", 0, process_request=self._check)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The base URL, with /v1."""
        assert self._server is not None
        return f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/v1"

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What the client sent of one kind."""
        return [event for event in self.received if event["type"] == kind]

    @property
    def heard(self) -> bytes:
        """The sound that the client sent."""
        return b"".join(base64.b64decode(event["audio"]) for event in self.of("input_audio_buffer.append"))

    async def until(self, is_there: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not is_there():
                self._changed.clear()
                await self._changed.wait()

    async def send(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "event_id": f"event_{next(self._numbers)}", **fields}
        await self._sockets[-1].send(json.dumps(event))

    async def begin(self) -> str:
        """Somebody begins to speak."""
        item = f"item_{next(self._numbers)}"
        await self.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id=item)
        return item

    async def end(self, item: str) -> None:
        """Somebody ends."""
        await self.send("input_audio_buffer.speech_stopped", audio_end_ms=900, item_id=item)
        await self.send("input_audio_buffer.committed", item_id=item, previous_item_id=None)

    async def write_down(self, item: str, text: str | None) -> None:
        """What somebody said; None cannot be written down."""
        kind = "conversation.item.input_audio_transcription"
        if text is None:
            error = {"type": "transcription_error", "code": "audio_unintelligible", "message": "Unclear."}
            await self.send(f"{kind}.failed", item_id=item, content_index=0, error=error)
        else:
            usage = {"type": "duration", "seconds": 1}
            await self.send(f"{kind}.completed", item_id=item, content_index=0, transcript=text, usage=usage)

    async def person(self, text: str | None) -> None:
        """Somebody says something."""
        item = await self.begin()
        await self.end(item)
        await self.write_down(item, text)

    async def respond(self, text: str, seconds: float = 1.0, *, is_whole: bool = True) -> str:
        """The model answers. Gives the id of the answer."""
        number = next(self._numbers)
        ids = {"response_id": f"resp_{number}", "item_id": f"msg_{number}"}
        place = {**ids, "output_index": 0, "content_index": 0}
        await self.send("response.created", response={"id": ids["response_id"], "status": "in_progress"})
        await self.send(
            "response.output_item.added",
            response_id=ids["response_id"],
            output_index=0,
            item={"id": ids["item_id"], "type": "message", "role": "assistant", "content": []},
        )
        for word in text.split(" "):
            await self.send("response.output_audio_transcript.delta", delta=f"{word} ", **place)
        sound = bytes(round(seconds * 24_000) * 2)
        for at in range(0, len(sound), 48_000):
            delta = base64.b64encode(sound[at : at + 48_000]).decode()
            await self.send("response.output_audio.delta", delta=delta, **place)
        if is_whole:
            await self.done(ids["response_id"])
        return ids["response_id"]

    async def done(self, id_: str, status: str = "completed", **details: Any) -> None:
        response = {"id": id_, "object": "realtime.response", "status": status, "usage": USAGE}
        await self.send("response.done", response={**response, "status_details": {"type": status, **details}})

    async def drop(self) -> None:
        """The connection is lost."""
        self._sockets[-1].transport.abort()

    def _check(self, socket: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        self.headers.append({name.lower(): value for name, value in request.headers.raw_items()})
        if self.refusal is None:
            return None
        status, body = self.refusal
        return socket.respond(HTTPStatus(status), body)

    async def _serve(self, socket: ServerConnection) -> None:
        self._sockets.append(socket)
        await self.send("session.created", session={"type": "realtime", "id": "sess_1"})
        async for raw in socket:
            event = json.loads(raw)
            self.received.append(event)
            if event["type"] == "session.update":
                await self._set_up(event["session"])
            elif event["type"] == "response.cancel":
                await self.done(event["response_id"], "cancelled", reason="client_cancelled")
            self._changed.set()

    async def _set_up(self, session: dict[str, Any]) -> None:
        if self.session_errors:
            await self.send("error", error=self.session_errors.pop(0))
        else:
            await self.send("session.updated", session=session)
