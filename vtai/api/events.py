"""From the events of a reply to what is answered: a new event that nobody answers is a type error."""

from __future__ import annotations

import base64
from typing import assert_never

from vtai.api import answers
from vtai.api.event_shapes import (
    ApprovalEvent,
    ChoicesEvent,
    ChoiceShown,
    FailedEvent,
    FileEvent,
    NoticeEvent,
    PreviewEvent,
    RouteEvent,
    Shown,
    SourcesEvent,
    SourceShown,
    SpeechEvent,
    TableEvent,
    TextEvent,
    ThinkingEvent,
    ToolFinishedEvent,
    ToolProgressEvent,
    ToolStartedEvent,
    UsageEvent,
)
from vtai.api.routing import decided_of
from vtai.core import events
from vtai.core.events import Event


def shown(event: Event, *, key: str | None = None, is_waiting: bool = False) -> Shown:
    """The event as it is answered. `key` is where a file is kept."""
    match event:
        case events.RouteChosen():
            return RouteEvent(decision=decided_of(event.decision))
        case events.TextDelta():
            return TextEvent(text=event.text)
        case events.ThinkingDelta():
            return ThinkingEvent(text=event.text)
        case events.Notice():
            return NoticeEvent(key=event.key, text=event.text)
        case events.Failed():
            return failed(event)
        case events.ApprovalAsked():
            return ApprovalEvent(
                id=event.id,
                name=event.name,
                arguments=event.arguments,
                language=event.language,
                is_waiting=is_waiting,
            )
        case events.FileReady():
            return _file(event, key)
        case events.ToolStarted() | events.ToolProgress() | events.ToolFinished():
            return _tool(event)
        case _:
            return _rest(event)


def failed(event: events.Failed) -> FailedEvent:
    status = 500 if event.kind == "unexpected" or event.error is None else answers.status_of(event.error)
    return FailedEvent(status=status, message=event.message, hint=event.hint, reference=event.reference)


_Tool = events.ToolStarted | events.ToolProgress | events.ToolFinished
_Rest = (
    events.SpeechPiece
    | events.TableReady
    | events.SourcesFound
    | events.PicturePreview
    | events.Choices
    | events.Usage
)


def _tool(event: _Tool) -> Shown:
    match event:
        case events.ToolStarted():
            return ToolStartedEvent(
                id=event.id, name=event.name, arguments=event.arguments, language=event.language
            )
        case events.ToolProgress():
            return ToolProgressEvent(id=event.id, text=event.text)
        case events.ToolFinished():
            return ToolFinishedEvent(
                id=event.id, output=event.output, is_error=event.is_error, seconds=event.seconds
            )
        case _:
            assert_never(event)


def _rest(event: _Rest) -> Shown:
    match event:
        case events.SpeechPiece():
            return SpeechEvent(
                number=event.number, media_type=event.media_type, data=_text(event.data), text=event.text
            )
        case events.TableReady():
            rows = [list(row) for row in event.rows]
            return TableEvent(
                title=event.title, columns=list(event.columns), rows=rows, total_rows=event.total_rows
            )
        case events.SourcesFound():
            return SourcesEvent(sources=[_source(each) for each in event.sources])
        case events.PicturePreview():
            return PreviewEvent(slot=event.slot, media_type=event.media_type, data=_text(event.data))
        case events.Choices():
            options = [ChoiceShown(route=each.route, label=each.label) for each in event.options]
            return ChoicesEvent(question=event.question, options=options)
        case events.Usage():
            return UsageEvent(
                model=event.model,
                input_tokens=event.input_tokens,
                output_tokens=event.output_tokens,
                cost_usd=event.cost_usd,
                is_estimated=event.is_estimated,
            )
        case _:
            assert_never(event)


def _file(event: events.FileReady, key: str | None) -> FileEvent:
    return FileEvent(
        name=event.name,
        media_type=event.media_type,
        size_bytes=len(event.data),
        caption=event.caption,
        details=dict(event.details),
        key=key,
        data=None if key else _text(event.data),
    )


def _source(source: events.Source) -> SourceShown:
    return SourceShown(
        number=source.number,
        title=source.title,
        url=source.url,
        passage=source.passage,
        site=source.site,
        published=source.published,
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
