"""Which parts of the program can answer yet. Built once, shared by whoever warms up and whoever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Literal

from vtai.core.errors import NotReady, VTError

State = Literal["loading", "ready", "failed"]


class Readiness:
    """The state of each named part. Every part starts as loading."""

    def __init__(self, parts: Iterable[str]) -> None:
        self._settled = {part: asyncio.Event() for part in parts}
        self._errors: dict[str, VTError] = {}

    def add(self, *parts: str) -> None:
        """Further parts, loading as well."""
        self._settled.update((part, asyncio.Event()) for part in parts)

    @property
    def states(self) -> Mapping[str, State]:
        return {part: self._state(part) for part in self._settled}

    @property
    def is_ready(self) -> bool:
        return all(state == "ready" for state in self.states.values())

    def is_loading(self, part: str) -> bool:
        return self._state(part) == "loading"

    def mark_ready(self, part: str) -> None:
        self._errors.pop(part, None)
        self._settled[part].set()

    def mark_failed(self, part: str, error: VTError) -> None:
        self._errors[part] = error
        self._settled[part].set()

    async def wait(self, part: str, timeout_s: float = 120.0) -> None:
        """Returns once the part is ready. Raises what it failed with, or NotReady after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._settled[part].wait()
        except TimeoutError as late:
            raise NotReady(
                f"VT.ai is still loading its {part}.",
                "Send the message again in a moment; `vtai doctor` shows what is slow.",
            ) from late
        if error := self._errors.get(part):
            raise error

    def _state(self, part: str) -> State:
        if not self._settled[part].is_set():
            return "loading"
        return "failed" if part in self._errors else "ready"
