"""Remembers decisions: the same question in the same place is answered without asking again."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from vtai.core.ports import Router
from vtai.core.routes import Decision
from vtai.core.sharing import Shared
from vtai.core.turn import Turn


@dataclass(slots=True)
class CacheCounts:
    """How often an answer was at hand or already on its way, and how often it had to be found."""

    hits: int = 0
    misses: int = 0


def _no_version() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Caching:
    """How much is remembered (`size` decisions, 0 none), for how many seconds, and what makes it worthless.

    `version` says what the routers rest on; when it changes, nothing that was remembered counts any more.
    Whatever is made here counts into `counts`.
    """

    size: int = 2048
    ttl_s: float = 600.0
    version: Callable[[], str] = _no_version
    clock: Callable[[], float] = time.monotonic
    counts: CacheCounts = field(default_factory=CacheCounts)

    def around(self, router: Router, *, keeps_none: bool = True) -> Router:
        """The router with a memory of its own; `keeps_none`: having no opinion is remembered too."""
        return CachedRouter(
            router,
            self.size,
            self.ttl_s,
            self.version,
            self.clock,
            counts=self.counts,
            keeps_none=keeps_none,
        )


class CachedRouter:
    """A router that remembers what the `inner` one decided. `ttl_s` is in seconds; `size` 0 turns it off.

    What is asked while the same question is on its way waits for that answer. Errors are not remembered.
    """

    def __init__(
        self,
        inner: Router,
        size: int,
        ttl_s: float,
        version: Callable[[], str] = _no_version,
        clock: Callable[[], float] = time.monotonic,
        *,
        counts: CacheCounts | None = None,
        keeps_none: bool = True,
    ) -> None:
        self.counts = counts or CacheCounts()
        self._inner = inner
        self._size = size
        self._ttl_s = ttl_s
        self._version = version
        self._clock = clock
        self._keeps_none = keeps_none
        self._known: OrderedDict[bytes, tuple[float, Decision | None]] = OrderedDict()
        self._shared: Shared[bytes, Decision | None] = Shared()

    async def choose(self, turn: Turn) -> Decision | None:
        """What the inner router says, or said of an equal turn."""
        if self._size == 0:
            return await self._inner.choose(turn)
        key = key_of(turn, self._version())
        if (found := self._known.get(key)) is not None:
            if self._clock() < found[0]:
                self.counts.hits += 1
                self._known.move_to_end(key)
                return found[1]
            del self._known[key]
        if key in self._shared:
            self.counts.hits += 1
        else:
            self.counts.misses += 1
        return await self._shared.get(key, lambda: self._found(key, turn))

    async def _found(self, key: bytes, turn: Turn) -> Decision | None:
        decision = await self._inner.choose(turn)
        if decision is not None or self._keeps_none:
            self._known[key] = (self._clock() + self._ttl_s, decision)
            self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return decision


def key_of(turn: Turn, version: str) -> bytes:
    """A digest of all that a router may look at: a pasted book takes no more room than a greeting.

    Of the files only kind and name count, of the conversation only what the person said before.
    """
    parts = [
        turn.text,
        turn.command,
        turn.history.last_user_text,
        turn.previous_route,
        [[file.kind, file.name] for file in turn.attachments],
        turn.person,
        turn.preferences.routes_by_itself,
        turn.preferences.asks_when_unsure,
        version,
    ]
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).digest()
