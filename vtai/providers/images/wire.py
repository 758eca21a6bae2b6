"""Pictures over an OpenAI-shaped URL: `/images/generations`, and `/images/edits` for pictures to change.

An answer comes as JSON, or as a stream of previews and the picture; which one is the server's to choose.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from vtai.providers.error_answers import from_answer, of_event, read
from vtai.providers.error_sentences import Kind, explained
from vtai.providers.images.answers import Made, Partial, for_pictures
from vtai.providers.images.rejections import Rejected, named
from vtai.providers.images.wire_body import outgoing

if TYPE_CHECKING:
    import httpx

    from vtai.core.errors import ProviderError
    from vtai.core.ports import ImageRequest
    from vtai.providers.endpoint import Endpoint
    from vtai.providers.http_client import HttpClient
    from vtai.providers.images.planning import Plan

_MAX_ANSWER_BYTES = 256 * 1024 * 1024
_MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds to wait for the first picture or preview, and for each further one."""

    making_s: float = 240.0
    idle_s: float = 120.0


class WirePictures:
    """Makes and changes pictures over HTTP."""

    def __init__(self, http: HttpClient, waits: Waits) -> None:
        self._http = http
        self._waits = waits

    async def make(
        self, request: ImageRequest, endpoint: Endpoint, plan: Plan
    ) -> AsyncGenerator[Partial | Made, None]:
        """Previews where the server streams, then the answer. Raises Rejected and other ProviderErrors."""
        call = _Call(request, endpoint, plan, self._waits)
        response = await call.sent(await self._http.get())
        try:
            if "event-stream" in response.headers.get("content-type", ""):
                async with aclosing(call.events(response)) as events:
                    async for event in events:
                        yield event
            else:
                yield await call.whole(response)
        finally:
            await response.aclose()


class _Call:
    """One request and the reading of its answer."""

    def __init__(self, request: ImageRequest, endpoint: Endpoint, plan: Plan, waits: Waits) -> None:
        self._request = request
        self._endpoint = endpoint
        self._plan = plan
        self._waits = waits
        self._has_output = False
        self._has_news = False
        self._deadline = 0.0

    async def sent(self, client: httpx.AsyncClient) -> httpx.Response:
        """The response once its headers are there and say that an answer follows."""
        import httpx

        request, plan = self._request, self._plan
        fields = {**plan.fields, **self._endpoint.extra_body}
        mask = request.mask if plan.has_mask else None
        self._deadline = asyncio.get_running_loop().time() + self._waits.making_s
        try:
            message = await asyncio.to_thread(
                outgoing, client, request, self._endpoint, fields, mask, plan.abilities.edits_as
            )
            async with asyncio.timeout_at(self._deadline):
                response = await client.send(message, stream=True)
                if response.status_code != 200:
                    raise await self._refused(response, {**fields, "mask": mask} if mask else fields)
        except TimeoutError as error:
            raise self._failure("timed out") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self._failure("unreachable") from error
        return response

    async def whole(self, response: httpx.Response) -> Made:
        """An answer in one piece."""
        body = bytearray()
        async with aclosing(self._reads(response)) as reads:
            async for data in reads:
                body += data
                if len(body) > _MAX_ANSWER_BYTES:
                    raise self._failure("cut")
        return self._made(Made.of, await self._parsed(bytes(body)))

    async def events(self, response: httpx.Response) -> AsyncGenerator[Partial | Made, None]:
        """Previews, and the picture in the end. Raises StreamCut where that does not come."""
        async with aclosing(self._lines(response)) as lines:
            async for line in lines:
                event = await self._parsed(line)
                kind = str(event.get("type") or "")
                if kind.endswith(".partial_image") and isinstance(event.get("b64_json"), str):
                    self._has_output = self._has_news = True
                    yield Partial(event["b64_json"])
                elif kind.endswith(".completed"):
                    yield self._made(Made.of_event, event)
                    return
                elif "data" in event:
                    yield self._made(Made.of, event)
                    return
        raise self._failure("cut")

    async def _lines(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """The data of each server-sent event."""
        rest = bytearray()
        async with aclosing(self._reads(response)) as reads:
            async for data in reads:
                # Only what is new is looked through: one line is a whole picture.
                start = len(rest)
                rest += data
                if len(rest) > _MAX_ANSWER_BYTES:
                    raise self._failure("cut")
                while (end := rest.find(b"\n", start)) >= 0:
                    line = bytes(rest[:end]).strip()
                    del rest[: end + 1]
                    start = 0
                    if line == b"data: [DONE]":
                        return
                    if line.startswith(b"data:"):
                        yield line[5:].strip()
        if rest.startswith(b"data:"):
            yield bytes(rest[5:]).strip()

    async def _reads(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """What comes from the network, each read waited for until the deadline."""
        import httpx

        loop = asyncio.get_running_loop()
        async with aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_bytes())) as reads:
            while True:
                # Only a picture to show extends the wait: signs of life alone may go on for ever.
                if self._has_news:
                    self._has_news = False
                    self._deadline = loop.time() + self._waits.idle_s
                try:
                    async with asyncio.timeout_at(self._deadline):
                        data = await anext(reads)
                except StopAsyncIteration:
                    return
                except TimeoutError as error:
                    raise self._failure("stalled" if self._has_output else "timed out") from error
                except (httpx.TransportError, httpx.DecodingError) as error:
                    raise self._failure("cut") from error
                yield data

    async def _parsed(self, data: bytes) -> dict[str, Any]:
        try:
            parsed = await asyncio.to_thread(json.loads, data)
        except ValueError as error:
            raise self._failure("cut") from error
        if not isinstance(parsed, dict):
            raise self._failure("cut")
        if told := parsed.get("error") or (parsed if parsed.get("type") == "error" else None):
            answer = of_event(told)
            if "moderation" in answer.code:
                answer = replace(answer, status=400)
            raise for_pictures(from_answer(answer, self._endpoint, self._request.model), self._endpoint)
        return parsed

    def _made(self, reading: Callable[[dict[str, Any]], Made], answer: dict[str, Any]) -> Made:
        try:
            return reading(answer)
        except (AttributeError, TypeError, ValueError) as error:
            raise self._failure("cut") from error

    async def _refused(self, response: httpx.Response, sent: Mapping[str, Any]) -> ProviderError:
        body = b""
        try:
            async for data in response.aiter_bytes():
                body += data
                if len(body) > _MAX_ERROR_BYTES:
                    break
        finally:
            await response.aclose()
        answer = read(response.status_code, body, response.headers)
        error = for_pictures(from_answer(answer, self._endpoint, self._request.model), self._endpoint)
        if response.status_code in {400, 422} and (names := named(body.decode(errors="replace"), sent)):
            return Rejected(explained("bad request", self._endpoint, self._request.model, answer.text), names)
        return error

    def _failure(self, kind: Kind) -> ProviderError:
        return explained(kind, self._endpoint, self._request.model)
