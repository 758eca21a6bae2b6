"""The events of a reply as they are answered: each a JSON object whose `type` tells which one it is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel

from vtai.api.reading import Result
from vtai.api.routing import Decided

Outcome = Literal["answered", "asked", "failed", "stopped"]


class Started(Result):
    """The first event."""

    type: Literal["started"] = "started"
    run: str
    """Names the running answer, for DELETE /runs/{id} and POST /runs/{id}/approvals."""
    conversation: str | None
    """Where it is kept; null where it is not."""
    message: str
    """The id of the question."""


class RouteEvent(Result):
    type: Literal["route"] = "route"
    decision: Decided


class TextEvent(Result):
    """A piece of the answer, in Markdown."""

    type: Literal["text"] = "text"
    text: str


class ThinkingEvent(Result):
    type: Literal["thinking"] = "thinking"
    text: str


class ToolStartedEvent(Result):
    type: Literal["tool_started"] = "tool_started"
    id: str
    name: str
    arguments: str
    language: str


class ToolProgressEvent(Result):
    type: Literal["tool_progress"] = "tool_progress"
    id: str
    text: str


class ToolFinishedEvent(Result):
    type: Literal["tool_finished"] = "tool_finished"
    id: str
    output: str
    is_error: bool
    seconds: float | None


class ApprovalEvent(Result):
    """A tool asks first. Without POST /runs/{id}/approvals the answer is no."""

    type: Literal["approval"] = "approval"
    id: str
    name: str
    arguments: str
    language: str
    is_waiting: bool
    """Somebody may answer; else it was answered with no."""


class SpeechEvent(Result):
    """A part of the reply as sound."""

    type: Literal["speech"] = "speech"
    number: int
    media_type: str
    data: str
    """In base64."""
    text: str


class TableEvent(Result):
    type: Literal["table"] = "table"
    title: str
    columns: list[str]
    rows: list[list[str]]
    total_rows: int


class SourceShown(Result):
    number: int
    """The one that the answer cites."""
    title: str
    url: str
    passage: str
    site: str
    published: str | None


class SourcesEvent(Result):
    type: Literal["sources"] = "sources"
    sources: list[SourceShown]


class PreviewEvent(Result):
    """A picture that is still being made."""

    type: Literal["preview"] = "preview"
    slot: int
    media_type: str
    data: str
    """In base64."""


class FileEvent(Result):
    """A file that was made. It has a key where it is kept, else its data is here."""

    type: Literal["file"] = "file"
    name: str
    media_type: str
    size_bytes: int
    caption: str
    details: dict[str, str]
    key: str | None = None
    data: str | None = None
    """In base64."""


class NoticeEvent(Result):
    type: Literal["notice"] = "notice"
    key: str
    text: str


class ChoiceShown(Result):
    route: str
    label: str


class ChoicesEvent(Result):
    """A question instead of an answer: send the message again with one of these routes."""

    type: Literal["choices"] = "choices"
    question: str
    options: list[ChoiceShown]


class UsageEvent(Result):
    type: Literal["usage"] = "usage"
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    is_estimated: bool


class FailedEvent(Result):
    type: Literal["failed"] = "failed"
    status: int
    """What kind of error it is, by the status that it would have as an answer of its own."""
    message: str
    hint: str
    reference: str | None


class Done(Result):
    """The last event: all that is kept of the answer is written."""

    type: Literal["done"] = "done"
    outcome: Outcome


Shown = (
    Started
    | RouteEvent
    | TextEvent
    | ThinkingEvent
    | ToolStartedEvent
    | ToolProgressEvent
    | ToolFinishedEvent
    | ApprovalEvent
    | SpeechEvent
    | TableEvent
    | SourcesEvent
    | PreviewEvent
    | FileEvent
    | NoticeEvent
    | ChoicesEvent
    | UsageEvent
    | FailedEvent
    | Done
)


class ChatEvent(RootModel[Annotated[Shown, Field(discriminator="type")]]):
    """One event of a stream."""
