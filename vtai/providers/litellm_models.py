"""Language models of every vendor that LiteLLM reaches, behind the `ModelClient` port."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from typing import Any

from vtai.core.errors import ProviderError
from vtai.core.ports import Model, ModelEvent, ModelRequest, ToolCallReady
from vtai.providers import citations_litellm
from vtai.providers.endpoint import Endpoint, Timeouts
from vtai.providers.error_sentences import Kind, explained
from vtai.providers.litellm_calls import OwnCalls
from vtai.providers.litellm_ends import StreamEnds, Watch
from vtai.providers.litellm_errors import foreign_errors, translated
from vtai.providers.litellm_library import LiteLLMLibrary
from vtai.providers.litellm_thoughts import Thoughts
from vtai.providers.openai_wire_body import encoded_messages, parameters
from vtai.providers.openai_wire_stream import Answer

_SPARE_S = 5.0
_REMEMBERED_CALLS = 512


class LiteLLMModels:
    """Streams chat answers through LiteLLM. `endpoint_for` says where a model answers and holds its key."""

    def __init__(
        self,
        endpoint_for: Callable[[Model], Endpoint],
        timeouts: Timeouts | None = None,
        library: LiteLLMLibrary | None = None,
    ) -> None:
        self._endpoint_for = endpoint_for
        self._timeouts = timeouts or Timeouts()
        self._library = library or LiteLLMLibrary()
        # A vendor that thinks before it calls a tool wants its thoughts back, signed, with the result.
        self._ends = StreamEnds()
        self._thoughts_of: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    async def warm(self) -> None:
        """Loads LiteLLM, in a thread."""
        await self._library.get()

    async def aclose(self) -> None:
        """Ends every connection."""
        await self._ends.aclose()
        await self._library.aclose()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """The answer in pieces; tool calls and usage last. Raises ProviderError."""
        litellm = await self._library.get()
        endpoint = self._endpoint_for(request.model)
        call = _Call(request, endpoint, self._timeouts, self._ends.watch(endpoint.end_mark))
        pieces = await call.sent(litellm, await self._messages(request))
        try:
            while (chunk := await call.next_chunk(pieces)) is not None:
                for event in call.answer.take(chunk):
                    yield event
            call.check_end(pieces)
            for event in call.answer.end():
                if isinstance(event, ToolCallReady):
                    self._remember(event.call.id, call.thoughts.signed)
                yield event
        finally:
            await _close(pieces)

    async def _messages(self, request: ModelRequest) -> list[dict[str, Any]]:
        encoded = await encoded_messages(request)
        for message in encoded:
            ids = [call["id"] for call in message.get("tool_calls") or ()]
            if thoughts := next((self._thoughts_of[id_] for id_ in ids if id_ in self._thoughts_of), None):
                message["thinking_blocks"] = thoughts
        return encoded

    def _remember(self, call_id: str, thoughts: list[dict[str, Any]]) -> None:
        if thoughts:
            self._thoughts_of[call_id] = thoughts
            while len(self._thoughts_of) > _REMEMBERED_CALLS:
                self._thoughts_of.popitem(last=False)


class _Call:
    """One request and the reading of its answer."""

    def __init__(self, request: ModelRequest, endpoint: Endpoint, timeouts: Timeouts, watch: Watch) -> None:
        self.answer = Answer(request.model.id)
        self.thoughts = Thoughts()
        self._calls = OwnCalls()
        self._request = request
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._watch = watch
        self._deadline = asyncio.get_running_loop().time() + timeouts.first_token_s

    async def sent(self, litellm: Any, messages: list[dict[str, Any]]) -> Any:
        """LiteLLM's stream, once the vendor has taken the request."""
        import httpx

        key = self._endpoint.key
        longest_s = max(self._timeouts.first_token_s, self._timeouts.idle_s) + _SPARE_S
        arguments = {
            "model": self._endpoint.litellm_model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "api_key": key.get_secret_value() if key else None,
            "api_base": self._endpoint.base_url,
            "timeout": httpx.Timeout(longest_s, connect=self._timeouts.connect_s),
            # Trying again is for `RetryingModels`; here it would multiply.
            "max_retries": 0,
            "num_retries": 0,
            **parameters(self._request, self._endpoint),
            **self._endpoint.extra_body,
            **self._watch.arguments(),
        }
        try:
            async with asyncio.timeout_at(self._deadline), self._watch:
                return await litellm.acompletion(**arguments)
        except TimeoutError as error:
            raise self._failure("timed out") from error
        except foreign_errors() as error:
            raise self._translated(error) from error

    async def next_chunk(self, pieces: Any) -> dict[str, Any] | None:
        """The next chunk in OpenAI's shape, or None at the end."""
        idle_end = asyncio.get_running_loop().time() + self._timeouts.idle_s
        deadline = idle_end if self.answer.has_output else self._deadline
        try:
            async with asyncio.timeout_at(deadline), self._watch:
                chunk = await anext(pieces)
        except StopAsyncIteration:
            return None
        except TimeoutError as error:
            raise self._failure("stalled" if self.answer.has_output else "timed out") from error
        except foreign_errors() as error:
            raise self._translated(error) from error
        return self._shaped(chunk)

    def check_end(self, pieces: Any) -> None:
        """Raises where the vendor did not end its answer, or ended it for a bad reason."""
        if self.answer.finish_reason == "content_filter":
            raise self._failure("refused")
        told = [getattr(pieces, f"{kind}_finish_reason", None) for kind in ("received", "intermittent")]
        # LiteLLM gives every answer a finish reason, also one that broke off; these are the vendor's own.
        if not any(told) or self._watch.saw_no_end:
            raise self._failure("cut")

    def _shaped(self, chunk: Any) -> dict[str, Any]:
        shaped: dict[str, Any] = {"choices": [], **citations_litellm.of_chunk(chunk)}
        if (usage := getattr(chunk, "usage", None)) is not None:
            shaped["usage"] = {
                name: getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens")
            }
        for choice in getattr(chunk, "choices", None) or ():
            delta = choice.delta
            self.thoughts.add(getattr(delta, "thinking_blocks", None) or ())
            shaped["choices"].append(
                {
                    "index": choice.index,
                    "finish_reason": choice.finish_reason,
                    "delta": {
                        "content": getattr(delta, "content", None),
                        # Absent, not None, where there is none.
                        "reasoning_content": getattr(delta, "reasoning_content", None),
                        "tool_calls": self._calls.parts(getattr(delta, "tool_calls", None) or ()),
                        "annotations": citations_litellm.of_delta(delta),
                    },
                }
            )
        return shaped

    def _translated(self, error: Exception) -> ProviderError:
        return translated(error, self._endpoint, self._request.model, self.answer.has_output)

    def _failure(self, kind: Kind) -> ProviderError:
        return explained(kind, self._endpoint, self._request.model)


async def _close(pieces: Any) -> None:
    """Ends the vendor's connection, also when the answer was left in the middle."""
    if (aclose := getattr(pieces, "aclose", None)) is not None:
        await aclose()
