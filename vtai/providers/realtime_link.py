"""The connection of one conversation: made again when it is lost, with what was said until then."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

from vtai.core.errors import ProviderError
from vtai.providers.error_sentences import explained
from vtai.providers.realtime_wire import Address, Closed, RealtimeWire, Told

logger = logging.getLogger(__name__)

# Connections in a row that may be lost without an answer in between.
_MOST_LOST: Final = 2
_REMEMBERED: Final = 40
_KINDS: Final = {"user": "input_text", "assistant": "output_text"}


class Link:
    """Sends and receives. `reopen` gives another connection like the first."""

    def __init__(
        self, wire: RealtimeWire, address: Address, reopen: Callable[[], Awaitable[RealtimeWire]]
    ) -> None:
        self.address = address
        self._wire = wire
        self._reopen = reopen
        self._history: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._lost = 0

    async def send(self, kind: str, **fields: Any) -> None:
        """Sends it, or loses it where there is no connection: whoever receives will notice."""
        with suppress(Closed):
            await self._wire.send(kind, **fields)

    async def receive(self) -> Told | None:
        """The next event; None says that the connection was lost and is there again.

        Raises ProviderError where it cannot be made again.
        """
        try:
            return await self._wire.receive()
        except Closed as error:
            self._lost += 1
            if self._lost > _MOST_LOST:
                raise explained("cut", self.address.endpoint, self.address.model) from error
        try:
            self._wire = await self._reopen()
        except ProviderError:
            logger.info("the connection of a realtime conversation cannot be made again")
            raise
        for role, text in self._history:
            await self._create(role, text)
        return None

    def works(self) -> None:
        """An answer came through: a lost connection may be made again."""
        self._lost = 0

    def remember(self, role: str, text: str) -> None:
        """What another connection would have to be told."""
        if text:
            self._history.append((role, text))

    async def tell(self, role: str, text: str) -> None:
        """Something was said that the vendor did not hear."""
        self.remember(role, text)
        if text:
            await self._create(role, text)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _create(self, role: str, text: str) -> None:
        content = [{"type": _KINDS[role], "text": text}]
        await self.send(
            "conversation.item.create", item={"type": "message", "role": role, "content": content}
        )
