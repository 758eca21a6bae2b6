"""`vtai routes corrections`: what was learned from being corrected, and taking it back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from vtai.cli import running
from vtai.core.errors import NotConfigured, UnknownName

if TYPE_CHECKING:
    from vtai.cli.parts import Parts
    from vtai.core.ports import Correction, Learning

Result = TypeVar("Result")

# Who uses the command line, as the page knows a person without an account.
PERSON = "local"
_MOST_SHOWN = 60


def show(parts: Parts) -> None:
    """Prints what was corrected, the oldest first. Raises VTError."""
    found = _done(parts, lambda learning: learning.corrections(PERSON))
    for one in found:
        parts.terminal.line(_line(one))
    if not found:
        parts.terminal.aside("Nothing was corrected yet: send a reply to another route on the page.")


def export(parts: Parts) -> None:
    """Prints the corrections as JSON lines. Raises VTError."""
    for one in _done(parts, lambda learning: learning.corrections(PERSON)):
        parts.terminal.line(json.dumps(asdict(one), ensure_ascii=not parts.terminal.takes_unicode))


def undo(parts: Parts, correction_id: str) -> None:
    """Takes a correction back. Raises UnknownName where there is none of this person's."""
    if not _done(parts, lambda learning: learning.undo(PERSON, correction_id)):
        raise _unknown(correction_id)
    parts.terminal.line(f"{correction_id} no longer counts.")


def promote(parts: Parts, correction_id: str) -> None:
    """Makes a correction count for everybody. Raises UnknownName where there is none."""
    if not _done(parts, lambda learning: learning.promote(correction_id)):
        raise _unknown(correction_id)
    parts.terminal.line(f"{correction_id} counts for everybody now.")


def _done(parts: Parts, work: Callable[[Learning], Awaitable[Result]]) -> Result:
    """The result of the work on an application that is built and not started: nothing is loaded for it."""

    async def run() -> Result:
        app = parts.build(running.load())
        try:
            if app.learning is None:
                raise NotConfigured(
                    "The chosen routers do not learn.",
                    'Set routers = "rules+semantic", or take the line out.',
                )
            return await work(app.learning)
        finally:
            await app.close()

    return running.finish(run())


def _line(one: Correction) -> str:
    day = datetime.fromtimestamp(one.at).astimezone().strftime("%Y-%m-%d")
    text = " ".join(one.text.split())
    shown = text if len(text) <= _MOST_SHOWN else text[: _MOST_SHOWN - 1] + "…"
    shared = "  for everybody" if one.is_shared else ""
    return f"{one.id}  {day}  {one.wrong} -> {one.right}{shared}  {shown}"


def _unknown(correction_id: str) -> UnknownName:
    return UnknownName(
        f"There is no correction {correction_id!r}.", "`vtai routes corrections` lists them with their ids."
    )
