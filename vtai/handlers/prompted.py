"""Tool calls for models that have none of their own: a form that they are told, and that is read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from vtai import prompts
from vtai.core import think_tags
from vtai.core.events import Notice, TextDelta
from vtai.core.marks import marked
from vtai.core.messages import Message, ToolCall
from vtai.core.ports import ModelClient, ModelEvent, ModelRequest, ToolCallReady, ToolSpec

_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_CALL = re.compile(re.escape(_OPEN) + r"\s*(.*?)\s*" + re.escape(_CLOSE), re.DOTALL)


class BadForm(ValueError):
    """What the model wrote is no call of a tool."""


@dataclass(frozen=True, slots=True)
class PromptedModels:
    """A way to models that says in words which tools there are; fits the ModelClient port.

    Words before the first call pass through as they come. A call that is not in the form, or of a tool that
    does not exist, is not repaired: the model is asked once more, to answer plainly, and a notice says so.
    """

    models: ModelClient

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        heard = _Heard()
        async with aclosing(self._heard(_told(request), heard)) as events:
            async for event in events:
                yield event
        if not heard.form:
            return
        try:
            calls = read(heard.form, request.tools)
        except BadForm as error:
            name = request.model.name
            text = f"{name} did not call a tool as it was told ({error}); it answers in words."
            yield Notice("tools", text)
        else:
            for call in calls:
                yield ToolCallReady(call)
            return
        if heard.speech.strip():
            yield TextDelta("\n\n")
        async with aclosing(self._heard(_plain(request), _Heard())) as events:
            async for event in events:
                yield event

    async def _heard(self, request: ModelRequest, heard: _Heard) -> AsyncGenerator[ModelEvent, None]:
        """What comes before a call, as it comes; `heard` gets all of it. Reasoning is no speech."""
        async with aclosing(think_tags.separated(self.models.stream(request))) as events:
            async for event in events:
                if not isinstance(event, TextDelta):
                    yield event
                elif piece := heard.feed(event.text):
                    yield TextDelta(piece)
        if rest := heard.finish():
            yield TextDelta(rest)


@dataclass
class _Heard:
    """An answer told apart: `speech`, and from the first call on `form`."""

    speech: str = ""
    form: str = ""
    _held: str = ""

    def feed(self, text: str) -> str:
        """What is speech for certain: not what may yet become a call."""
        if self.form:
            self.form += text
            return ""
        waiting = self._held + text
        until = _speech_end(waiting)
        piece, self._held = waiting[:until], waiting[until:]
        if self._held.startswith(_OPEN):
            self.form, self._held = self._held, ""
        self.speech += piece
        return piece

    def finish(self) -> str:
        """What was held back and came to nothing."""
        rest, self._held = self._held, ""
        self.speech += rest
        return rest


def read(text: str, tools: Sequence[ToolSpec]) -> list[ToolCall]:
    """The calls in the text. Raises BadForm for anything else: other words, bad JSON, unknown names."""
    if rest := _CALL.sub("", text).strip():
        unended = rest.startswith(_OPEN) and _CLOSE not in rest
        raise BadForm("a call has no end" if unended else "there is more than calls")
    known = {tool.name for tool in tools}
    calls = []
    for number, match in enumerate(_CALL.finditer(text), 1):
        try:
            given = json.loads(match[1])
        except (ValueError, RecursionError) as error:
            raise BadForm("its JSON is broken") from error
        match given:
            case {"name": str(name), "arguments": dict(arguments), **others} if not others:
                if name not in known:
                    raise BadForm(f"there is no tool {name[:40]!r}")
                calls.append(ToolCall(f"call_{number}", name, json.dumps(arguments)))
            case _:
                raise BadForm("a call needs a name and arguments, and nothing else")
    return calls


def _written(call: ToolCall) -> str:
    """A call as the model would have written it."""
    return f'{_OPEN}{{"name": {json.dumps(call.name)}, "arguments": {call.arguments or "{}"}}}{_CLOSE}'


def _speech_end(text: str) -> int:
    """Up to where the text is speech for certain: before a call, and before what may become one."""
    if (start := text.find(_OPEN)) >= 0:
        return start
    for length in range(min(len(_OPEN) - 1, len(text)), 0, -1):
        if text.endswith(_OPEN[:length]):
            return len(text) - length
    return len(text)


def _told(request: ModelRequest) -> ModelRequest:
    """The request without tools, which its first message describes; earlier calls and results are words."""
    described = "\n".join(
        json.dumps({"name": tool.name, "description": tool.description, "parameters": tool.parameters})
        for tool in request.tools
    )
    form = prompts.render("tool_form", tools=described) if described else ""
    return replace(request, tools=(), messages=_in_words(request.messages, form))


def _plain(request: ModelRequest) -> ModelRequest:
    return replace(request, tools=(), messages=_in_words(request.messages, prompts.render("no_tools")))


def _in_words(messages: Sequence[Message], more: str) -> tuple[Message, ...]:
    """The conversation for a model that knows no tool messages; `more` is added to what it is told first."""
    said: list[Message] = []
    names: dict[str | None, str] = {}
    has_results = False
    for message in messages:
        match message.role:
            case "assistant" if message.tool_calls:
                names |= {call.id: call.name for call in message.tool_calls}
                calls = "\n".join(map(_written, message.tool_calls))
                said.append(Message("assistant", f"{message.text}\n{calls}".strip()))
            case "tool":
                result = marked("tool_result", message.text, name=names.get(message.tool_call_id, ""))
                if has_results:
                    said[-1] = replace(said[-1], text=f"{said[-1].text}\n{result}")
                else:
                    said.append(Message("user", result))
            case _:
                said.append(message)
        has_results = message.role == "tool"
    if said and said[0].role == "system":
        said[0] = replace(said[0], text=f"{said[0].text}\n\n{more}".strip())
    elif more:
        said.insert(0, Message("system", more))
    return tuple(said)
