"""One's own conversations: listed, read, searched, renamed, deleted, taken out and brought in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field
from starlette.responses import Response

from vtai.api import reading
from vtai.api.answers import UNSTORED, Unfit
from vtai.api.endpoints import Answer, Call, Endpoint, Media
from vtai.api.messages import Messages, messages_of
from vtai.api.reading import WHOLE_TEXT, Body, Query, Result
from vtai.api.stored import Paging, history_of, paged
from vtai.core import exporting
from vtai.core.errors import BadArguments, UnknownName
from vtai.wiring import deleting

if TYPE_CHECKING:
    from vtai.core.history import Conversation, Hit, Record
    from vtai.wiring import App

MOST_IMPORTED_BYTES = 50_000_000


class ConversationShown(Result):
    id: str
    name: str
    made_at: float
    """Seconds since the epoch."""
    changed_at: float


class Conversations(Result):
    items: list[ConversationShown]
    """The one changed last first."""
    cursor: str | None
    """Asks for what follows; null at the end."""


class NewName(Body):
    name: Annotated[str, Field(min_length=1, max_length=300), WHOLE_TEXT]


class Deleted(Result):
    deleted: int


class Words(Paging):
    q: Annotated[str, Field(min_length=1, max_length=1_000), WHOLE_TEXT]
    """What was said: all of the words, the last one may be a beginning."""


class Mark(Result):
    start: int
    end: int


class HitShown(Result):
    conversation: ConversationShown
    message: str
    """The id of the message; of the conversation where its name was found."""
    kind: str
    excerpt: str
    marks: list[Mark]
    """Where the words stand in the excerpt."""
    at: float


class Hits(Result):
    items: list[HitShown]
    cursor: str | None


class Format(Query):
    format: Literal["markdown", "json"] = "json"


class Imported(Result):
    conversations: list[str]
    """The ids of what was brought in, under which it is found from now on."""


class Talks:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._importing = asyncio.Lock()

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        return (*self._reading(), *self._changing())

    def _reading(self) -> Sequence[Endpoint[Any, Any]]:
        lost = {404: "The cursor leads nowhere."}
        one = "/conversations/{id}"
        exported = Media({"text/markdown": {"type": "string"}, "application/json": {"type": "object"}})
        return (
            Endpoint(
                "GET",
                "/conversations",
                "read",
                "The conversations.",
                self.conversations,
                Conversations,
                query=Paging,
                says=lost,
            ),
            Endpoint("GET", one, "read", "One of them.", self.conversation, ConversationShown),
            Endpoint("GET", f"{one}/messages", "read", "What it says.", self.conversation_messages, Messages),
            Endpoint(
                "GET",
                f"{one}/export",
                "read",
                "All of it, to be kept as a file.",
                self.export_conversation,
                exported,
                query=Format,
            ),
            Endpoint(
                "GET", "/search", "read", "Where it was said.", self.search, Hits, query=Words, says=lost
            ),
        )

    def _changing(self) -> Sequence[Endpoint[Any, Any]]:
        one = "/conversations/{id}"
        return (
            Endpoint(
                "DELETE",
                "/conversations",
                "write",
                "Deletes all of them.",
                self.delete_conversations,
                Deleted,
            ),
            Endpoint(
                "POST",
                "/conversations/import",
                "write",
                "Brings conversations in: an export of VT.ai or of ChatGPT.",
                self.import_conversations,
                Imported,
                takes=Media({"application/json": {"type": ["object", "array"]}}),
                status=201,
            ),
            Endpoint(
                "PATCH",
                one,
                "write",
                "Renames it.",
                self.rename_conversation,
                ConversationShown,
                body=NewName,
            ),
            Endpoint("DELETE", one, "write", "Deletes it and what belongs to it.", self.delete_conversation),
        )

    async def conversations(self, call: Call[None, Paging]) -> Answer:
        store = await history_of(self._app)
        page = await paged(store.histories.page(call.person, call.query.cursor, call.query.limit))
        return Conversations(items=[shown(each) for each in page.items], cursor=page.cursor)

    async def delete_conversations(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        return Deleted(deleted=await deleting.every(self._app, store, call.person))

    async def conversation(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        if (found := await store.histories.find(call.person, call.part())) is None:
            raise unknown()
        return shown(found)

    async def rename_conversation(self, call: Call[NewName, None]) -> Answer:
        store = await history_of(self._app)
        if not await store.histories.rename(call.person, call.part(), call.body.name):
            raise unknown()
        return await self.conversation(Call(call.request, call.caller, None, None))

    async def delete_conversation(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        if not await deleting.one(self._app, store, call.person, call.part()):
            raise unknown()
        return None

    async def conversation_messages(self, call: Call[None, None]) -> Answer:
        return messages_of(await self._record(call.person, call.part()))

    async def export_conversation(self, call: Call[None, Format]) -> Answer:
        record = await self._record(call.person, call.part())
        is_json = call.query.format == "json"
        write = exporting.to_json if is_json else exporting.to_markdown
        content = await asyncio.to_thread(write, record)
        name = _file_name(record.conversation.name, "json" if is_json else "md")
        kind = "application/json" if is_json else "text/markdown"
        return Response(content, 200, attached(name), kind)

    async def import_conversations(self, call: Call[None, None]) -> Answer:
        store = await history_of(self._app)
        content = await reading.read(call.request, MOST_IMPORTED_BYTES)
        try:
            # One at a time: parsed, a large file takes many times its size.
            async with self._importing:
                records = await asyncio.to_thread(exporting.read, content)
        except BadArguments as error:
            raise Unfit(error.message, error.hint) from error
        ids = [await store.histories.add(call.person, record) for record in records]
        return Imported(conversations=ids)

    async def search(self, call: Call[None, Words]) -> Answer:
        store = await history_of(self._app)
        asked = call.query
        page = await paged(store.histories.search(call.person, asked.q, asked.cursor, asked.limit))
        return Hits(items=[_hit(each) for each in page.items], cursor=page.cursor)

    async def _record(self, person: str, conversation: str) -> Record:
        store = await history_of(self._app)
        if (record := await store.histories.open(person, conversation)) is None:
            raise unknown()
        return record


def shown(conversation: Conversation) -> ConversationShown:
    return ConversationShown(
        id=conversation.id,
        name=conversation.name,
        made_at=conversation.made_at,
        changed_at=conversation.changed_at,
    )


def unknown() -> UnknownName:
    """What is somebody else's is said to be just as unknown."""
    return UnknownName("There is no such conversation.", "GET /api/v1/conversations lists yours.")


def _hit(hit: Hit) -> HitShown:
    return HitShown(
        conversation=shown(hit.conversation),
        message=hit.step_id,
        kind=hit.kind,
        excerpt=hit.excerpt,
        marks=[Mark(start=start, end=end) for start, end in hit.marks],
        at=hit.at,
    )


def _file_name(name: str, suffix: str) -> str:
    plain = re.sub(r"[^\w .-]+", " ", name).strip(" .")[:80] or "conversation"
    return f"{plain}.{suffix}"


def attached(name: str) -> Mapping[str, str]:
    """Headers of a file to be saved under this name."""
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_")
    value = f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {**UNSTORED, "Content-Disposition": value}
