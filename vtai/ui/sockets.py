"""What the browser's events do: a message, an edit, stop, coming back. `dictation` has the microphone.

These replace Chainlit's handlers of the same names: every reply can be stopped, replies come one after the
other, and no error's own text reaches the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from chainlit.session import WebsocketSession
from pydantic import ValidationError

from vtai.core.errors import Busy, VTError
from vtai.ui.guard import Handler
from vtai.ui.learning import Note
from vtai.ui.paper import Step
from vtai.ui.receive import MOST_CHARACTERS, Sent, turn_of
from vtai.ui.respond import refuse, respond
from vtai.ui.session import Exchange, Visit
from vtai.ui.uploads import attachments_of, element_kind
from vtai.ui.visits import OneTab, SessionCanvas, the_app, the_chats, the_pace, turn_away, visit_of

if TYPE_CHECKING:
    from vtai.ui.recording import Keeper
    from vtai.ui.session import Tab

logger = logging.getLogger(__name__)

# For the history's answer; the chat goes on without it.
_PATIENCE_S: Final = 5.0


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
    visit, app, canvas = visit_of(session), the_app(), SessionCanvas(session)
    if visit.find(sent.id) is not None:
        return  # sent twice by a connection that came back
    names = (session.files[key]["name"] for key in sent.file_ids if key in session.files)
    await _first_interaction(session, sent.message.output or ", ".join(names))
    await canvas.show_others("new_message", _said(sent).as_dict(canvas.thread_id))
    settings = app.loaded.settings
    try:
        visit.admit()
        await canvas.adopt(sent.file_ids)
        attachments = attachments_of(
            sent.file_ids, session.files, settings.max_upload_files, settings.max_upload_mb
        )
    except VTError as error:
        await refuse(canvas, sent.id, error)
        return
    await _show_files(session, sent)
    known = [route.name for route in app.chat.routes]
    turn = turn_of(sent.message, attachments, visit.preferences, app.services.catalogue, known)
    visit.picked = sent.message.modes or {}
    exchange = Exchange(sent.id, turn, picked=visit.picked)
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
    await visit.whole()
    if (before := visit.cut(sent.id)) is None:
        await _toast(canvas, "This message cannot be changed any more.")
        return
    await canvas.emit("update_message", {"id": sent.id, "output": sent.message.output})
    if visit.keeper is not None:
        visit.keeper.see("new_message", _said(sent).as_dict(canvas.thread_id))
        for gone in (*visit.keeper.below(sent.id), *visit.keeper.after(sent.id)):
            await canvas.emit("delete_message", {"id": gone})
    app = the_app()
    known = [route.name for route in app.chat.routes]
    turn = turn_of(sent.message, before.turn.attachments, visit.preferences, app.services.catalogue, known)
    turn = replace(turn, mask=before.turn.mask, route=turn.route or before.order)
    visit.picked = sent.message.modes or {}
    exchange = Exchange(sent.id, turn, order=before.order, picked=visit.picked)
    visit.add(exchange)
    answer(session, exchange)


async def stop(sid: str, *_: object) -> None:
    """Stop was pressed. What was written stays."""
    visit_of(WebsocketSession.require(sid)).stop()


async def clear_session(sid: str, *_: object) -> None:
    """The tab turned away from its chat. Without a history that ends what runs or waits for it."""
    if (session := WebsocketSession.get(sid)) is None:
        return
    session.to_clear = True
    await the_chats().leave(turn_away(session), cast("Tab", session))


async def come_back(session: WebsocketSession) -> None:
    """A connection is back, or another tab came: shows what was missed meanwhile."""
    visit, tab = visit_of(session), OneTab(session)
    if visit.paper is not None:
        await visit.paper.repaint(tab)
    if visit.is_busy:
        await tab.emit("task_start", {})


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
    """The browser offers Stop and New chat from here on, and names the chat among the others."""
    visit = visit_of(session)
    if visit.keeper is not None:
        visit.keeper.begin(text)
    if session.has_first_interaction:
        return
    session.has_first_interaction = True
    # The browser asks for its list at once, and the chat is to be on it; the answer does not wait for that.
    if visit.keeper is not None:
        visit.keeper.start(_announce(session, visit.keeper, text))
    else:
        await _tell_first(session, text)


async def _announce(session: WebsocketSession, keeper: Keeper, text: str) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await keeper.flush()
    except TimeoutError:
        logger.warning("the history is slow")
    except VTError as error:
        words = f"This chat is not kept just now. {error.message} {error.hint}"
        await _toast(SessionCanvas(session), words, "error")
    await _tell_first(session, text)


async def _tell_first(session: WebsocketSession, text: str) -> None:
    data = {"interaction": text[:200], "thread_id": visit_of(session).conversation}
    await OneTab(session).emit("first_interaction", data)


def _said(sent: Sent) -> Step:
    """The message as the page shows it."""
    return Step("user_message", "User", output=sent.message.output, command=sent.message.command, id=sent.id)


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
