"""Counters for limits. Raises StorageUnavailable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Counters(Protocol):
    """Whole numbers by key. Several processes may share them."""

    async def add(self, amounts: Mapping[str, int], ttl_s: Mapping[str, float]) -> Mapping[str, int]:
        """Adds to each, in one step, and gives what they are then. A new one lives `ttl_s` seconds."""
        ...

    async def get(self, keys: Sequence[str]) -> Mapping[str, int]:
        """What they are; 0 for one that is not there."""
        ...
