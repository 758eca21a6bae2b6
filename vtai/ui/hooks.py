"""What Chainlit calls. Importing this module registers the callbacks with it."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

import chainlit as cl
from chainlit.config import config
from chainlit.context import context
from chainlit.server import sio
from chainlit.session import WebsocketSession
from pydantic import ValidationError

from vtai.core.errors import BadAttachment
from vtai.core.ports import Learning
from vtai.ui import composer, guard, learning, orders, panel, sockets
from vtai.ui.paper import new_id
from vtai.ui.receive import MOST_CHARACTERS, Order
from vtai.ui.respond import failure
from vtai.ui.session import Exchange, Visit
from vtai.ui.uploads import offered
from vtai.ui.visits import SessionCanvas, the_app, visit_of

_P = ParamSpec("_P")
_T = TypeVar("_T")
# What the buttons of ReplyFooter.jsx, Pictures.jsx and Corrections.jsx call.
REROUTE, AGAIN = "vtai_reroute", "vtai_again"
VARY, EDIT = "vtai_vary", "vtai_edit"
CORRECTIONS, UNDO, EXPORT = "vtai_corrections", "vtai_undo", "vtai_export"
# One list in the side view: shown again, it is the same one changed.
_LIST_ID = "vtai-corrections"


def presentable(callback: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T | None]]:
    """The callback, with its failures in the log; Chainlit would show an error's own text."""

    @functools.wraps(callback)
    async def called(*args: _P.args, **kwargs: _P.kwargs) -> _T | None:
        try:
            return await callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
            await _complain(error)
            return None

    return called


def register() -> None:
    """Puts ours before and in place of Chainlit's. Called once, when the app is known."""
    # Without this, Chainlit takes up a database from the environment that may belong to something else.
    config.code.data_layer = cast("Any", lambda: None)
    settings = the_app().loaded.settings
    chainlit_connected = sio.handlers["/"]["connection_successful"]

    async def connected(sid: str, *_: object) -> None:
        await chainlit_connected(sid)
        session = WebsocketSession.require(sid)
        if session.restored:
            await sockets.come_back(session)

    guard.install(sio, settings, {**sockets.handlers(), "connection_successful": connected})
    upload = config.features.spontaneous_file_upload
    if upload is not None:
        upload.accept = offered()
        upload.max_files = settings.max_upload_files
        upload.max_size_mb = settings.max_upload_mb


@cl.set_starters
async def starters(user: cl.User | None = None, language: str | None = None) -> list[cl.Starter]:
    """The suggestions of the empty page."""
    return [
        cl.Starter(label=label, message=message, icon=f"/public/icons/{icon}.svg", command=command)
        for label, message, icon, command in composer.STARTERS
    ]


@cl.on_chat_start
@presentable
async def chat_start() -> None:
    """A page was opened: sends what its message box offers."""
    await send_composer(_session())


@cl.on_chat_resume
@presentable
async def chat_resume(thread: Mapping[str, Any]) -> None:
    """A stored chat was opened: its browser tab knows neither pickers nor commands yet."""
    await send_composer(_session())


@cl.on_chat_end
@presentable
async def chat_end() -> None:
    """A connection ended. Only where the chat was closed for good, what still runs is stopped."""
    session = _session()
    if session.to_clear:
        visit_of(session).stop()


@cl.on_settings_update
@presentable
async def settings_update(values: Mapping[str, Any]) -> None:
    """The settings panel was confirmed."""
    session = _session()
    visit = visit_of(session)
    try:
        visit.preferences = panel.preferences_of(values, visit.preferences)
    except ValidationError as error:
        wrong = ", ".join(sorted({str(part["loc"][0]) for part in error.errors()}))
        toast = {"message": f"These settings do not work and were not taken: {wrong}.", "type": "error"}
        await SessionCanvas(session).emit("toast", toast)
    if panel.wants_corrections(values):
        # The wish is not kept: the panel is to show the switch as it was.
        await send_settings(session)
        await show_corrections(session)


# Audio is offered by the page only where these three are known; our socket handlers do the work.
@cl.on_audio_start
async def audio_start() -> bool:
    return True


@cl.on_audio_chunk
async def audio_chunk(chunk: cl.InputAudioChunk) -> None:
    """Never called: see `sockets.audio_chunk`."""


@cl.on_audio_end
async def audio_end() -> None:
    """Never called: see `sockets.audio_end`."""


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
    await show_corrections(_session())


@cl.action_callback(UNDO)
@presentable
async def undo(action: cl.Action) -> bool:
    """Takes a correction back; True also where it was gone already. The list, if it asks, is shown anew."""
    session, key = _session(), action.payload.get("correction")
    if (teacher := the_app().learning) is None or not isinstance(key, str):
        return False
    visit = visit_of(session)
    await teacher.undo(visit.person, key)
    visit.forget_correction(key)
    if action.payload.get("list") is True:
        await show_corrections(session)
    return True


@cl.action_callback(EXPORT)
@presentable
async def export(action: cl.Action) -> str:
    """The person's corrections as JSON lines, for a file that the browser makes of it."""
    person = visit_of(_session()).person
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
    await orders.place(_session(), order)
    return True


async def _answer_once_more(action: cl.Action, route: str | None = None) -> None:
    session = _session()
    visit = visit_of(session)
    turn = action.payload.get("turn")
    exchange = visit.find(turn) if isinstance(turn, str) else None
    if exchange is None:
        toast = {"message": "This message is not remembered any more. Send it again.", "type": "info"}
        await SessionCanvas(session).emit("toast", toast)
        return
    visit.admit()
    teacher, note = the_app().learning, None
    if teacher is not None and route is not None:
        note = await _learn(teacher, visit, exchange, route)
    sockets.answer(session, exchange, route, note)


async def _learn(teacher: Learning, visit: Visit, exchange: Exchange, route: str) -> learning.Note | None:
    """What the click taught. Where that fails, the message is answered all the same."""
    try:
        return await learning.correct(teacher, visit, exchange, route)
    except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
        await _complain(error)
        return None


async def _complain(error: Exception) -> None:
    failed = failure(error)
    toast = {"message": f"{failed.message} {failed.hint}", "type": "error"}
    await SessionCanvas(_session()).emit("toast", toast)


async def show_corrections(session: WebsocketSession) -> None:
    """The list of the person's corrections, beside the chat; over it on a narrow screen."""
    app, canvas = the_app(), SessionCanvas(session)
    if app.learning is None:
        return
    person = visit_of(session).person
    props = learning.listed(await app.learning.corrections(person), person, app.chat.routes)
    element = {"id": _LIST_ID, "type": "custom", "name": "Corrections", "display": "side", "props": props}
    await canvas.emit("set_sidebar_title", "Your corrections")
    # A key that the browser knows would leave the old list where it is.
    await canvas.emit("set_sidebar_elements", {"elements": [element], "key": new_id()})


async def send_composer(session: WebsocketSession) -> None:
    """Commands, pickers and settings, as they are now."""
    app, canvas = the_app(), SessionCanvas(session)
    await canvas.emit("set_commands", composer.commands())
    await canvas.emit("set_modes", composer.pickers(app.services.catalogue, app.chat.routes))
    await send_settings(session)


async def send_settings(session: WebsocketSession) -> None:
    """The settings panel, as it is now."""
    app, visit = the_app(), visit_of(session)
    tabs = panel.tabs(app.services.catalogue, visit.preferences, can_learn=app.learning is not None)
    await SessionCanvas(session).emit("chat_settings", tabs)


def _session() -> WebsocketSession:
    return cast("WebsocketSession", context.session)
