"""Fixtures for the stand-in vendors. `tests/conftest.py` loads this module as a plug-in."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.standins.aimock import Aimock
from tests.standins.fast import FastServer
from tests.standins.remote import RemoteFast


@pytest.fixture
async def fast_vendor() -> AsyncIterator[FastServer]:
    """An OpenAI-shaped vendor in the test's own event loop."""
    async with FastServer() as server:
        yield server


@pytest.fixture
def remote_vendor() -> Iterator[RemoteFast]:
    """The same vendor in a process of its own."""
    with RemoteFast() as vendor:
        yield vendor


@pytest.fixture
def aimock(tmp_path: Path) -> Iterator[Callable[..., Aimock]]:
    """Starts aimock with fixtures of its own kind: `aimock([{"match": ..., "response": ...}])`."""
    with contextlib.ExitStack() as running:

        def start(fixtures: list[dict[str, Any]], *options: str) -> Aimock:
            return running.enter_context(Aimock(fixtures, tmp_path, *options))

        yield start
