"""What Chainlit calls. Importing this module registers the callbacks with it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import chainlit as cl
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.server import project_settings, sio
from chainlit.session import WebsocketSession
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from vtai.core.errors import VTError
from vtai.core.ports import Tool
from vtai.ui import buttons, composer, dictation, guard, lists, panel, resuming, sockets
from vtai.ui.presentable import current_session, presentable, tell
from vtai.ui.uploads import offered
from vtai.ui.visits import OneTab, SessionCanvas, the_app, the_chats, visit_of

logger = logging.getLogger(__name__)

# Importing it registers what the buttons call.
__all__ = ["buttons", "register"]


def register() -> None:
    """Puts ours before and in place of Chainlit's. Called once, when the app is known."""
    # Without this, Chainlit takes up a database from the environment that may belong to something else.
    config.code.data_layer = cast("Any", lambda: None)
    settings = the_app().loaded.settings
    if the_chats().are_kept:
        config.ui.default_sidebar_state = "open"
        # Nothing is lost by turning to another chat.
        config.ui.confirm_new_chat = False
    own = {**sockets.handlers(), **dictation.handlers(), "connection_successful": connected}
    guard.install(sio, settings, own, the_app().entering, WebsocketSession.get_by_id)
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


async def settings(request: Request) -> Response:
    """What Chainlit tells its front end about the page."""
    language = request.query_params.get("language", "")[:20] or "en-US"
    return cast("Response", await project_settings(None, language=language, chat_profile=None))


# The page opens stored chats only where this is known; `resuming` does it.
@cl.on_chat_resume
async def chat_resume(thread: Mapping[str, Any]) -> None:
    """Never called: see `connected`."""


async def connected(sid: str, *_: object) -> None:
    """A tab is there, for the first time or once more: it gets what its message box offers, and its chat."""
    session = WebsocketSession.require(sid)
    init_ws_context(session)
    tab, wanted = OneTab(session), session.thread_id_to_resume
    for sign in ("task_end", "clear_ask", "clear_call_fn"):
        await tab.emit(sign, {})
    if session.chat_started:
        await sockets.come_back(session)
        return
    session.chat_started = True
    if wanted and the_chats().are_kept:
        await resuming.resume(session, wanted)
    elif wanted:
        await tab.emit("resume_thread_error", "Conversations are not kept here.")
    await _offer(session)


@presentable
async def _offer(session: WebsocketSession) -> None:
    await send_composer(session)


@cl.on_settings_update
@presentable
async def settings_update(values: Mapping[str, Any]) -> None:
    """The settings panel was confirmed."""
    session = current_session()
    visit = visit_of(session)
    try:
        visit.preferences = panel.preferences_of(values, visit.preferences)
        visit.is_hands_free = panel.is_hands_free(values, visit.is_hands_free)
    except ValidationError as error:
        wrong = ", ".join(sorted({str(part["loc"][0]) for part in error.errors()}))
        await tell(f"These settings do not work and were not taken: {wrong}.", "error")
    else:
        # They come back with the chat.
        for newest in visit.exchanges[-1:]:
            visit.save(newest)
    wanted = {
        lists.show_corrections: panel.wants_corrections(values),
        lists.show_notes: panel.wants_notes(values),
    }
    for show in (show for show, is_wanted in wanted.items() if is_wanted):
        # The wish is not kept: the panel is to show the switch as it was.
        await send_settings(session)
        await show(session)


# Audio is offered by the page only where these three are known; our socket handlers do the work.
@cl.on_audio_start
async def audio_start() -> bool:
    return True


@cl.on_audio_chunk
async def audio_chunk(chunk: cl.InputAudioChunk) -> None:
    """Never called: see `dictation.audio_chunk`."""


@cl.on_audio_end
async def audio_end() -> None:
    """Never called: see `dictation.audio_end`."""


async def send_composer(session: WebsocketSession) -> None:
    """Commands, pickers and settings, as they are now."""
    app, canvas, picked = the_app(), SessionCanvas(session), visit_of(session).picked
    await canvas.emit("set_commands", composer.commands())
    await canvas.emit("set_modes", composer.pickers(app.services.catalogue, app.chat.routes, picked))
    await send_settings(session)


async def send_settings(session: WebsocketSession) -> None:
    """The settings panel, as it is now."""
    app, visit = the_app(), visit_of(session)
    tabs = panel.tabs(
        app.services.catalogue,
        visit.preferences,
        tools=await _tools(),
        can_learn=app.learning is not None,
        can_talk=app.talks is not None,
        is_hands_free=visit.is_hands_free,
    )
    await SessionCanvas(session).emit("chat_settings", tabs)


async def _tools() -> Sequence[Tool]:
    """The assistant's tools. Where they cannot be told just now, the rest of the panel is still there."""
    try:
        return await the_app().services.toolbox.tools()
    except VTError as error:
        logger.warning("the tools could not be listed: %s", error)
        return ()
