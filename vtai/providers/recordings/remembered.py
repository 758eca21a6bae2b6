"""Remembers what was written down, so that a follow-up about a recording does not listen to it again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from vtai.core.errors import BadAttachment
from vtai.core.sound import HeardSoFar, Transcript

if TYPE_CHECKING:
    from vtai.core.messages import Attachment
    from vtai.core.ports import Transcripts

_Key = tuple[str, str, int, int, str | None, str | None]


class RememberedTranscripts:
    """Transcripts that keep the last `most` of others, within `max_characters` together.

    A file that changed (its size, or when it was written) is listened to again. That a file holds no words is
    remembered like words.
    """

    def __init__(self, transcripts: Transcripts, *, most: int = 64, max_characters: int = 20_000_000) -> None:
        self._transcripts = transcripts
        self._most = most
        self._max_characters = max_characters
        self._known: OrderedDict[_Key, Transcript | BadAttachment] = OrderedDict()
        self._characters = 0

    async def listen(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> AsyncGenerator[HeardSoFar | Transcript, None]:
        key = await asyncio.to_thread(_key, file.name, file.path, language, model)
        match self._remembered(key):
            case BadAttachment() as error:
                raise BadAttachment(error.message, error.hint)
            case Transcript() as known:
                yield HeardSoFar(known.parts, 1.0)
                yield known
                return
            case None:
                pass
        try:
            async with aclosing(self._transcripts.listen(file, language, model)) as heard:
                async for event in heard:
                    if isinstance(event, Transcript):
                        self._keep(key, event)
                    yield event
        except BadAttachment as error:
            self._keep(key, BadAttachment(error.message, error.hint))
            raise

    async def known(
        self, file: Attachment, language: str | None = None, model: str | None = None
    ) -> Transcript | None:
        try:
            key = await asyncio.to_thread(_key, file.name, file.path, language, model)
        except BadAttachment:
            return None
        found = self._remembered(key)
        return found if isinstance(found, Transcript) else None

    def _remembered(self, key: _Key) -> Transcript | BadAttachment | None:
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def _keep(self, key: _Key, found: Transcript | BadAttachment) -> None:
        if (before := self._known.pop(key, None)) is not None:
            self._characters -= _characters(before)
        self._known[key] = found
        self._characters += _characters(found)
        while len(self._known) > self._most or self._characters > self._max_characters:
            _, oldest = self._known.popitem(last=False)
            self._characters -= _characters(oldest)


def _key(name: str, path: Path, language: str | None, model: str | None) -> _Key:
    try:
        about = path.stat()
    except OSError as error:
        raise BadAttachment(f"{name} is no longer there.", "Attach it again.") from error
    return name, str(path), about.st_size, about.st_mtime_ns, language, model


def _characters(found: Transcript | BadAttachment) -> int:
    return len(found.text) if isinstance(found, Transcript) else len(found.message)
