"""A lean way to language models at any OpenAI-shaped URL: httpx and json, no SDK.

It sees when an answer breaks off, and it costs little per piece. Breadth is `litellm_models`' part.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, cast

from vtai.core.errors import ProviderError
from vtai.core.ports import Model, ModelEvent, ModelRequest
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.error_answers import from_answer, of_event, read
from vtai.providers.error_sentences import Kind, explained
from vtai.providers.hosted_files import HostedFiles, Limits
from vtai.providers.http_client import HttpClient
from vtai.providers.openai_wire_body import chat_body
from vtai.providers.openai_wire_responses import ResponsesAnswer, responses_body
from vtai.providers.openai_wire_stream import Answer

if TYPE_CHECKING:
    import httpx

_MAX_ERROR_BYTES = 64 * 1024
_MAX_LINE_BYTES = 32 * 1024 * 1024
_DELETE_S = 5.0


class OpenAIWire:
    """Streams chat answers. `endpoint_for` says where a model answers and holds its key.

    `limits` bound the files that go to tools of the vendor and come back.

    Connections are shared and kept; `aclose` ends them.
    """

    def __init__(
        self,
        endpoint_for: Callable[[Model], Endpoint],
        timeouts: Timeouts | None = None,
        http: HttpClient | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._endpoint_for = endpoint_for
        self._timeouts = timeouts or Timeouts()
        self._http = http or HttpClient(self._timeouts.connect_s)
        self._limits = limits or Limits()
        self._deletions: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        """Ends the connections, once what was put at a vendor is deleted there or some seconds are over."""
        if self._deletions:
            _, late = await asyncio.wait(self._deletions, timeout=_DELETE_S)
            for task in late:
                task.cancel()
        await self._http.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer in pieces; tool calls and usage last. Raises ProviderError."""
        endpoint, client = self._endpoint_for(request.model), await self._http.get()
        files = None
        if request.hosted:
            files = HostedFiles(client, endpoint, request.model, self._timeouts, self._limits)
        call = _Call(request, endpoint, self._timeouts, files)
        try:
            async with aclosing(call.stream(client)) as events:
                async for event in events:
                    yield event
        finally:
            if files is not None and (files.ids or call.containers):
                self._delete(files, call.containers)

    def _delete(self, files: HostedFiles, containers: Sequence[str]) -> None:
        """Deletes in the background: neither the answer nor whoever stops it waits for that."""
        task = asyncio.create_task(files.forget(containers))
        self._deletions.add(task)
        task.add_done_callback(self._deletions.discard)


