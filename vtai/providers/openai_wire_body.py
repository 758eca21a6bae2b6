"""Spells a request the OpenAI way. Both wires send these messages and tools."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vtai.core.errors import BadAttachment

if TYPE_CHECKING:
    from vtai.core.messages import Attachment, Message
    from vtai.core.ports import Model, ModelRequest, ToolSpec
    from vtai.providers.endpoint import Endpoint


async def chat_body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The JSON body of a streaming chat request. Raises BadAttachment."""
    body: dict[str, Any] = {
        "model": request.model.id,
        "messages": await encoded_messages(request),
        "stream": True,
    }
    if endpoint.asks_for_usage:
        body["stream_options"] = {"include_usage": True}
    return body | parameters(request, endpoint) | dict(endpoint.extra_body)


def parameters(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """What the person set, without what the model refuses. None is left out; 0 is a value."""
    model = request.model
    fields: dict[str, Any] = {"temperature": request.temperature, "top_p": request.top_p}
    if request.max_tokens is not None and "max_tokens" not in model.rejects:
        fields[endpoint.max_tokens_field] = min(
            request.max_tokens, model.max_output_tokens or request.max_tokens
        )
    if request.effort is not None and model.can("reasoning"):
        fields |= endpoint.efforts.get(request.effort, {"reasoning_effort": request.effort})
    if request.tools:
        fields["tools"] = [_encoded_tool(tool) for tool in request.tools]
        fields["tool_choice"] = _encoded_choice(request.tool_choice)
    if request.answer_format is not None:
        fields["response_format"] = dict(request.answer_format)
    if request.searches:
        fields = added(fields, endpoint.search_body)
    return {name: value for name, value in fields.items() if value is not None and name not in model.rejects}


def added(fields: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with further ones laid over them; a list goes behind the one that is there."""
    both = dict(fields)
    for name, value in more.items():
        both[name] = [*both.get(name, ()), *value] if isinstance(value, list) else value
    return both


async def encoded_messages(request: ModelRequest) -> list[dict[str, Any]]:
    """The conversation, pictures included where the model can see. Raises BadAttachment."""
    return [await _encoded(message, request.model) for message in request.messages]


async def _encoded(message: Message, model: Model) -> dict[str, Any]:
    match message.role:
        case "tool":
            return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.text}
        case "assistant" if message.tool_calls:
            calls = [
                {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
                for c in message.tool_calls
            ]
            return {"role": "assistant", "content": message.text or None, "tool_calls": calls}
        case "user":
            return {"role": "user", "content": await _user_content(message, model)}
        case _:
            return {"role": message.role, "content": message.text}


async def _user_content(message: Message, model: Model) -> str | list[dict[str, Any]]:
    images = [attachment for attachment in message.attachments if attachment.kind == "image"]
    sounds = [attachment for attachment in message.attachments if attachment.kind in {"audio", "video"}]
    if sounds and model.can("audio"):
        heard = [await asyncio.to_thread(_input_audio, sound) for sound in sounds]
        without = replace(message, attachments=tuple(images))
        return [*_parts(await _user_content(without, model)), *heard]
    if not images and not message.image_urls:
        return message.text
    if not model.can("vision"):
        # A picture from earlier in the conversation: a model that cannot see would refuse the whole request.
        names = [image.name for image in images] or ["picture"]
        return "\n".join([message.text, *(f"[{name}: not shown to this model]" for name in names)])
    urls = [await asyncio.to_thread(_data_url, image) for image in images] + list(message.image_urls)
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [{"type": "text", "text": message.text}, *pictures] if message.text else pictures


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content


def _input_audio(sound: Attachment) -> dict[str, Any]:
    """A recording as it is; vendors take MP3 and WAV."""
    data = _content(sound)
    kind = "wav" if data[:4] == b"RIFF" else "mp3"
    return {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(data).decode(), "format": kind},
    }


def _data_url(image: Attachment) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(_content(image)).decode()}"


def _content(file: Attachment) -> bytes:
    try:
        return file.path.read_bytes()
    except OSError as error:
        raise BadAttachment(
            f"The file {file.name!r} cannot be read any more.", "Attach it again and send the message."
        ) from error


def _encoded_tool(tool: ToolSpec) -> dict[str, Any]:
    function: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    if tool.is_strict:
        function["strict"] = True
    return {"type": "function", "function": function}


def _encoded_choice(choice: str | None) -> str | dict[str, Any] | None:
    if choice is None or choice in {"auto", "none", "required"}:
        return choice
    return {"type": "function", "function": {"name": choice}}
