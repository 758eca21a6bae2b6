"""What was made for an answer, as an address: in the file store where there is one, else a data URL."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING, Final

from vtai.core.errors import VTError
from vtai.core.messages import Attachment

if TYPE_CHECKING:
    from vtai.wiring import App
    from vtai.wiring.storing import Store

logger = logging.getLogger(__name__)

# More than that in the text of an answer helps nobody.
_MOST_INLINE_BYTES: Final = 20_000_000


class Kept:
    """The files of one request. `base_url` is how the program reached the server, without a path."""

    def __init__(self, app: App, person: str, conversation: str, base_url: str) -> None:
        self._app = app
        self._person = person
        self._conversation = conversation
        self._base_url = base_url

    async def url(self, name: str, media_type: str, data: bytes) -> str | None:
        """Where the file is; None where there is no place for it."""
        try:
            if (store := await self._store()) is not None:
                kept = await store.files.put(self._person, self._conversation, name, media_type, data)
                return f"{self._base_url}/files/{kept.key}"
        except VTError as error:
            logger.warning("a file of an answer was not kept: %s", error.message)
        if len(data) > _MOST_INLINE_BYTES:
            return None
        return f"data:{media_type};base64,{(await asyncio.to_thread(base64.b64encode, data)).decode()}"

    async def found(self, key: str) -> Attachment | None:
        """A file that was kept before, if it is the person's own."""
        try:
            store = await self._store()
            kept = await store.files.find(key) if store is not None else None
            if store is None or kept is None or kept.person != self._person:
                return None
            return Attachment(kept.name, kept.media_type, await store.files.path(key), kept.size_bytes)
        except VTError:
            return None

    async def _store(self) -> Store | None:
        return await self._app.storing.ready() if self._app.storing is not None else None
