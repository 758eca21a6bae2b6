"""Messages to be answered, like those of the page, and the answers that run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field
from starlette.responses import Response

from vtai.api.answers import Conflict
from vtai.api.asking import MOST_SAID, Message, preferences_of
from vtai.api.conversations import unknown
from vtai.api.endpoints import Answer, Call, Endpoint, Media
from vtai.api.files import own_file
from vtai.api.reading import WHOLE_TEXT, Body, Result
from vtai.api.recording import Writing, new_id
from vtai.api.replies import Reply, Streamed, Whole
from vtai.api.runs import Run, Runs
from vtai.api.stored import history_of, keeps_history, store_of
from vtai.core.conversation import Conversation
from vtai.core.errors import BadAttachment, UnknownName
from vtai.core.messages import Attachment
from vtai.core.messages import Message as Line
from vtai.core.turn import Turn

if TYPE_CHECKING:
    from vtai.core.history import Record, StoredFile
    from vtai.wiring import App
    from vtai.wiring.storing import Store

_STREAM = {
    "type": "object",
    "description": "Each of the events that come.",
    "properties": {
        "event": {"type": "string"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": "#/components/schemas/ChatEvent"},
        },
    },
    "required": ["event", "data"],
}
_LEADS = (
    "conversation",
    "rename_conversation",
    "conversation_messages",
    "export_conversation",
    "share_conversation",
    "feedback",
    "delete_conversation",
)


class Waiting(Result):
    id: str
    name: str
    arguments: str
    language: str


class RunShown(Result):
    id: str
    conversation: str | None
    message: str
    at: float
    """Seconds since the epoch."""
    waiting: list[Waiting]
    """Tools that wait to be approved."""


class RunsShown(Result):
    items: list[RunShown]


class Approved(Body):
    id: Annotated[str, Field(max_length=200), WHOLE_TEXT]
    """Of the call, as the event `approval` has it."""
    answer: Literal["once", "always", "no"]


class Chatting:
    """The answers, over one application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._runs = Runs()

    def endpoints(self) -> Sequence[Endpoint[Any, Any]]:
        return (
            Endpoint(
                "POST",
                "/chat",
                "chat",
                "Answers a message. Closing the connection stops the answer.",
                self.chat,
                Reply,
                body=Message,
                also=Media({"text/event-stream": _STREAM}),
                says={
                    404: "There is no such conversation, file, model or route.",
                    409: "A conversation and a history were given.",
                    429: "Too many of your answers are running.",
                    501: "Nothing is kept here.",
                },
                max_bytes=10_000_000,
                leads={name: {"id": "/conversation"} for name in _LEADS},
            ),
            Endpoint("GET", "/runs", "read", "Your answers that are running.", self.runs, RunsShown),
            Endpoint("DELETE", "/runs/{id}", "chat", "Stops one; what was said stays.", self.stop_run),
            Endpoint(
                "POST",
                "/runs/{id}/approvals",
                "chat",
                "Answers a tool that asks first.",
                self.approve,
                body=Approved,
            ),
        )

    async def chat(self, call: Call[Message, None]) -> Answer:
        message, caller = call.body, call.caller
        if message.conversation is not None or message.files or any(m.files for m in message.history or ()):
            call.need("read")  # what a model is shown it can be made to repeat
        writing = await self._prepared(message, call)
        writing.turn = replace(
            writing.turn,
            person=call.person,
            person_name=caller.person.name,
            group=caller.person.group,
            key=caller.key_id,
            door="api",
        )
        run = Run(self._app, writing, asks=message.approvals == "ask")
        self._runs.add(run)
        if message.stream:
            return Streamed(run, self._runs)
        whole = Whole()
        try:
            is_there = await run.serve(whole.take, call.request.receive)
        finally:
            self._runs.remove(run)
        return whole.reply(run) if is_there else Response(status_code=499)

    async def runs(self, call: Call[None, None]) -> Answer:
        return RunsShown(items=[_shown(run) for run in self._runs.of(call.person)])

    async def stop_run(self, call: Call[None, None]) -> Answer:
        self._runs.find(call.person, call.part()).stop()
        return None

    async def approve(self, call: Call[Approved, None]) -> Answer:
        self._runs.find(call.person, call.part()).answer(call.body.id, call.body.answer)
        return None

    async def _prepared(self, message: Message, call: Call[Message, None]) -> Writing:
        """The turn with all that belongs to it. Raises UnknownName, Conflict, BadAttachment."""
        app = self._app
        if message.conversation is not None and message.history is not None:
            raise Conflict("A conversation and a history were given.", "Give one of them.")
        if message.route is not None and message.route not in {route.name for route in app.chat.routes}:
            raise UnknownName("There is no such route.", "GET /api/v1/routes lists them.")
        model = app.services.catalogue.resolve(message.model) if message.model is not None else None
        files = await self._files(call.person, message.files)
        if len(files) > (most := app.loaded.settings.max_upload_files):
            raise BadAttachment(
                f"A message takes at most {most} files.", "Send some of them in the next one."
            )
        keeps = message.keep and message.history is None and keeps_history(app)
        store = await store_of(app) if keeps or message.conversation is not None else None
        turn = Turn(
            message.text,
            attachments=await self._attachments(files),
            command=message.command,
            route=message.route,
            preferences=preferences_of(message, app.preferences, model),
            conversation=message.conversation or new_id(),
        )
        if message.conversation is not None:
            record = await self._record(call.person, message.conversation)
            turn = await self._continued(turn, record)
        elif message.history is not None:
            turn = replace(turn, history=await self._told(call.person, message))
        is_new = message.conversation is None
        return Writing(turn, files, store if keeps else None, is_new=is_new)

    async def _record(self, person: str, conversation: str) -> Record:
        store = await history_of(self._app)
        if (record := await store.histories.open(person, conversation)) is None:
            raise unknown()
        return record

    async def _continued(self, turn: Turn, record: Record) -> Turn:
        """With what was said before. A message that got no answer is not part of it."""
        lines: list[Line] = []
        for each in record.exchanges[-MOST_SAID:]:
            if each.answer or each.files or each.work:
                sent = await self._stored(record.conversation.person, each.attachments)
                made = await self._stored(record.conversation.person, each.files)
                lines += (
                    Line("user", each.text, attachments=sent),
                    Line("assistant", each.answer, attachments=made, work=each.work),
                )
        before = next((each.route for each in reversed(record.exchanges) if each.route), None)
        return replace(turn, history=Conversation(tuple(lines)), previous_route=before)

    async def _told(self, person: str, message: Message) -> Conversation:
        lines = []
        for said in message.history or ():
            files = await self._attachments(await self._files(person, said.files))
            lines.append(Line(said.role, said.text, attachments=files))
        return Conversation(tuple(lines))

    async def _files(self, person: str, keys: Iterable[str]) -> list[StoredFile]:
        """One's own files. Raises UnknownName."""
        wanted = list(dict.fromkeys(keys))
        store: Store | None = await store_of(self._app) if wanted else None
        return [await own_file(store, person, key) for key in wanted] if store is not None else []

    async def _stored(self, person: str, keys: Iterable[str]) -> tuple[Attachment, ...]:
        """Files of a conversation of theirs, as far as they are still there."""
        store = await store_of(self._app)
        found = [await store.files.find(key) for key in keys]
        return await self._attachments([file for file in found if file is not None and file.person == person])

    async def _attachments(self, files: Sequence[StoredFile]) -> tuple[Attachment, ...]:
        if not files:
            return ()
        store = await store_of(self._app)
        return tuple(
            [
                Attachment(file.name, file.media_type, await store.files.path(file.key), file.size_bytes)
                for file in files
            ]
        )


def _shown(run: Run) -> RunShown:
    waiting = [
        Waiting(id=each.id, name=each.name, arguments=each.arguments, language=each.language)
        for each in run.waiting
    ]
    writing = run.writing
    return RunShown(
        id=run.id,
        conversation=writing.conversation,
        message=writing.message,
        at=writing.at,
        waiting=waiting,
    )
