"""What Chainlit calls. Importing this module registers the callbacks with it."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ParamSpec, cast

import chainlit as cl
from chainlit.config import config
from chainlit.context import context
from chainlit.server import sio
from chainlit.session import WebsocketSession
from pydantic import ValidationError

from vtai.ui import composer, guard, panel, sockets
from vtai.ui.respond import failure
from vtai.ui.uploads import offered
from vtai.ui.visits import SessionCanvas, the_app, visit_of

_P = ParamSpec("_P")
# What the buttons of ReplyFooter.jsx call.
REROUTE, AGAIN = "vtai_reroute", "vtai_again"


def presentable(callback: Callable[_P, Awaitable[None]]) -> Callable[_P, Awaitable[None]]:
    """The callback, with its failures in the log; Chainlit would show an error's own text."""

    @functools.wraps(callback)
    async def called(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            await callback(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 a door: `failure` logs it and makes it presentable
            failed = failure(error)
            toast = {"message": f"{failed.message} {failed.hint}", "type": "error"}
            await SessionCanvas(_session()).emit("toast", toast)

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
    """Sends a message to the route of a button; the answers that are there stay."""
    route = action.payload.get("route")
    if route in {known.name for known in the_app().chat.routes}:
        await _answer_once_more(action, cast("str", route))


@cl.action_callback(AGAIN)
@presentable
async def again(action: cl.Action) -> None:
    """Asks once more; the answers that are there stay."""
    await _answer_once_more(action)


async def _answer_once_more(action: cl.Action, route: str | None = None) -> None:
    session = _session()
    turn = action.payload.get("turn")
    exchange = visit_of(session).find(turn) if isinstance(turn, str) else None
    if exchange is None:
        toast = {"message": "This message is not remembered any more. Send it again.", "type": "info"}
        await SessionCanvas(session).emit("toast", toast)
        return
    sockets.answer(session, exchange, route)


async def send_composer(session: WebsocketSession) -> None:
    """Commands, pickers and settings, as they are now."""
    app, visit, canvas = the_app(), visit_of(session), SessionCanvas(session)
    await canvas.emit("set_commands", composer.commands())
    await canvas.emit("set_modes", composer.pickers(app.services.catalogue, app.chat.routes))
    await canvas.emit("chat_settings", panel.tabs(app.services.catalogue, visit.preferences))


def _session() -> WebsocketSession:
    return cast("WebsocketSession", context.session)
