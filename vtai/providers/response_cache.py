"""Remembers answers for the same question: a wrapper with the port of what it wraps.

Only what depends on nothing but the request is remembered: no tools, no search, whole answers without errors.
One person never gets an answer that another got, unless the operator says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from vtai.core.errors import VTError
from vtai.core.events import Notice, TextDelta, ThinkingDelta, Usage
from vtai.core.ports import ModelClient, ModelEvent, ModelRequest

if TYPE_CHECKING:
    from vtai.core.messages import Attachment

logger = logging.getLogger(__name__)

_MOST_CHARACTERS: Final = 100_000
_PIECE: Final = 400
# Changes with what a key is made of.
_VERSION: Final = 1


class Answers(Protocol):
    """Where answers are kept, by keys that say nothing of the question. Raises VTError."""

    async def get(self, key: str) -> str | None: ...

    async def put(self, key: str, answer: str, ttl_s: float) -> None: ...

    async def aclose(self) -> None: ...


@dataclass(slots=True)
class CacheCounts:
    """How often an answer was remembered, and how often a model had to be asked."""

    hits: int = 0
    misses: int = 0


class CachedModels:
    """The `ModelClient` port with a memory. `place` tells where a model is asked, as its base URL."""

    def __init__(
        self,
        inner: ModelClient,
        answers: Answers,
        ttl_s: float,
        *,
        is_shared: bool = False,
        place: Callable[[ModelRequest], str] = lambda _: "",
    ) -> None:
        self.counts = CacheCounts()
        self._inner = inner
        self._answers = answers
        self._ttl_s = ttl_s
        self._is_shared = is_shared
        self._place = place

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """As the port says. A remembered answer comes with a notice, and costs nothing."""
        key = await self._key(request)
        if key is not None and not request.is_fresh and (known := await self._known(key)) is not None:
            self.counts.hits += 1
            yield Notice("cache", "Remembered from the same question before. Again asks anew.")
            for start in range(0, len(known), _PIECE):
                yield TextDelta(known[start : start + _PIECE])
            yield Usage(request.model.name, 0, 0, 0.0)
            return
        self.counts.misses += key is not None
        text: list[str] = []
        async with aclosing(self._inner.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    text.append(event.text)
                elif not isinstance(event, ThinkingDelta | Usage | Notice) or _is_by_another(event):
                    key = None  # it did something that a memory cannot do, or another model answers
                yield event
        if key is not None:
            await self._remember(key, "".join(text))

    async def _key(self, request: ModelRequest) -> str | None:
        if request.tools or request.searches or request.hosted or request.files:
            return None
        try:
            return await asyncio.to_thread(_key, request, self._place(request), self._is_shared)
        except OSError:
            return None

    async def _known(self, key: str) -> str | None:
        try:
            return await self._answers.get(key)
        except VTError as error:
            logger.warning("no answer was remembered: %s", error.message)
            return None

    async def _remember(self, key: str, answer: str) -> None:
        if not answer.strip() or len(answer) > _MOST_CHARACTERS:
            return
        try:
            await self._answers.put(key, answer, self._ttl_s)
        except VTError as error:
            logger.warning("an answer was not remembered: %s", error.message)


def _is_by_another(event: ModelEvent) -> bool:
    """A model that steps in does not answer for the one that was asked."""
    return isinstance(event, Notice) and event.key in {"fallback", "limit"}


def _key(request: ModelRequest, place: str, is_shared: bool) -> str:
    """Everything that can change the answer, and who asks. Reads files: may raise OSError."""
    model = request.model
    whole: dict[str, Any] = {
        "version": _VERSION,
        "person": "" if is_shared else request.person,
        "model": [model.vendor, model.id, place],
        "options": [
            request.temperature,
            request.top_p,
            request.max_tokens,
            request.effort,
            dict(request.answer_format) if request.answer_format else None,
        ],
        "messages": [
            [
                message.role,
                message.text,
                message.work,
                message.image_urls,
                [[file.name, file.media_type, _digest(file)] for file in message.attachments],
                [[call.id, call.name, call.arguments] for call in message.tool_calls],
                message.tool_call_id,
            ]
            for message in request.messages
        ],
    }
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def _digest(file: Attachment) -> str:
    with file.path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
