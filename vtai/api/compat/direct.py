"""One call of a model, as the program wrote it: its messages, its tools, no prompt of ours."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from vtai.api.compat import named
from vtai.core import routes, think_tags
from vtai.core.events import Notice
from vtai.core.messages import Message
from vtai.core.numbering import Numbering
from vtai.core.ports import Cited, ModelRequest, ToolCallReady, ToolSpec
from vtai.core.routes import Decision, Route
from vtai.handlers import files, pictures, recordings, requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vtai.api.compat.asked import Asked
    from vtai.core.messages import Attachment, ToolCall
    from vtai.core.ports import Model, Services, Stream
    from vtai.core.turn import Capability, Turn

# Of files, at three characters a token, half of what the model can read.
_CHARACTERS_A_TOKEN: Final = 1.5
_NO_PARAMETERS: Final = {"type": "object", "properties": {}}


class Direct:
    """Answers by one call of the model that the turn names; `is_free`: by one that is able, if it names none.

    `calls` are those of the program's tools that the model wants, once the answer is over.
    """

    def __init__(self, asked: Asked, messages: Sequence[Message], *, is_free: bool) -> None:
        self.calls: list[ToolCall] = []
        self._asked = asked
        self._messages = tuple(messages)
        self._is_free = is_free
        has_pictures = any(m.role == "user" and pictures.images(m.attachments) for m in messages)
        self._needs: tuple[Capability, ...] = (
            "chat",
            *(("vision",) if has_pictures else ()),
            *(("tools",) if asked.tools else ()),
        )
        name = routes.VISION if has_pictures else routes.TEXT
        self.route = Route(name, name.title(), "One call of a model.")

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> Stream:
        """The answer in pieces. Raises VTError."""
        catalogue, wanted = services.catalogue, turn.preferences.models.get("chat")
        if self._is_free:
            picked = requests.pick(turn, catalogue, self._needs[-1])
            model, notices = named.able(catalogue, picked.model, self._needs), picked.notices
        else:
            model, notices = named.able(catalogue, catalogue.resolve(wanted or ""), self._needs), ()
            if wanted and (renamed := catalogue.notice(wanted)):
                notices = (Notice("renamed", renamed),)
        for notice in notices:
            yield notice
        request = self._request(
            turn, model, [await self._fit(each, model, services) for each in self._messages]
        )
        numbering = Numbering()
        async with aclosing(think_tags.separated(services.models.stream(request))) as events:
            async for event in events:
                if isinstance(event, ToolCallReady):
                    self.calls.append(event.call)
                elif not isinstance(event, Cited):
                    yield event
                elif found := numbering.add(event.sources):
                    yield found

    def _request(self, turn: Turn, model: Model, messages: Sequence[Message]) -> ModelRequest:
        asked = self._asked
        tools = tuple(
            ToolSpec(
                each.function.name,
                each.function.description or "",
                each.function.parameters or _NO_PARAMETERS,
                bool(each.function.strict),
            )
            for each in asked.tools or ()
        )
        return ModelRequest(
            model=model,
            messages=tuple(messages),
            temperature=asked.temperature,
            top_p=asked.top_p,
            max_tokens=asked.max_tokens,
            effort=asked.reasoning_effort if model.can("reasoning") else None,
            tools=tools,
            tool_choice=asked.choice if tools else None,
            answer_format=asked.response_format if asked.is_json else None,
            person=turn.person,
            asker=turn.asker,
        )

    async def _fit(self, message: Message, model: Model, services: Services) -> Message:
        """The message with its pictures ready for the model, and the words of its other files."""
        if message.role != "user" or not message.attachments:
            return replace(message, attachments=())
        sounds = tuple(filter(recordings.is_sound, message.attachments)) if model.can("audio") else ()
        seen = pictures.images(message.attachments)
        urls = await pictures.data_urls(await pictures.files(seen), model, services) if seen else ()
        others = [file for file in message.attachments if file not in (*seen, *sounds)]
        block = await self._read(others, message.text, model, services)
        text = "\n\n".join(part for part in (block, message.text) if part)
        return replace(message, text=text, attachments=sounds, image_urls=urls)

    async def _read(
        self, others: Sequence[Attachment], question: str, model: Model, services: Services
    ) -> str:
        if not others:
            return ""
        room = int(model.context_tokens * _CHARACTERS_A_TOKEN)
        texts = await files.read(others, question, room, services, is_citing=False)
        if texts.failures:
            raise texts.failures[0]
        return texts.block
