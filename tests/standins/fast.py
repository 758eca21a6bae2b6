"""A small, fast OpenAI-shaped stand-in: streams, stalls, cuts and fails as told, and remembers every request.

In one process: `async with FastServer() as server`, then `server.script(text="Hi")` and `server.requests`.
From another: `python -m tests.standins.fast --port 0` prints its URL; `POST /_script` takes one script or
a list, `GET /_requests` what was asked, `POST /_reset` forgets both. `tests.standins.remote` wraps that.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from tests.standins import pictures
from tests.standins.script import Script

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass
class Recorded:
    """One request as it came, and how the answer to it ended."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    ended: Literal["running", "complete", "cut", "client left"] = "running"
    started_s: float = field(default_factory=time.monotonic)
    ended_s: float | None = None

    @property
    def last_user_text(self) -> str:
        messages = self.body.get("messages", []) if isinstance(self.body, dict) else []
        contents = [m.get("content") for m in messages if m.get("role") == "user"]
        content = contents[-1] if contents else ""
        if isinstance(content, list):
            return " ".join(part.get("text", "") for part in content)
        return str(content)


class _Reader(asyncio.StreamReader):
    """Cancels the answer when the client goes."""

    answering: asyncio.Task[None] | None = None

    def feed_eof(self) -> None:
        super().feed_eof()
        self._leave()

    def set_exception(self, exc: BaseException) -> None:
        # A client that leaves with something unread resets the connection.
        super().set_exception(exc)  # type: ignore[arg-type]
        self._leave()

    def _leave(self) -> None:
        if self.answering is not None:
            self.answering.cancel()


