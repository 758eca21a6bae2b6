"""Calls that are answered whole: counted and limited like a turn of the page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from vtai.api.compat import failures
from vtai.core.events import Event, Failed


async def events(reply: AsyncGenerator[Event, None]) -> list[Event]:
    """All events of a reply. Raises what it ended in."""
    found: list[Event] = []
    async with aclosing(reply) as stream:
        async for event in stream:
            if isinstance(event, Failed):
                raise failures.of_event(event)
            found.append(event)
    return found
