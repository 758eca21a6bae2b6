"""Between Chainlit's session and ours: the browser to draw on, and what is remembered of the chat."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chainlit.session import WebsocketSession
from chainlit.user_session import user_sessions

from vtai.core.errors import NotReady
from vtai.core.messages import Attachment
from vtai.ui.coalesce import Pace
from vtai.ui.paper import Kept
from vtai.ui.session import Visit

if TYPE_CHECKING:
    from vtai.wiring import App

_KEY = "vtai"


class SessionCanvas:
    """The browser of a session, on whatever connection it has at the moment."""

    def __init__(self, session: WebsocketSession) -> None:
        self._session = session

    @property
    def thread_id(self) -> str:
        return self._session.thread_id

    async def emit(self, event: str, data: Any) -> None:
        # Looked up each time: a browser that comes back has a new connection.
        await cast("Any", self._session).emit(event, data)

    async def keep(self, name: str, media_type: str, data: bytes) -> Kept:
        # Chainlit refuses a file without anything in it.
        kept = await self._session.persist_file(name=name, mime=media_type, content=data or b"\n")
        key = kept["id"]
        file = self._session.files[key]
        return Kept(key, Attachment(name, media_type, Path(file["path"]), file["size"]))

    async def forget(self, key: str) -> None:
        if (file := self._session.files.pop(key, None)) is not None:
            await asyncio.to_thread(Path(file["path"]).unlink, missing_ok=True)


def the_app() -> App:
    """What `mount.load` put beside Chainlit's app."""
    from chainlit.server import app as chainlit_app

    app = getattr(chainlit_app.state, "vtai", None)
    if app is None:
        raise NotReady("VT.ai is not set up.", "Start it with `vtai serve`.")
    return cast("App", app)


def the_pace() -> Pace:
    from chainlit.server import app as chainlit_app

    if not hasattr(chainlit_app.state, "vtai_pace"):
        chainlit_app.state.vtai_pace = Pace()
    return cast("Pace", chainlit_app.state.vtai_pace)


def visit_of(session: WebsocketSession) -> Visit:
    """The session's visit, a new one where it has none."""
    kept = user_sessions.setdefault(session.id, {})
    if _KEY not in kept:
        kept[_KEY] = Visit(the_app().preferences)
    return cast("Visit", kept[_KEY])