class FastServer:
    """Answers with the scripts it was given, oldest first, then with `default`."""

    def __init__(self, port: int = 0, default: Script | None = None) -> None:
        self.port = port
        self.default = default or Script()
        self.requests: list[Recorded] = []
        self._queue: list[Script] = []
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL, with /v1."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def running(self) -> int:
        """Answers that are being sent right now."""
        return sum(request.ended == "running" for request in self.requests)

    def script(self, **fields: Any) -> None:
        self._queue.append(Script(**fields))

    def reset(self) -> None:
        self._queue.clear()
        self.requests.clear()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert isinstance(reader, _Reader)
            task = loop.create_task(self._serve(reader, writer))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

        self._server = await loop.create_server(
            lambda: asyncio.StreamReaderProtocol(_Reader(limit=2**26, loop=loop), connected, loop=loop),
            "127.0.0.1",
            self.port,
            backlog=2048,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def wait_until_ended(self, number: int = 0, timeout_s: float = 20.0) -> Recorded:
        """The request once its answer has ended, for tests of who closed what."""
        async with asyncio.timeout(timeout_s):
            while len(self.requests) <= number or self.requests[number].ended == "running":
                await asyncio.sleep(0.005)
        return self.requests[number]

    async def _serve(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, one after the other."""
        try:
            while (request := await _read_request(reader)) is not None:
                answer = asyncio.ensure_future(self._answer(request, writer))
                reader.answering = answer
                with contextlib.suppress(ConnectionError):
                    await answer
                reader.answering = None
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, request: Recorded, writer: asyncio.StreamWriter) -> None:
        if request.path.startswith("/_"):
            await _send_json(writer, 200, self._control(request))
            return
        self.requests.append(request)
        try:
            await self._play(self._script_for(request).filled(request.body), request, writer)
            if request.ended == "running":
                request.ended = "complete"
        except (asyncio.CancelledError, ConnectionError):
            request.ended = "client left"
            raise
        finally:
            request.ended_s = time.monotonic()

    def _control(self, request: Recorded) -> Any:
        match request.path:
            case "/_script":
                scripts = request.body if isinstance(request.body, list) else [request.body]
                self._queue.extend(Script.of(values) for values in scripts)
                return {"queued": len(self._queue)}
            case "/_default":
                self.default = Script.of(request.body)
            case "/_reset":
                self.reset()
            case "/_requests":
                return [asdict(recorded) for recorded in self.requests]
        return {}

    def _script_for(self, request: Recorded) -> Script:
        for script in self._queue:
            if not request.path.endswith(script.path) or (not script.path and request.method == "GET"):
                continue
            if script.match:
                if script.match in request.last_user_text:
                    return script
                continue
            self._queue.remove(script)
            return script
        return self.default

    async def _play(self, script: Script, request: Recorded, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(script.headers_delay_s)
        if script.status != 200:
            error = {"message": f"Made-up failure {script.status}.", "type": "error"} | (script.error or {})
            await _send_json(writer, script.status, script.body or {"error": error}, script.retry_after)
        elif script.raw:
            await _send_raw(writer, script)
        elif _asks_for_stream(script, request):
            await _send_stream(writer, script, request)
        else:
            await _send_json(writer, 200, _whole_answer(script, request))


def _asks_for_stream(script: Script, request: Recorded) -> bool:
    if request.path.endswith("/chat/completions"):
        return bool(request.body.get("stream"))
    return script.previews is not None and pictures.asks_for_previews(request.path, request.body)


async def _read_request(reader: asyncio.StreamReader) -> Recorded | None:
    line = await reader.readline()
    if not line:
        return None
    method, path, _ = line.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while (line := await reader.readline()) not in {b"\r\n", b""}:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    is_json = "json" in headers.get("content-type", "json")
    parsed = json.loads(body) if body and is_json else body.decode("latin-1")
    return Recorded(method, path.partition("?")[0], headers, parsed)


async def _send_json(
    writer: asyncio.StreamWriter, status: int, body: Any, retry_after: str | None = None
) -> None:
    data = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Made Up')}\r\nContent-Type: application/json\r\n"
    if retry_after is not None:
        head += f"Retry-After: {retry_after}\r\n"
    writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    await writer.drain()


async def _send_raw(writer: asyncio.StreamWriter, script: Script) -> None:
    data = script.raw.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {script.raw_type}\r\nContent-Length: {len(data)}\r\n\r\n"
    writer.write(head.encode() + data)
    await writer.drain()


async def _send_stream(writer: asyncio.StreamWriter, script: Script, request: Recorded) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    await writer.drain()
    await asyncio.sleep(script.first_delay_s)
    is_picture = "/images/" in request.path
    events = pictures.events(script, request.path) if is_picture else _events(script, request.body)
    async for piece in events:
        data = f"data: {piece if isinstance(piece, str) else json.dumps(piece)}\n\n".encode()
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await writer.drain()
        if script.pace_s:
            await asyncio.sleep(script.pace_s)
    if script.cut_after is not None:
        request.ended = "cut"
        writer.transport.abort()
        return
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _events(script: Script, body: dict[str, Any]) -> AsyncIterator[dict[str, Any] | str]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body.get("model")}
    stops = [n for n in (script.stall_after, script.cut_after, script.error_after) if n is not None]
    for delta in itertools.islice(script.deltas(), min(stops, default=None)):
        yield head | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    if script.stall_after is not None:
        await asyncio.Event().wait()
    if script.error_after is not None:
        yield {"error": script.error or {"message": "Made-up failure.", "type": "server_error"}}
    if stops or script.finish_reason is None:
        return
    reason = "tool_calls" if script.tool_calls else script.finish_reason
    yield head | {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    if script.usage and (body.get("stream_options") or {}).get("include_usage"):
        yield head | {"choices": [], "usage": script.usage}
    yield "[DONE]"


def _whole_answer(script: Script, request: Recorded) -> Any:
    """The answer in one piece, for whichever end point was asked."""
    path, model = request.path, request.body.get("model") if isinstance(request.body, dict) else None
    if path.endswith("/models"):
        return {"object": "list", "data": [{"id": "fast-1", "object": "model", "owned_by": "stand-in"}]}
    if "/images/" in path:
        data = [{"url" if i.startswith("http") else "b64_json": i} for i in script.images]
        return {"created": 1, "data": data, "usage": script.usage, **script.told}
    if path.endswith("/embeddings"):
        return {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}]}
    message: dict[str, Any] = {"role": "assistant", "content": "".join(script.answer_pieces())}
    if script.reasoning:
        message[script.reasoning_field] = script.reasoning
    choice = {"index": 0, "message": message, "finish_reason": script.finish_reason or "stop"}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
            "choices": [choice], "usage": script.usage}  # fmt: skip


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    async with FastServer(parser.parse_args().port) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main())
