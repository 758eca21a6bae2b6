"""What the browser's events do: a message, an edit, stop, coming back. `dictation` has the microphone.

These replace Chainlit's handlers of the same names: every reply can be stopped, replies come one after the
other, and no error's own text reaches the page.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from chainlit.session import WebsocketSession
from pydantic import ValidationError

from vtai.core.code import SessionKey
from vtai.core.errors import Busy, VTError
from vtai.ui.guard import Handler
from vtai.ui.learning import Note
from vtai.ui.paper import Step
from vtai.ui.receive import MOST_CHARACTERS, Sent, turn_of
from vtai.ui.respond import refuse, respond
from vtai.ui.session import Exchange, Visit
from vtai.ui.uploads import attachments_of, element_kind
from vtai.ui.visits import SessionCanvas, the_app, the_pace, visit_of

logger = logging.getLogger(__name__)


def handlers() -> Mapping[str, Handler]:
    """Event name to handler, for `guard.install`."""
    return {
        "client_message": client_message,
        "edit_message": edit_message,
        "stop": stop,
        "clear_session": clear_session,
    }


async def client_message(sid: str, payload: object = None) -> None:
    """A message was sent."""
    session = WebsocketSession.require(sid)
    if (sent := await _parsed(session, payload)) is None:
        return
    visit, app = visit_of(session), the_app()
    if visit.find(sent.id) is not None:
        return  # sent twice by a connection that came back
    await _first_interaction(session, sent.message.output)
    settings = app.loaded.settings
    try:
        visit.admit()
        attachments = attachments_of(
            sent.file_ids, session.files, settings.max_upload_files, settings.max_upload_mb
        )
    except VTError as error:
        await refuse(SessionCanvas(session), sent.id, error)
        return
    await _show_files(session, sent)
    known = [route.name for route in app.chat.routes]
    turn = turn_of(sent.message, attachments, visit.preferences, app.services.catalogue, known)
    exchange = Exchange(sent.id, turn)
    visit.add(exchange)
    answer(session, exchange)


async def edit_message(sid: str, payload: object = None) -> None:
    """A message was changed: it and what came after is forgotten, and it is answered anew."""
    session = WebsocketSession.require(sid)
    if (sent := await _parsed(session, payload)) is None:
        return
    visit, canvas = visit_of(session), SessionCanvas(session)
    if not await is_admitted(visit, canvas):
        return
    if (before := visit.cut(sent.id)) is None:
        await _toast(canvas, "This message cannot be changed any more.")
        return
    await canvas.emit("update_message", {"id": sent.id, "output": sent.message.output})
    app = the_app()
    known = [route.name for route in app.chat.routes]
    turn = turn_of(sent.message, before.turn.attachments, visit.preferences, app.services.catalogue, known)
    turn = replace(turn, mask=before.turn.mask, route=turn.route or before.order)
    exchange = Exchange(sent.id, turn, order=before.order)
    visit.add(exchange)
    answer(session, exchange)


async def stop(sid: str, *_: object) -> None:
    """Stop was pressed. What was written stays."""
    visit_of(WebsocketSession.require(sid)).stop()


async def clear_session(sid: str, *_: object) -> None:
    """The chat is closed for good: what runs or waits for it is ended, and its sandbox is forgotten."""
    if (session := WebsocketSession.get(sid)) is None:
        return
    session.to_clear = True
    visit = visit_of(session)
    await visit.close()
    await the_app().services.sandbox.end(SessionKey(visit.person, visit.conversation))


async def come_back(session: WebsocketSession) -> None:
    """A connection is back: shows what was missed meanwhile."""
    visit, canvas = visit_of(session), SessionCanvas(session)
    if visit.paper is not None:
        await visit.paper.repaint()
    if visit.is_busy:
        await canvas.emit("task_start", {})


def answer(
    session: WebsocketSession, exchange: Exchange, route: str | None = None, note: Note | None = None
) -> None:
    """Answers the exchange in a task of its own. The caller has asked `Visit.admit`."""
    visit, canvas = visit_of(session), SessionCanvas(session)

    async def work() -> None:
        await respond(the_app(), the_pace(), visit, canvas, exchange, route, note)

    visit.start(_while_busy(canvas, work), exchange)


async def show_said(session: WebsocketSession, exchange: Exchange) -> None:
    """Shows a message of the person that the browser does not know yet."""
    canvas = SessionCanvas(session)
    await _first_interaction(session, exchange.turn.text)
    said = Step("user_message", "User", output=exchange.turn.text, id=exchange.id)
    await canvas.emit("new_message", said.as_dict(canvas.thread_id))


async def _while_busy(canvas: SessionCanvas, work: Callable[[], Awaitable[None]]) -> None:
    """Runs the work while the browser shows that something is going on."""
    try:
        await canvas.emit("task_start", {})
        await work()
    finally:
        await canvas.emit("task_end", {})


async def _parsed(session: WebsocketSession, payload: object) -> Sent | None:
    """The payload, or None after saying what is wrong with it."""
    canvas = SessionCanvas(session)
    try:
        sent = Sent.model_validate(payload)
    except ValidationError:
        logger.info("a message was refused")
        await _toast(canvas, "This message was not understood. Reload the page and send it again.", "error")
        await canvas.emit("task_end", {})
        return None
    if len(sent.message.output) > MOST_CHARACTERS:
        too_long = VTError(
            f"This message has {len(sent.message.output):,} characters; {MOST_CHARACTERS:,} can be sent.",
            "Attach the text as a file.",
        )
        await refuse(canvas, sent.id, too_long)
        return None
    return sent


async def is_admitted(visit: Visit, canvas: SessionCanvas) -> bool:
    """Whether one more answer may wait; otherwise the browser is told why not."""
    try:
        visit.admit()
    except Busy as error:
        await _toast(canvas, f"{error.message} {error.hint}")
        return False
    return True


async def _first_interaction(session: WebsocketSession, text: str) -> None:
    """The browser offers Stop and New chat from here on."""
    if not session.has_first_interaction:
        session.has_first_interaction = True
        data = {"interaction": text[:200], "thread_id": session.thread_id}
        await SessionCanvas(session).emit("first_interaction", data)


async def _show_files(session: WebsocketSession, sent: Sent) -> None:
    """Shows the message's files beside it."""
    for key in sent.file_ids:
        file = session.files[key]
        element = {
            "id": key,
            "threadId": session.thread_id,
            "type": element_kind(file["type"]),
            "name": file["name"],
            "display": "inline",
            "size": "medium",
            "forId": sent.id,
            "chainlitKey": key,
            "mime": file["type"],
        }
        await SessionCanvas(session).emit("element", element)


async def _toast(canvas: SessionCanvas, message: str, kind: str = "info") -> None:
    await canvas.emit("toast", {"message": message, "type": kind})
