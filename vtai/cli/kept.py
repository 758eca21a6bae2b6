"""What is kept, for one piece of work of a command. A running server may have it open at the same time."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from vtai.cli import running
from vtai.core.errors import NotConfigured, UnknownName

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.core.people import Person
    from vtai.wiring.storing import Store

Result = TypeVar("Result")


def done(parts: Parts, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """The result of the work on the opened store; nothing else is started for it. Raises VTError."""

    async def run() -> Result:
        app = parts.build(running.load())
        try:
            if app.storing is None:
                raise NotConfigured("Nothing is kept here.", "Run it where the server keeps its data.")
            return await work(await app.storing.ready())
        finally:
            await app.close()

    return running.finish(run())


async def person_named(name: str, store: Store) -> Person:
    """Who has this name. Raises UnknownName, with the nearest one in the hint."""
    if (person := await store.people.named(name)) is not None:
        return person
    known = [person.name for person in await store.people.all()]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "`vtai people list` shows them all."
    raise UnknownName(f"There is no account {name!r}.", hint)


def when(moment: float | None) -> str:
    """A moment in the machine's own time, to the minute; - for none."""
    if moment is None:
        return "-"
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")
