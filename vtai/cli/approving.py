"""Asking the person in the terminal whether a tool may run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.core.events import Approval, ApprovalAsked

_ANSWERS: Mapping[str, Approval] = MappingProxyType(
    {"y": "once", "yes": "once", "once": "once", "a": "always", "always": "always"}
)


async def decide(event: ApprovalAsked, parts: Parts) -> None:
    """Answers the event: what the person types, and "no" where nobody can be asked, or on anything else."""
    terminal = parts.terminal
    if not (parts.input.isatty() and terminal.is_watched):
        event.answer("no")
        terminal.aside(f"{event.name} asks before it runs, and nobody can be asked here: it does not run.")
        return
    terminal.aside("May it run? y: once, a: always in this reply, anything else: no ", end="")
    typed = (await _line(parts.input)).strip().lower()
    event.answer(_ANSWERS.get(typed, "no"))


async def _line(stream: TextIO) -> str:
    """A line from a terminal. Waiting for it holds nothing up, and ends when it is cancelled."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(stream.fileno(), ready.set)
    except NotImplementedError:
        # Windows has no way to wait for its console; there a thread does.
        return await asyncio.to_thread(stream.readline)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(stream.fileno())
    return stream.readline()
