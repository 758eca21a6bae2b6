"""`/audio/speech`: a text as sound, sent while it is being spoken."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, field_validator
from starlette.responses import Response

from vtai.api import answers
from vtai.api.compat import bodies, failures, named, routed
from vtai.api.compat.bodies import Sent, Text
from vtai.api.compat.feeding import Feed, Pouring, unless_left
from vtai.core import routes
from vtai.core.errors import BadAttachment, BadRequest, ProviderError, StreamCut, UnknownName, VTError
from vtai.core.events import Event, Failed, FileReady, Notice, SpeechPiece, Usage
from vtai.core.routes import Decision, Route
from vtai.core.sound import Audio
from vtai.core.turn import SpeechOptions
from vtai.handlers import speaking
from vtai.providers import pcm, sound_formats
from vtai.providers.sound_formats import MEDIA_TYPES, SoundFormat

if TYPE_CHECKING:
    from starlette.requests import Request

    from vtai.core.people import Caller
    from vtai.core.ports import Services, Stream
    from vtai.core.turn import Turn
    from vtai.wiring import App

# A text of so many characters is a sentence or two: it is sent whole, with its length.
_SHORT: Final = 300
_MOST_BODY_BYTES: Final = 1_000_000


class Asked(Sent):
    """What is asked for."""

    model: Text = Field(min_length=1, max_length=300)
    input: Text = Field(min_length=1, max_length=speaking.MAX_CHARACTERS)
    voice: Text | None = Field(default=None, max_length=200)
    response_format: SoundFormat = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    instructions: Text | None = Field(default=None, max_length=4_000)
    stream_format: Literal["audio", "sse"] = "audio"

    @field_validator("voice", mode="before")
    @classmethod
    def _voice(cls, value: object) -> object:
        return value.get("id") if isinstance(value, Mapping) else value


class Speech:
    """Speaks with the voice that is named, or one of the first model whose key is set."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, request: Request, caller: Caller) -> Response:
        asked = await bodies.read(request, Asked, _MOST_BODY_BYTES)
        wanted = named.wanted(self._app.services.catalogue, asked.model, "speech")
        # What cannot be made is known before anything is spoken.
        made = sound_formats.encoder(asked.response_format)
        start = self._app.preferences
        options = SpeechOptions(
            voice=asked.voice or start.speech.voice, speed=asked.speed, instructions=asked.instructions
        )
        models = start.models if wanted is None else MappingProxyType({**start.models, "speech": wanted})
        turn = replace(
            routed.turn_for(caller),
            text=asked.input,
            route=routes.SPEECH,
            preferences=replace(start, speech=options, models=models),
        )
        reply = self._app.chat.only(_Speaking(is_free=wanted is None)).reply(turn)
        if len(asked.input) <= _SHORT and asked.stream_format == "audio":
            sound = await unless_left(request, _whole(reply, asked.response_format))
            return Response(sound, headers=answers.UNSTORED, media_type=MEDIA_TYPES[asked.response_format])
        return await _poured(request, asked, Feed(reply), made)


class _Speaking:
    """The work, in the shape of a handler. `is_free`: a voice that is not known may be another one."""

    route: Final = Route(routes.SPEECH, "Speech", "A text as sound.")

    def __init__(self, *, is_free: bool) -> None:
        self._is_free = is_free

    async def reply(self, turn: Turn, decision: Decision, services: Services) -> Stream:
        """The sound in pieces and as a file. What fails in the middle is an error, and not half a text."""
        has_spoken = False
        try:
            async with aclosing(speaking.aloud(turn.text, turn, services)) as events:
                async for event in events:
                    has_spoken = has_spoken or isinstance(event, SpeechPiece)
                    yield _checked(event)
        except (UnknownName, BadRequest):
            # Programs name a voice even where they leave it to us who speaks.
            if has_spoken or not self._is_free or turn.preferences.speech.voice is None:
                raise
        if not has_spoken:
            speech = replace(turn.preferences.speech, voice=None)
            plain = replace(turn, preferences=replace(turn.preferences, speech=speech))
            async with aclosing(speaking.aloud(turn.text, plain, services)) as events:
                async for event in events:
                    yield _checked(event)
        wanted = turn.preferences.models.get("speech")
        yield Usage(named.serving(services.catalogue, wanted, "speech"), 0, 0)


def _checked(event: Event) -> Event:
    if isinstance(event, Notice) and event.key == "speech":
        raise ProviderError("The text was not spoken to its end.", event.text)
    return event


async def _whole(reply: AsyncGenerator[Event, None], wanted: SoundFormat) -> bytes:
    """All of the sound. Raises what the reply ended in."""
    files: list[Audio] = []
    async with aclosing(reply) as events:
        async for event in events:
            if isinstance(event, Failed):
                raise failures.of_event(event)
            if isinstance(event, FileReady):
                files.append(Audio(event.data, event.media_type))
    if len(files) == 1 and files[0].media_type == MEDIA_TYPES[wanted] != "audio/wav":
        return files[0].data
    return await asyncio.to_thread(_converted, files, wanted)


def _converted(files: list[Audio], wanted: SoundFormat) -> bytes:
    return sound_formats.encoded(b"".join(map(_samples, files)), wanted)


def _samples(audio: Audio) -> bytes:
    """What a voice gave, as samples. Raises ProviderError: it is nothing that the program sent."""
    try:
        return pcm.decoded(audio)
    except BadAttachment as error:
        raise ProviderError(error.message, error.hint) from error


async def _poured(request: Request, asked: Asked, feed: Feed, made: sound_formats.Encoder) -> Response:
    is_poured = False
    try:
        first = await unless_left(request, _first(feed))
        pieces = _Pieces(feed, made)
        stream = pieces.sound(first)
        kind = MEDIA_TYPES[asked.response_format]
        is_poured = True
        if asked.stream_format == "sse":
            return Pouring(_as_events(stream), "text/event-stream", {}, feed.aclose)
        return Pouring(stream, kind, {}, feed.aclose)
    finally:
        if not is_poured:
            await feed.aclose()


async def _first(feed: Feed) -> SpeechPiece:
    """The first piece. Raises what ended the reply before it."""
    while (event := await feed.next()) is not None:
        if isinstance(event, Failed):
            raise failures.of_event(event)
        if isinstance(event, SpeechPiece):
            return event
    raise StreamCut("Nothing was spoken.", "Try again.")


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Sound in pieces, in one format."""

    feed: Feed
    made: sound_formats.Encoder

    async def sound(self, first: SpeechPiece) -> AsyncGenerator[bytes, None]:
        """The file as it is made. Raises what ended the reply in the middle: it is not taken for whole."""
        yield await asyncio.to_thread(self._encoded, first)
        while (event := await self.feed.next()) is not None:
            if isinstance(event, Failed):
                raise failures.of_event(event)
            if isinstance(event, SpeechPiece):
                yield await asyncio.to_thread(self._encoded, event)
        yield await asyncio.to_thread(self.made.finish)

    def _encoded(self, piece: SpeechPiece) -> bytes:
        return self.made.feed(_samples(Audio(piece.data, piece.media_type)))


async def _as_events(sound: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(sound):
            async for piece in sound:
                if piece:
                    yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
    except VTError as error:
        yield _event(failures.body(error))
        return
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _event(content: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(content).encode() + b"\n\n"
