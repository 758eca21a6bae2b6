"""`/images/generations`: pictures from a description, made as the page makes them."""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field

from vtai.api import answers
from vtai.api.compat import bodies, named, routed, whole
from vtai.api.compat.bodies import Sent, Text
from vtai.api.compat.failures import WrongField
from vtai.api.compat.feeding import unless_left
from vtai.api.compat.kept import Kept
from vtai.core import routes
from vtai.core.events import FileReady, Notice, Usage
from vtai.core.turn import ImageOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from vtai.core.events import Event
    from vtai.core.people import Caller
    from vtai.wiring import App

_MOST_BODY_BYTES: Final = 1_000_000
_MOST_PICTURES: Final = 4
# Names of before for qualities; None leaves it to the model.
_QUALITIES: Final = {"hd": "high", "standard": None}


class Asked(Sent):
    """What is asked for."""

    prompt: Text = Field(min_length=1, max_length=32_000)
    model: Text = Field(default="auto", min_length=1, max_length=300)
    n: int | None = Field(default=None, ge=1, le=10)
    size: Text | None = Field(default=None, max_length=20)
    quality: Text | None = Field(default=None, max_length=20)
    background: Literal["auto", "transparent", "opaque"] | None = None
    output_format: Literal["png", "jpeg", "webp"] | None = None
    output_compression: int | None = Field(default=None, ge=0, le=100)
    moderation: Literal["auto", "low"] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    stream: bool | None = None

    def options(self, start: ImageOptions) -> ImageOptions:
        """What of it is not left to the settings. Raises WrongField."""
        if self.stream:
            raise WrongField("Pictures are not streamed.", "Leave stream out.", "stream")
        if self.n is not None and self.n > _MOST_PICTURES:
            hint = "Ask several times for more."
            raise WrongField(f"At most {_MOST_PICTURES} pictures are made at once.", hint, "n")
        return ImageOptions(
            size=start.size if self.size in {None, "auto"} else self.size,
            quality=start.quality
            if self.quality in {None, "auto"}
            else _QUALITIES.get(self.quality or "", self.quality),
            background=self.background or start.background,
            format=self.output_format or start.format,
            compression=start.compression if self.output_compression is None else self.output_compression,
            moderation=self.moderation or start.moderation,
            count=self.n or 1,
        )


class Images:
    """Makes pictures with the model that is named, or the first whose key is set."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, request: Request, caller: Caller) -> Response:
        asked = await bodies.read(request, Asked, _MOST_BODY_BYTES)
        start = self._app.preferences
        options = asked.options(start.image)
        wanted = named.wanted(self._app.services.catalogue, asked.model, "image")
        models = start.models if wanted is None else MappingProxyType({**start.models, "image": wanted})
        turn = replace(
            routed.turn_for(caller),
            text=asked.prompt,
            route=routes.IMAGE_GENERATION,
            preferences=replace(start, image=options, models=models),
        )
        kept = Kept(self._app, caller.person.id, turn.conversation, routed.base_url(request))
        found = await unless_left(request, whole.events(self._app.chat.reply(turn)))
        return answers.told(await _told(asked, found, kept))


async def _told(asked: Asked, events: Sequence[Event], kept: Kept) -> dict[str, Any]:
    files = [event for event in events if isinstance(event, FileReady)]
    told: dict[str, Any] = {
        "created": int(time.time()),
        "data": [await _shown(asked, file, kept) for file in files],
    }
    if files:
        told["output_format"] = files[0].media_type.partition("/")[2]
    usages = [event for event in events if isinstance(event, Usage)]
    if usages:
        told["usage"] = _usage(usages)
    notices = {event.key: event.text for event in events if isinstance(event, Notice)}
    return told | ({"vtai": {"notices": list(notices.values())}} if notices else {})


async def _shown(asked: Asked, file: FileReady, kept: Kept) -> dict[str, Any]:
    if asked.response_format == "url" and (url := await kept.url(file.name, file.media_type, file.data)):
        return {"url": url}
    return {"b64_json": (await asyncio.to_thread(base64.b64encode, file.data)).decode()}


def _usage(usages: Sequence[Usage]) -> dict[str, Any]:
    taken, given = sum(u.input_tokens for u in usages), sum(u.output_tokens for u in usages)
    details = {"image_tokens": 0, "text_tokens": taken}
    total = {"input_tokens": taken, "output_tokens": given, "total_tokens": taken + given}
    return {**total, "input_tokens_details": details}
