"""What the buttons on the page do. Importing this module registers the callbacks with Chainlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

import chainlit as cl
from pydantic import ValidationError

from vtai.core.errors import BadAttachment
from vtai.core.events import Approval
from vtai.core.ports import Learning
from vtai.ui import learning, lists, orders, sockets, speaking
from vtai.ui.presentable import complain, current_session, presentable, tell
from vtai.ui.receive import MOST_CHARACTERS, Order
from vtai.ui.session import Exchange, Visit
from vtai.ui.visits import SessionCanvas, the_app, visit_of

# What the buttons of ReplyFooter.jsx, Pictures.jsx, Corrections.jsx, Approval.jsx, Notes.jsx and Speech.jsx
# call.
REROUTE, AGAIN = "vtai_reroute", "vtai_again"
VARY, EDIT = "vtai_vary", "vtai_edit"
CORRECTIONS, UNDO, EXPORT = "vtai_corrections", "vtai_undo", "vtai_export"
APPROVE, FORGET = "vtai_approve", "vtai_forget"
SPEAK, HUSH = "vtai_speak", "vtai_hush"
_APPROVALS: frozenset[str] = frozenset(get_args(Approval))


@cl.action_callback(REROUTE)
@presentable
async def reroute(action: cl.Action) -> None:
    """Sends a message to the route of a button, and learns from it; the answers that are there stay."""
    route = action.payload.get("route")
    if route in {known.name for known in the_app().chat.routes}:
        await _answer_once_more(action, cast("str", route))


@cl.action_callback(CORRECTIONS)
@presentable
async def corrections(action: cl.Action) -> None:
    """Opens the list of what the person taught the routing."""
    await lists.show_corrections(current_session())


@cl.action_callback(UNDO)
@presentable
async def undo(action: cl.Action) -> bool:
    """Takes a correction back; True also where it was gone already. The list, if it asks, is shown anew."""
    session, key = current_session(), action.payload.get("correction")
    if (teacher := the_app().learning) is None or not isinstance(key, str):
        return False
    visit = visit_of(session)
    await teacher.undo(visit.person, key)
    visit.forget_correction(key)
    if action.payload.get("list") is True:
        await lists.show_corrections(session)
    return True


@cl.action_callback(EXPORT)
@presentable
async def export(action: cl.Action) -> str:
    """The person's corrections as JSON lines, for a file that the browser makes of it."""
    person = visit_of(current_session()).person
    teacher = the_app().learning
    return learning.exported(await teacher.corrections(person) if teacher else ())


@cl.action_callback(AGAIN)
@presentable
async def again(action: cl.Action) -> None:
    """Asks once more; the answers that are there stay."""
    await _answer_once_more(action)


@cl.action_callback(VARY)
@presentable
async def vary(action: cl.Action) -> bool:
    """Asks for another picture like one that is there."""
    return await _order({**action.payload, "text": orders.VARIATION, "mask": None})


@cl.action_callback(EDIT)
@presentable
async def edit(action: cl.Action) -> bool:
    """Asks for a picture to be changed as described, where it is marked or everywhere."""
    return await _order(action.payload)


async def _order(payload: Mapping[str, Any]) -> bool:
    try:
        order = Order.model_validate(payload)
    except ValidationError as error:
        hint = "Say in a few words what is to change."
        raise BadAttachment("This change was not understood.", hint) from error
    if len(order.text) > MOST_CHARACTERS:
        raise BadAttachment("This description is too long.", f"Use at most {MOST_CHARACTERS:,} characters.")
    await orders.place(current_session(), order)
    return True


async def _answer_once_more(action: cl.Action, route: str | None = None) -> None:
    session = current_session()
    visit = visit_of(session)
    turn = action.payload.get("turn")
    exchange = visit.find(turn) if isinstance(turn, str) else None
    if exchange is None:
        await tell("This message is not remembered any more. Send it again.")
        return
    visit.admit()
    teacher, note = the_app().learning, None
    if teacher is not None and route is not None:
        note = await _learn(teacher, visit, exchange, route)
    sockets.answer(session, exchange, route, note)


async def _learn(teacher: Learning, visit: Visit, exchange: Exchange, route: str) -> learning.Note | None:
    """What the click taught. Where that fails, the message is answered all the same."""
    try:
        note = await learning.correct(teacher, visit, exchange, route)
    except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
        await complain(error)
        return None
    visit.save(exchange)
    return note


@cl.action_callback(APPROVE)
@presentable
async def approve(action: cl.Action) -> bool:
    """The answer to a tool that asked first. Only this chat's own questions can be answered here, once."""
    key, choice = action.payload.get("id"), action.payload.get("choice")
    desk = visit_of(current_session()).desk
    if isinstance(key, str) and choice in _APPROVALS and await desk.answer(key, cast("Approval", choice)):
        return True
    await tell("This question does not wait for an answer any more.")
    return False


@cl.action_callback(FORGET)
@presentable
async def forget(action: cl.Action) -> bool:
    """Deletes one of the person's notes; True also where it was gone already. The list is shown anew."""
    session, key = current_session(), action.payload.get("note")
    if not isinstance(key, str):
        return False
    await the_app().services.notes.remove(visit_of(session).person, key)
    await lists.show_notes(session)
    return True


@cl.action_callback(SPEAK)
@presentable
async def speak(action: cl.Action) -> bool:
    """Speaks a reply of this chat, the button's own."""
    session, reply = current_session(), action.payload.get("reply")
    await speaking.speak(
        the_app(), visit_of(session), SessionCanvas(session), reply if isinstance(reply, str) else ""
    )
    return True


@cl.action_callback(HUSH)
@presentable
async def hush(action: cl.Action) -> bool:
    """Ends what is being spoken on request; True also where nothing was."""
    visit_of(current_session()).hush()
    return True
