"""`/audio/transcriptions`: what is said in a recording of any length."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, field_validator
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from vtai.api import answers
from vtai.api.answers import BodyTooLarge, WrongMediaType
from vtai.api.compat import bodies, failures, named, routed, whole
from vtai.api.compat.bodies import Sent, Text
from vtai.api.compat.desk import Desk
from vtai.api.compat.failures import WrongField
from vtai.api.compat.feeding import Feed, Pouring, unless_left
from vtai.core.clock_marks import subtitle
from vtai.core.events import Failed, TextDelta, Usage
from vtai.core.languages import named as language_named
from vtai.core.routes import Decision, Route
from vtai.core.sound import Transcript
from vtai.handlers import subtitles

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.core.messages import Attachment
    from vtai.core.people import Caller
    from vtai.core.ports import Services, Stream
    from vtai.core.turn import Turn
    from vtai.wiring import App

ROUTE: Final = Route("transcription", "Transcription", "What is said in a recording.")
_MOST_FIELDS: Final = 64
_ENVELOPE_BYTES: Final = 64_000
_PLAIN: Final = "text/plain; charset=utf-8"


class Asked(Sent):
    """What is asked for beside the file. A prompt and a temperature are taken and change nothing."""

    model: Text = Field(min_length=1, max_length=300)
    language: Text | None = Field(default=None, max_length=40)
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"
    stream: bool = False
    timestamp_granularities: tuple[Literal["segment", "word"], ...] = ()

    @field_validator("timestamp_granularities")
    @classmethod
    def _segments(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "word" in value:
            raise ValueError("times of single words are not known; ask for segment")
        return value

    @property
    def code(self) -> str | None:
        """The language as ISO 639-1."""
        if not self.language:
            return None
        found = language_named(self.language)
        return found.code if found is not None else self.language.lower()[:3]


class Transcriptions:
    """Writes down recordings. Nothing of them is kept."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._max_bytes = app.loaded.settings.max_upload_mb * 1_000_000

    async def __call__(self, request: Request, caller: Caller) -> Response:
        desk = Desk(self._app.services.fetcher, 1, self._max_bytes)
        feed: Feed | None = None

        async def close() -> None:
            if feed is not None:
                await feed.aclose()
            await desk.aclose()

        is_poured = False
        try:
            asked, file = await self._sent(request, desk)
            wanted = named.wanted(self._app.services.catalogue, asked.model, "transcription")
            work = _Listening(file, asked.code, wanted)
            turn = replace(routed.turn_for(caller), attachments=(file,), route=ROUTE.name)
            reply = self._app.chat.only(work).reply(turn)
            if not asked.stream:
                await unless_left(request, whole.events(reply))
                return _told(asked, work.transcript)
            feed = Feed(reply)
            first = await unless_left(request, _first(feed))
            is_poured = True
            return Pouring(_poured(first, feed, work), "text/event-stream", {}, close)
        finally:
            if not is_poured:
                await close()

    async def _sent(self, request: Request, desk: Desk) -> tuple[Asked, Attachment]:
        """Fields and file. Raises BodyTooLarge, WrongField, WrongMediaType or BadAttachment."""
        kind = request.headers.get("content-type", "").lower()
        if not kind.startswith("multipart/form-data"):
            raise WrongMediaType("The request holds no file.", "Send it as multipart/form-data.")
        parser = MultiPartParser(
            request.headers, self._limited(request), max_files=1, max_fields=_MOST_FIELDS
        )
        try:
            form = await parser.parse()
        except MultiPartException as error:
            if isinstance(error.__cause__, BodyTooLarge | ClientDisconnect):
                raise error.__cause__ from None
            raise WrongField("The form cannot be read.", "Send one file and plain fields.", None) from error
        try:
            asked = bodies.checked(_fields(form.multi_items()), Asked)
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise WrongField("The form holds no file.", "Send it in the field file.", "file")
            return asked, await desk.uploaded(file, file.filename or "recording")
        finally:
            await form.close()

    async def _limited(self, request: Request) -> AsyncGenerator[bytes, None]:
        """The body; what goes wrong with it in the one form on which the parser closes its files."""
        try:
            async with aclosing(self._chunks(request)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except (BodyTooLarge, ClientDisconnect) as error:
            raise MultiPartException(type(error).__name__) from error

    async def _chunks(self, request: Request) -> AsyncGenerator[bytes, None]:
        seen = 0
        async for chunk in request.stream():
            seen += len(chunk)
            if seen > self._max_bytes + _ENVELOPE_BYTES:
                megabytes = self._max_bytes // 1_000_000
                raise BodyTooLarge(f"A file may have at most {megabytes} MB.", "Send a smaller one.")
            yield chunk


class _Listening:
    """The work, in the shape of a handler. `transcript` is what came of it."""

    route = ROUTE

    def __init__(self, file: Attachment, language: str | None, wanted: str | None) -> None:
        self.transcript = Transcript()
        self._file = file
        self._language = language
        self._wanted = wanted

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> Stream:
        """The words as they are heard."""
        heard = services.transcripts.listen(self._file, self._language, self._wanted)
        has_words = False
        async with aclosing(heard) as events:
            async for event in events:
                if isinstance(event, Transcript):
                    self.transcript = event
                elif text := " ".join(part.text for part in event.parts if part.text):
                    yield TextDelta(f" {text}" if has_words else text)
                    has_words = True
        yield Usage(named.serving(services.catalogue, self._wanted, "transcription"), 0, 0)


async def _first(feed: Feed) -> str:
    """The first words. Raises what ended the reply before them."""
    while (event := await feed.next()) is not None:
        if isinstance(event, Failed):
            raise failures.of_event(event)
        if isinstance(event, TextDelta):
            return event.text
    return ""


async def _poured(first: str, feed: Feed, work: _Listening) -> AsyncGenerator[bytes, None]:
    yield _event({"type": "transcript.text.delta", "delta": first})
    while (event := await feed.next()) is not None:
        if isinstance(event, Failed):
            yield _event(failures.body(failures.of_event(event)))
            return
        if isinstance(event, TextDelta):
            yield _event({"type": "transcript.text.delta", "delta": event.text})
    yield _event({"type": "transcript.text.done", "text": work.transcript.text})
    yield b"data: [DONE]\n\n"


def _event(content: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"


def _fields(items: list[tuple[str, Any]]) -> dict[str, Any]:
    """The fields of the form; those that end in [] are lists."""
    fields: dict[str, Any] = {}
    for name, value in items:
        if not isinstance(value, str):
            continue
        if name in {"timestamp_granularities", "timestamp_granularities[]"}:
            fields.setdefault("timestamp_granularities", []).append(value)
        else:
            fields[name] = value
    return fields


def _told(asked: Asked, transcript: Transcript) -> Response:
    match asked.response_format:
        case "json":
            return answers.told({"text": transcript.text})
        case "verbose_json":
            return answers.told(_in_full(transcript))
        case "text":
            return Response(f"{transcript.text}\n", headers=answers.UNSTORED, media_type=_PLAIN)
        case "srt":
            return Response(subtitles.subrip(transcript), headers=answers.UNSTORED, media_type=_PLAIN)
        case "vtt":
            return Response(_vtt(transcript), headers=answers.UNSTORED, media_type=_PLAIN)


def _in_full(transcript: Transcript) -> dict[str, Any]:
    segments = [
        {"id": number, "start": part.start_s, "end": part.end_s, "text": part.text}
        for number, part in enumerate(transcript.parts)
    ]
    told: dict[str, Any] = {
        "task": "transcribe",
        "language": transcript.language or "",
        "duration": transcript.parts[-1].end_s if transcript.parts else 0.0,
        "text": transcript.text,
        "segments": segments,
    }
    return told | ({"vtai": {"notices": list(transcript.notes)}} if transcript.notes else {})


def _vtt(transcript: Transcript) -> str:
    cues = "".join(
        f"{_time(part.start_s)} --> {_time(part.end_s)}\n{part.text}\n\n" for part in transcript.parts
    )
    return f"WEBVTT\n\n{cues}"


def _time(seconds: float) -> str:
    return subtitle(seconds).replace(",", ".")
