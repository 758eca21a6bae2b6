"""Work that several ask for at the same time and that is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass
class _Running(Generic[Result]):
    task: asyncio.Task[Result]
    waiting: int = 0


class Shared(Generic[Key, Result]):
    """What is under way, by its key. Remembers nothing of what has ended."""

    def __init__(self) -> None:
        self._running: dict[Key, _Running[Result]] = {}

    def __contains__(self, key: Key) -> bool:
        return key in self._running

    async def get(self, key: Key, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """The result of the work that is under way for the key, else of `work`, begun now.

        Raises what the work raises. It is given up when nobody waits for it any more.
        """
        running = self._running.get(key)
        if running is None:
            running = self._running[key] = _Running(asyncio.create_task(work()))
        running.waiting += 1
        try:
            return await asyncio.shield(running.task)
        finally:
            running.waiting -= 1
            if running.waiting == 0:
                if self._running.get(key) is running:
                    del self._running[key]
                running.task.cancel()
