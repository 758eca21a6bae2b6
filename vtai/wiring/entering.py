"""Who is at the page just now, and how often somebody may come. One of each for a whole server.

Sockets outlive the request that opened them, so what ends a login, a key or a person ends them here.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from vtai.core.errors import VTError

if TYPE_CHECKING:
    from vtai.core.people import Caller
    from vtai.settings import Settings

logger = logging.getLogger(__name__)

Again = Callable[[], Awaitable["Caller | None"]]
Close = Callable[[], Awaitable[None]]

_MOST_KEYS: Final = 10_000
# What costs little for each that a message costs much.
_WORK_PER_MESSAGE: Final = 10
# Each look asks the store once for each socket: with many of them it comes less often.
_LOOK_S: Final = 1.0
_LOOKS_A_SECOND: Final = 50


class Rate:
    """So many in a moving window, for each of many keys. In memory: it holds for one process."""

    def __init__(
        self, most: int, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> int:
        """Seconds until there is room for another one; 0 where there is now."""
        moments = self._recent(key)
        if len(moments) < self._most:
            return 0
        return max(1, math.ceil(moments[0] + self._window_s - self._clock()))

    def take(self, key: str) -> int:
        """Counts one where there is room and gives 0, else the seconds to wait."""
        if (seconds := self.wait_s(key)) == 0:
            moments = self._seen.setdefault(key, deque())
            moments.append(self._clock())
            self._seen.move_to_end(key)
            if len(self._seen) > _MOST_KEYS:
                self._seen.popitem(last=False)
        return seconds

    def give_back(self, key: str) -> None:
        """Takes the newest one back: it was none that counts."""
        if moments := self._recent(key):
            moments.pop()

    def _recent(self, key: str) -> deque[float]:
        moments = self._seen.get(key, deque())
        while moments and moments[0] <= self._clock() - self._window_s:
            moments.popleft()
        if not moments:
            self._seen.pop(key, None)
        return moments


@dataclass(slots=True)
class Connection:
    """An open socket. `again` gives who it is now, or None; `close` ends it.

    `state` is that of the request which opened it: there its caller is, for whoever asks.
    """

    id: str
    state: MutableMapping[str, Any]
    again: Again
    close: Close

    @property
    def caller(self) -> Caller:
        caller: Caller = self.state["caller"]
        return caller


class Connections:
    """The open sockets."""

    def __init__(self) -> None:
        self._open: dict[str, Connection] = {}

    def add(self, connection: Connection) -> None:
        self._open[connection.id] = connection

    def remove(self, connection_id: str) -> None:
        self._open.pop(connection_id, None)

    def get(self, connection_id: str) -> Connection | None:
        return self._open.get(connection_id)

    async def end_login(self, login_id: str) -> None:
        """Closes what was opened with the login."""
        await self._close([each for each in self._open.values() if each.caller.login_id == login_id])

    async def end_key(self, key_id: str) -> None:
        await self._close([each for each in self._open.values() if each.caller.key_id == key_id])

    async def end_person(self, person: str, but: str | None = None) -> None:
        """Closes all that are the person's; those of the login `but` stay."""
        theirs = [each for each in self._open.values() if each.caller.person.id == person]
        await self._close([each for each in theirs if but is None or each.caller.login_id != but])

    async def look(self) -> None:
        """Closes those of people who may not in any more, and takes up new roles and groups.

        Another process may have ended a login or changed a person.
        """
        for connection in tuple(self._open.values()):
            try:
                caller = await connection.again()
            except VTError as error:
                # The store is away for a moment; who was let in stays until it says otherwise.
                logger.warning("it cannot be told who may still be in: %s", error)
                return
            if caller is None or not caller.scopes:
                await self._close([connection])
            else:
                connection.state["caller"] = caller

    async def watch(self) -> None:
        """Looks every second, until it is cancelled; less often where there are more than fifty."""
        while True:
            await asyncio.sleep(max(_LOOK_S, len(self._open) / _LOOKS_A_SECOND))
            await self.look()

    async def _close(self, connections: Sequence[Connection]) -> None:
        for connection in connections:
            self.remove(connection.id)
            await connection.close()


class Entering:
    """What one server knows of those who come."""

    def __init__(self, settings: Settings) -> None:
        self.connections = Connections()
        self.messages = Rate(settings.messages_per_minute)
        self.uploads = Rate(settings.uploads_per_minute)
        self.work = Rate(_WORK_PER_MESSAGE * settings.messages_per_minute)
