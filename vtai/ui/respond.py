"""One reply from start to end: from the turn to the events on the page and the answer in the history."""

from __future__ import annotations

import logging
import secrets
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from vtai.core.errors import VTError
from vtai.core.events import Event, Failed, Notice
from vtai.ui.coalesce import Pace
from vtai.ui.draw import Drawing
from vtai.ui.footer import Footer, Outcome
from vtai.ui.paper import Canvas, Paper

if TYPE_CHECKING:
    from vtai.core.turn import Turn
    from vtai.ui.learning import Note
    from vtai.ui.session import Exchange, Visit
    from vtai.wiring import App

logger = logging.getLogger(__name__)

# Worth saying once, not with every answer.
_ONCE_A_CHAT = frozenset({"embedded"})


async def respond(
    app: App,
    pace: Pace,
    visit: Visit,
    canvas: Canvas,
    exchange: Exchange,
    route: str | None = None,
    note: Note | None = None,
) -> None:
    """Answers the exchange under its message; `route` sends it there whatever else was chosen.

    `note` is said under the answer.

    Never raises but for cancellation, which keeps what was written.
    """
    await visit.whole()
    turn = visit.turn_for(exchange, route)
    drawing = drawn(app, pace, visit, canvas, turn, exchange, note)
    outcome: Outcome = "stopped"
    try:
        await forget_outdated(visit, canvas)
        await drawing.begin()
        async with aclosing(app.chat.reply(turn)) as events:
            async for event in events:
                if not is_known(event, visit):
                    await drawing.draw(event)
        outcome = "done"
    except Exception as error:
        logger.exception("a reply could not be drawn")
        outcome = "failed"
        await drawing.draw(failure(error))
    finally:
        await finish(visit, exchange, turn, drawing, outcome)


def drawn(
    app: App,
    pace: Pace,
    visit: Visit,
    canvas: Canvas,
    turn: Turn,
    exchange: Exchange,
    note: Note | None = None,
) -> Drawing:
    """A reply to the turn that is to be drawn under the exchange's message. `finish` it in any case."""
    visit.paper = Paper(canvas)
    footer = Footer(exchange.id, app.chat.routes, note=note, can_learn=app.learning is not None)
    pictures = turn.preferences.image.count
    return Drawing(visit.paper, footer, pace, expected_pictures=pictures, desk=visit.desk)


async def finish(visit: Visit, exchange: Exchange, turn: Turn, drawing: Drawing, outcome: Outcome) -> None:
    """The reply is over: nothing looks as if it went on, and the next message can refer to it."""
    exchange.route = drawing.route or exchange.route
    if turn.route is None and turn.command is None:
        exchange.decision = drawing.decision or exchange.decision
    try:
        await drawing.finish(outcome)
    finally:
        _remember(visit, exchange, drawing)
        exchange.is_cut = False
        visit.save(exchange)


def _remember(visit: Visit, exchange: Exchange, drawing: Drawing) -> None:
    """What the next message can refer to. An answer that is nothing leaves the one before."""
    answer = drawing.text or drawing.spoken
    if answer or drawing.files or drawing.work:
        exchange.answer, exchange.files, exchange.work = answer, tuple(drawing.files), drawing.work
        exchange.model = drawing.footer.model
    if drawing.said is not None:
        key, said = drawing.said
        visit.remember(key, replace(said, asked=exchange.turn.text))
    visit.outdated += drawing.outdated
    visit.keep(drawing.kept)


async def forget_outdated(visit: Visit, canvas: Canvas) -> None:
    """Deletes what the last reply left. Right after it, a slow browser may still have been asking for it."""
    while visit.outdated:
        await canvas.forget(visit.outdated.pop())


def failure(error: Exception) -> Failed:
    """What people get to see of an error. Only our own words ever reach the page."""
    if isinstance(error, VTError):
        return Failed(error.message, error.hint)
    reference = secrets.token_hex(4)
    logger.error("reference %s", reference, exc_info=error)
    return Failed(
        "Something went wrong on the server.",
        f"Try again; if it happens again, give the operator the reference {reference}.",
        kind="unexpected",
        reference=reference,
    )


async def refuse(canvas: Canvas, message_id: str, error: Exception) -> None:
    """Says under the message why it is not answered."""
    drawing = Drawing(Paper(canvas), Footer(message_id, ()), Pace())
    await drawing.begin()
    await drawing.draw(failure(error))
    await drawing.finish("failed")


def is_known(event: Event, visit: Visit) -> bool:
    """Whether the chat has been told this before."""
    if not isinstance(event, Notice) or event.key not in _ONCE_A_CHAT:
        return False
    if event.key in visit.told:
        return True
    visit.told.add(event.key)
    return False
