"""Keeps results for some minutes: a wrapper with the port of what it wraps."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from vtai.core.sharing import Shared
from vtai.core.web import SearchRequest, SearchResults
from vtai.providers.searching.connected import ConnectedSearch

_Key = tuple[str, SearchRequest]


class CachedSearch:
    """Remembers what the inner provider found for `ttl_s` seconds, at most `size` searches; 0 remembers none.

    Only the very same request to the same provider gets the same results, with their age. What is asked while
    the same search is on its way waits for that one. Failures and empty results are not remembered. A memory
    belongs to one provider with one key: whoever changes the key makes a new one.
    """

    def __init__(
        self,
        inner: ConnectedSearch,
        ttl_s: float = 300.0,
        size: int = 256,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._ttl_s = ttl_s
        self._size = size
        self._clock = clock
        self._known: OrderedDict[_Key, tuple[float, SearchResults]] = OrderedDict()
        self._shared: Shared[_Key, SearchResults] = Shared()

    @property
    def name(self) -> str:
        return self._inner.name

    async def search(self, request: SearchRequest) -> SearchResults:
        """What the inner provider finds, or found of the same request; `age_s` says how long ago."""
        key = (self._inner.name, request)
        if (known := self._known.get(key)) is not None:
            found_at, results = known
            age_s = self._clock() - found_at
            if age_s < self._ttl_s:
                self._known.move_to_end(key)
                return replace(results, age_s=results.age_s + age_s)
            del self._known[key]
        return await self._shared.get(key, lambda: self._found(key))

    async def close(self) -> None:
        self._known.clear()
        await self._inner.close()

    async def _found(self, key: _Key) -> SearchResults:
        results = await self._inner.search(key[1])
        if results.hits and self._ttl_s:
            self._known[key] = (self._clock(), results)
            self._known.move_to_end(key)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return results