class _Call:
    """One request and the reading of its answer."""

    def __init__(
        self, request: ModelRequest, endpoint: Endpoint, timeouts: Timeouts, files: HostedFiles | None
    ) -> None:
        self._request = request
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._files = files
        searches = request.searches and endpoint.searches_at == "responses"
        self._path = "responses" if searches or request.hosted else "chat/completions"
        newer = ResponsesAnswer(request.model.id) if self._path == "responses" else None
        self._hosted = newer.hosted if newer is not None else None
        self._answer: ResponsesAnswer | Answer = newer or Answer(request.model.id)
        self._deadline = 0.0
        # The vendor's code may run without a sign of life.
        self._idle_s = max(timeouts.idle_s, timeouts.first_token_s) if request.hosted else timeouts.idle_s

    @property
    def containers(self) -> Sequence[str]:
        """Where the vendor has run code for this answer, as far as it has said so."""
        return self._hosted.containers if self._hosted is not None else ()

    async def stream(self, client: httpx.AsyncClient) -> AsyncGenerator[ModelEvent, None]:
        """The whole of it: files in, the answer."""
        if self._files is not None and self._request.files:
            async with aclosing(self._files.carry(self._request.files)) as notices:
                async for notice in notices:
                    yield notice
        response = await self.sent(client)
        try:
            async with aclosing(self.events(response)) as events:
                async for event in events:
                    yield event
        finally:
            await response.aclose()

    async def sent(self, client: httpx.AsyncClient) -> httpx.Response:
        """The response once its headers are there and say that an answer follows."""
        import httpx

        body = await self._body()
        # Compressed streams arrive in lumps.
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        if self._endpoint.key is not None:
            headers["Authorization"] = f"Bearer {self._endpoint.key.get_secret_value()}"
        base = (self._endpoint.base_url or "").rstrip("/")
        self._deadline = asyncio.get_running_loop().time() + self._timeouts.first_token_s
        try:
            async with asyncio.timeout_at(self._deadline):
                outgoing = client.build_request("POST", f"{base}/{self._path}", json=body, headers=headers)
                response = await client.send(outgoing, stream=True)
                if response.status_code != 200:
                    raise await self._refused(response)
        except TimeoutError as error:
            raise self._failure("timed out") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self._failure("unreachable") from error
        return response

    async def _body(self) -> dict[str, Any]:
        if self._path == "responses":
            ids = self._files.ids if self._files is not None else ()
            return await responses_body(self._request, self._endpoint, ids)
        return await chat_body(self._request, self._endpoint)

    async def events(self, response: httpx.Response) -> AsyncGenerator[ModelEvent, None]:
        """The events of the answer. Raises StreamCut where it ends too soon."""
        is_done = False
        async with aclosing(self._lines(response)) as lines:
            async for line in lines:
                if line == b"[DONE]":
                    is_done = True
                    break
                for event in self._answer.take(self._parsed(line)):
                    yield event
        if self._answer.finish_reason == "content_filter":
            raise self._failure("refused")
        if self._answer.finish_reason == "error":
            raise self._failure("down")
        if self._answer.finish_reason is None and not is_done:
            raise self._failure("cut")
        if self._files is not None and self._hosted is not None and self._hosted.made:
            async with aclosing(self._files.fetched(self._hosted.made, self._hosted)) as files:
                async for file in files:
                    yield file
        for event in self._answer.end():
            yield event

    async def _lines(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """The data of each server-sent event. A body that is JSON itself counts as one event."""
        is_json = "json" in response.headers.get("content-type", "")
        rest = b""
        async with aclosing(self._reads(response)) as reads:
            async for data in reads:
                rest += data
                if len(rest) > _MAX_LINE_BYTES:
                    raise self._failure("cut")
                if is_json:
                    continue
                *lines, rest = rest.split(b"\n")
                for line in lines:
                    if line.startswith(b"data:"):
                        yield line[5:].strip()
        if rest := rest.removeprefix(b"data:").strip():
            yield rest

    async def _reads(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """What comes from the network, each read waited for with its own time-out."""
        import httpx

        loop = asyncio.get_running_loop()
        async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_bytes())) as reads:
            while True:
                # Until something can be shown, signs of life do not extend the wait.
                idle_end = loop.time() + self._idle_s
                deadline = idle_end if self._answer.has_output else self._deadline
                try:
                    async with asyncio.timeout_at(deadline):
                        data = await anext(reads)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    if self._answer.finish_reason is not None:
                        return
                    raise self._failure("stalled" if self._answer.has_output else "timed out") from error
                except (httpx.TransportError, httpx.DecodingError) as error:
                    if self._answer.finish_reason is not None:
                        return
                    raise self._failure("cut") from error
                yield data

    def _parsed(self, data: bytes) -> dict[str, Any]:
        try:
            chunk = json.loads(data)
        except ValueError as error:
            raise self._failure("cut") from error
        if not isinstance(chunk, dict):
            raise self._failure("cut")
        if told := self._answer.error_of(chunk):
            raise from_answer(of_event(told), self._endpoint, self._request.model)
        return chunk

    async def _refused(self, response: httpx.Response) -> ProviderError:
        body = b""
        try:
            async for data in response.aiter_bytes():
                body += data
                if len(body) > _MAX_ERROR_BYTES:
                    break
        finally:
            await response.aclose()
        answer = read(response.status_code, body, response.headers)
        return from_answer(answer, self._endpoint, self._request.model)

    def _failure(self, kind: Kind) -> ProviderError:
        return explained(kind, self._endpoint, self._request.model)
