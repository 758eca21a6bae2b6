"""OpenAI's newer end point, `/responses`, where a vendor searches the web and runs tools by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from vtai.core.events import TextDelta, ThinkingDelta, Usage
from vtai.core.messages import ToolCall
from vtai.core.ports import ModelEvent, ToolCallReady
from vtai.providers import hosted_tools
from vtai.providers.citations_chat import Citations, of_annotation
from vtai.providers.citations_files import FileCitations
from vtai.providers.hosted_calls import HostedCalls
from vtai.providers.hosted_links import SandboxLinks
from vtai.providers.openai_wire_body import added, encoded_messages, parameters
from vtai.providers.openai_wire_stream import LENGTH

if TYPE_CHECKING:
    from vtai.core.ports import ModelRequest
    from vtai.providers.endpoint import Endpoint

_TEXT = frozenset({"response.output_text.delta", "response.refusal.delta"})
_THINKING = frozenset({"response.reasoning_summary_text.delta", "response.reasoning_text.delta"})
_ENDS = {"response.completed": "stop", "response.incomplete": "length"}


async def responses_body(
    request: ModelRequest, endpoint: Endpoint, file_ids: Sequence[str] = ()
) -> dict[str, Any]:
    """The JSON body of a streaming request. Nothing is kept at the vendor. Raises BadAttachment.

    `file_ids` are files at the vendor for code that runs there.
    """
    asked = added(parameters(request, endpoint), hosted_tools.fields(request.hosted, endpoint, file_ids))
    fields = asked | dict(endpoint.extra_body)
    effort, longest = fields.pop("reasoning_effort", None), fields.pop(endpoint.max_tokens_field, None)
    if effort is not None:
        fields["reasoning"] = {"effort": effort}
    if longest is not None:
        fields["max_output_tokens"] = longest
    if "tools" in fields:
        fields["tools"] = [_flat(tool) for tool in fields["tools"]]
    if "tool_choice" in fields and isinstance(fields["tool_choice"], dict):
        fields["tool_choice"] = _flat(fields["tool_choice"])
    if (wanted := fields.pop("response_format", None)) is not None:
        fields["text"] = {"format": {"type": wanted["type"], **wanted.get("json_schema", {})}}
    messages = await encoded_messages(request)
    body = {"model": request.model.id, "input": [item for m in messages for item in _items(m)]}
    return body | {"stream": True, "store": False} | fields


class ResponsesAnswer:
    """What has come so far of one answer, as `openai_wire_stream.Answer` has it for chat.

    `hosted` follows what the vendor's own tools do in it.
    """

    def __init__(self, model_id: str) -> None:
        self.finish_reason: str | None = None
        self.has_output = False
        self.hosted = HostedCalls()
        self._model_id = model_id
        self._usage: dict[str, Any] | None = None
        self._calls: list[ToolCall] = []
        self._citations = Citations()
        self._files = FileCitations()
        self._links = SandboxLinks()

    def take(self, event: dict[str, Any]) -> Iterator[ModelEvent]:
        """The events of one event of the stream; its usage and tool calls are kept."""
        kind = event.get("type")
        if kind in _TEXT and event.get("delta"):
            self.has_output = True
            yield from _said(self._links.feed(str(event["delta"])))
            return
        yield from _said(self._links.finish())
        if kind in _THINKING and event.get("delta"):
            self.has_output = True
            yield ThinkingDelta(str(event["delta"]))
        elif kind == "response.output_text.annotation.added":
            yield from self._noted(event.get("annotation"))
        elif kind == "response.output_item.done":
            yield from self._item(event.get("item") or {})
        elif kind in _ENDS:
            self._end(_ENDS[kind], event.get("response") or {})
        for step in self.hosted.take(event):
            self.has_output = True
            yield step
        # Code is shown when it is complete, which may take a while.
        self.has_output = self.has_output or kind == "response.code_interpreter_call_code.delta"

    def end(self) -> Iterator[ModelEvent]:
        """What is left to say once the stream has ended as it should."""
        yield from _said(self._links.finish())
        yield from self.hosted.end()
        for call in self._calls:
            yield ToolCallReady(call)
        if self.finish_reason == "length":
            yield LENGTH
        if self._usage is not None:
            yield Usage(
                self._model_id,
                int(self._usage.get("input_tokens") or 0),
                int(self._usage.get("output_tokens") or 0),
            )

    def error_of(self, event: dict[str, Any]) -> Any:
        """What the vendor says of a failure in the middle; None where nothing failed."""
        kind = event.get("type")
        if kind == "response.failed":
            return (event.get("response") or {}).get("error") or "The answer failed."
        if kind == "error" and not event.get("error"):
            return {"code": event.get("code"), "message": event.get("message")}
        return event.get("error")

    def _item(self, item: dict[str, Any]) -> Iterator[ModelEvent]:
        """A finished part: a tool call, or a message whose citations may not have come one by one."""
        if item.get("type") == "function_call":
            self.has_output = True
            id_ = str(item.get("call_id") or item.get("id") or f"call_{len(self._calls)}")
            self._calls.append(ToolCall(id_, str(item.get("name") or ""), item.get("arguments") or "{}"))
        self._files.found(item)
        for part in item.get("content") or () if item.get("type") == "message" else ():
            for note in part.get("annotations") or ():
                yield from self._noted(note)

    def _noted(self, note: Any) -> Iterator[ModelEvent]:
        """A page or a file that the text refers to."""
        self.hosted.named(note)
        yield from self._citations.take(of_annotation(note))
        yield from self._files.take(note)

    def _end(self, reason: str, response: dict[str, Any]) -> None:
        self._usage = response.get("usage") or self._usage
        is_refused = (response.get("incomplete_details") or {}).get("reason") == "content_filter"
        self.finish_reason = "content_filter" if is_refused else reason


def _said(text: str) -> Iterator[ModelEvent]:
    if text:
        yield TextDelta(text)


def _flat(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool as this end point has it: what chat wraps as `function` stands in the tool itself."""
    return {"type": "function", **tool["function"]} if "function" in tool else tool


def _items(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The items that stand for a message of chat."""
    role, content = message["role"], message.get("content")
    if role == "tool":
        yield {"type": "function_call_output", "call_id": message["tool_call_id"], "output": content}
        return
    if content:
        yield {"role": role, "content": content if isinstance(content, str) else [_part(p) for p in content]}
    for call in message.get("tool_calls") or ():
        yield {"type": "function_call", "call_id": call["id"], **call["function"]}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "image_url":
        return {"type": "input_image", "image_url": part["image_url"]["url"]}
    return {"type": "input_text", "text": part["text"]}
