"""Turns an OpenAI-shaped event stream into our events. Knows nothing of connections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vtai.core.events import Notice, TextDelta, ThinkingDelta, Usage
from vtai.core.messages import ToolCall
from vtai.core.ports import ModelEvent, ToolCallReady
from vtai.providers.citations_chat import Citations, of_chunk, of_delta

LENGTH = Notice("length", "The answer stops here because it reached its longest length.")


class Answer:
    """What has come so far of one answer. `model_id` names the model in its usage."""

    def __init__(self, model_id: str) -> None:
        self.finish_reason: str | None = None
        self.has_output = False
        self._model_id = model_id
        self._usage: dict[str, Any] | None = None
        self._calls: list[dict[str, str]] = []
        self._call_at: dict[int, int] = {}
        self._citations = Citations()

    def take(self, chunk: dict[str, Any]) -> Iterator[ModelEvent]:
        """The events of one chunk; its finish reason, usage and parts of tool calls are kept."""
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage")
        if usage:
            self._usage = usage
        for choice in chunk.get("choices") or ():
            if choice.get("index", 0) != 0:
                continue
            yield from self._delta(choice.get("delta") or choice.get("message") or {})
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
        yield from self._citations.take(of_chunk(chunk))

    def end(self) -> Iterator[ModelEvent]:
        """What is left to say once the stream has ended as it should."""
        for number, call in enumerate(self._calls):
            id_ = call["id"] or f"call_{number}"
            yield ToolCallReady(ToolCall(id_, call["name"], call["arguments"] or "{}"))
        if self.finish_reason in {"length", "max_tokens"}:
            yield LENGTH
        if self._usage is not None:
            yield Usage(
                self._model_id,
                int(self._usage.get("prompt_tokens") or 0),
                int(self._usage.get("completion_tokens") or 0),
            )

    def error_of(self, chunk: dict[str, Any]) -> Any:
        """What the vendor says of a failure in the middle; None where nothing failed."""
        return chunk.get("error")

    def _delta(self, delta: dict[str, Any]) -> Iterator[ModelEvent]:
        # Some servers send both names of the reasoning field, with the same text.
        if thinking := delta.get("reasoning_content") or delta.get("reasoning"):
            self.has_output = True
            yield ThinkingDelta(str(thinking))
        for text in (delta.get("content"), delta.get("refusal")):
            if text:
                self.has_output = True
                yield from _content(text)
        for part in delta.get("tool_calls") or ():
            self.has_output = True
            self._add_call_part(part)
        yield from self._citations.take(of_delta(delta))

    def _add_call_part(self, part: dict[str, Any]) -> None:
        """Parts belong together by index; a new id at an index already taken is a call of its own."""
        index = part.get("index")
        place = self._call_at.get(index if index is not None else -1)
        id_ = part.get("id") or ""
        if place is None or (id_ and self._calls[place]["id"] not in {"", id_}):
            place = len(self._calls)
            self._calls.append({"id": "", "name": "", "arguments": ""})
            self._call_at[index if index is not None else -1] = place
        call, function = self._calls[place], part.get("function") or {}
        call["id"] = call["id"] or id_
        call["name"] = call["name"] or (function.get("name") or "")
        call["arguments"] += function.get("arguments") or ""


def _content(content: str | list[dict[str, Any]]) -> Iterator[ModelEvent]:
    """Content is text, or for some vendors a list of parts, of which some are reasoning."""
    if isinstance(content, str):
        yield TextDelta(content)
        return
    for part in content:
        if part.get("type") == "thinking":
            for thought in part.get("thinking") or ():
                if thought.get("text"):
                    yield ThinkingDelta(thought["text"])
        elif part.get("text"):
            yield TextDelta(part["text"])
