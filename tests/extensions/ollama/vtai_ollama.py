"""A wire for VT.ai: Ollama's own format, a line of JSON for each piece of an answer.

Its OpenAI-compatible address does not let a request choose the length of the context; this one does.
Text goes in and comes out; pictures and tool calls are left to the other address.
"""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

from vtai.core.events import TextDelta, ThinkingDelta, Usage
from vtai.core.ports import Model, ModelEvent, ModelRequest
from vtai.providers import error_answers
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.error_sentences import explained
from vtai.providers.http_client import HttpClient


class OllamaWire:
    """`endpoint_for` says where a model answers, and holds its key."""

    def __init__(self, endpoint_for: Callable[[Model], Endpoint], timeouts: Timeouts) -> None:
        self._endpoint_for = endpoint_for
        self._timeouts = timeouts
        self._http = HttpClient(timeouts.connect_s)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer in pieces, usage last. Raises ProviderError."""
        endpoint = self._endpoint_for(request.model)
        has_begun = is_done = False
        async with aclosing(self._parts(request, endpoint)) as parts:
            async for part in parts:
                for event in _events(part, request.model):
                    has_begun = True
                    yield event
                is_done = is_done or part.get("done") is True
        if not is_done:
            raise explained("cut" if has_begun else "down", endpoint, request.model)

    async def _parts(self, request: ModelRequest, endpoint: Endpoint) -> AsyncGenerator[dict[str, Any], None]:
        """Each line of the answer."""
        import httpx

        client = await self._http.get()
        url = f"{(endpoint.base_url or 'http://127.0.0.1:11434').rstrip('/')}/api/chat"
        headers = {"Authorization": f"Bearer {endpoint.key.get_secret_value()}"} if endpoint.key else {}
        waits = httpx.Timeout(self._timeouts.first_token_s, connect=self._timeouts.connect_s)
        body, has_begun = _body(request, endpoint), False
        try:
            async with client.stream("POST", url, json=body, headers=headers, timeout=waits) as response:
                if response.status_code != httpx.codes.OK:
                    answer = error_answers.read(
                        response.status_code, await response.aread(), response.headers
                    )
                    raise error_answers.from_answer(answer, endpoint, request.model)
                lines = cast("AsyncGenerator[str, None]", response.aiter_lines())
                async with aclosing(lines):
                    async for line in lines:
                        part: dict[str, Any] = json.loads(line)
                        if error := part.get("error"):
                            raise explained("down", endpoint, request.model, str(error))
                        has_begun = True
                        yield part
        except httpx.TimeoutException as error:
            raise explained("stalled" if has_begun else "timed out", endpoint, request.model) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise explained("cut" if has_begun else "unreachable", endpoint, request.model) from error
        except (ValueError, AttributeError) as error:
            raise explained("cut", endpoint, request.model) from error


def _body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    options = {
        "num_ctx": request.model.context_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "num_predict": request.max_tokens,
    }
    return {
        "model": request.model.id,
        "messages": [{"role": message.role, "content": message.text} for message in request.messages],
        "options": {name: value for name, value in options.items() if value is not None},
        **endpoint.extra_body,
    }


def _events(part: dict[str, Any], model: Model) -> list[ModelEvent]:
    message = part.get("message") or {}
    events: list[ModelEvent] = []
    if thinking := message.get("thinking"):
        events.append(ThinkingDelta(thinking))
    if text := message.get("content"):
        events.append(TextDelta(text))
    # Of a prompt that it remembers Ollama does not tell the length; VT.ai estimates it then.
    if part.keys() >= {"prompt_eval_count", "eval_count"}:
        events.append(Usage(model.id, part["prompt_eval_count"], part["eval_count"]))
    return events
