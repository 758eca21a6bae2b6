"""Between Chainlit's session and ours: the browser to draw on, and what is remembered of the chat."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from chainlit.session import WebsocketSession
from chainlit.user_session import user_sessions

from vtai.core.errors import NotReady, NotSignedIn
from vtai.core.people import Caller
from vtai.ui.chats import Chats
from vtai.ui.coalesce import Pace
from vtai.ui.paper import Kept
from vtai.ui.recording import SHOWN
from vtai.ui.session import Visit
from vtai.ui.shelf import Shelf

if TYPE_CHECKING:
    from vtai.wiring import App

_KEY = "vtai"
# What says that a chat is at work; the rest is for one tab.
_SIGNS = frozenset({"task_start", "task_end"})


class SessionCanvas:
    """The browser of a session. What belongs to the chat goes to all its tabs, and is written down."""

    def __init__(self, session: WebsocketSession) -> None:
        self._session = session
        # Taken now: the chat may outlive the session that it began in.
        self._visit = visit_of(session)

    @property
    def thread_id(self) -> str:
        return self._visit.conversation

    async def emit(self, event: str, data: Any) -> None:
        if event in SHOWN and self._visit.keeper is not None:
            self._visit.keeper.see(event, data)
        if event not in SHOWN and event not in _SIGNS:
            # Looked up each time: a browser that comes back has a new connection.
            await cast("Any", self._session).emit(event, data)
            return
        for tab in tuple(self._visit.tabs.values()):
            await tab.emit(event, data)

    async def keep(self, name: str, media_type: str, data: bytes) -> Kept:
        kept = await self._shelf.put(name, media_type, data)
        for tab in self._visit.tabs.values():
            tab.files[kept.key] = self._shelf.here[kept.key]
        return kept

    async def forget(self, key: str) -> None:
        for tab in self._visit.tabs.values():
            tab.files.pop(key, None)
        await self._shelf.remove(key)

    async def adopt(self, keys: Iterable[str]) -> None:
        """Makes files that this tab sent part of the chat."""
        keys = tuple(keys)
        await self._shelf.adopt(cast("Any", self._session).files, keys)
        for tab in self._visit.tabs.values():
            tab.files.update({key: self._shelf.here[key] for key in keys if key in self._shelf.here})

    async def show_others(self, event: str, data: Any) -> None:
        """Shows what this tab shows already: a message that was sent from here."""
        if self._visit.keeper is not None:
            self._visit.keeper.see(event, data)
        for tab in tuple(self._visit.tabs.values()):
            if tab.id != self._session.id:
                await tab.emit(event, data)

    @property
    def _shelf(self) -> Shelf:
        if self._visit.shelf is None:
            raise LookupError("this chat has no place for files")
        return self._visit.shelf


class OneTab:
    """A single tab, for what the others show already."""

    def __init__(self, session: WebsocketSession) -> None:
        self._session = session

    async def emit(self, event: str, data: Any) -> None:
        await cast("Any", self._session).emit(event, data)


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


def the_chats() -> Chats:
    from chainlit.config import FILES_DIRECTORY
    from chainlit.server import app as chainlit_app

    if not hasattr(chainlit_app.state, "vtai_chats"):
        chainlit_app.state.vtai_chats = Chats(the_app(), Path(FILES_DIRECTORY))
    return cast("Chats", chainlit_app.state.vtai_chats)


def caller_of(session: WebsocketSession) -> Caller:
    """Who opened the connection. Raises NotSignedIn where nobody knows."""
    caller = session.environ.get("asgi.scope", {}).get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise NotSignedIn("Nobody knows who you are.", "Reload the page and sign in.")
    return caller


def visit_of(session: WebsocketSession) -> Visit:
    """The chat that the session shows, a new one where it has none."""
    kept = user_sessions.setdefault(session.id, {})
    if _KEY not in kept:
        if session.thread_id_to_resume:
            # Whether a stored chat may be opened is found out by `resuming`; until then this is another one.
            session.thread_id = str(uuid.uuid4())
        chats = the_chats()
        chats.sweep()
        show(session, chats.new(caller_of(session), session.thread_id))
    return cast("Visit", kept[_KEY])


def show(session: WebsocketSession, visit: Visit) -> None:
    """The session shows this chat from here on."""
    kept = user_sessions.setdefault(session.id, {})
    before, kept[_KEY] = kept.get(_KEY), visit
    if before is not None and before is not visit:
        before.tabs.pop(session.id, None)
    session.thread_id = visit.conversation
    the_chats().attach(visit, cast("Any", session))


def turn_away(session: WebsocketSession) -> Visit:
    """The chat that the session showed until now. What comes next from this session begins another one."""
    visit = visit_of(session)
    del user_sessions[session.id][_KEY]
    session.thread_id = str(uuid.uuid4())
    session.has_first_interaction = False
    return visit
