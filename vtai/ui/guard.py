"""The socket's doorman: who may connect, and which events with which payloads reach the page's own code.

Whoever connects has come through the server's door, which says who it is. Ids that a browser chooses become
keys and file names further in, so each must be a UUID. Events that the page does not use are not known.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from vtai.core.people import Caller
from vtai.ui import origins
from vtai.wiring.entering import Connection

if TYPE_CHECKING:
    from vtai.core.people import Scope
    from vtai.settings import Settings
    from vtai.wiring.entering import Connections, Entering

logger = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[Any]]

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# A pasted text of the longest length takes four bytes a character at most, and JSON some more.
_MOST_BYTES_AN_EVENT = 1_500_000
# The sound of the microphone is the only one; the parts of a packet are gathered until all are there.
_MOST_BINARY_PARTS = 1
# The settings panel has some fifty inputs, and a switch for each tool.
_MOST_SETTINGS = 512
# Handlers of these names are for the ends of a connection, not for events.
_NO_EVENTS = (["connect"], ["disconnect"])
# What each event needs; whatever is not named needs the first.
_NEEDS: Mapping[str, Scope | None] = {
    "client_message": "chat",
    "edit_message": "chat",
    "audio_start": "chat",
    "audio_chunk": "chat",
    "audio_end": "chat",
    "chat_settings_change": "write",
    "connection_successful": None,
    "clear_session": None,
    "stop": "chat",
}
# Said of those that a person does; the others go with them.
_WORDS = {
    "client_message": "send messages",
    "edit_message": "change messages",
    "audio_start": "speak",
    "chat_settings_change": "change settings",
}
_COUNTED = frozenset({"client_message", "edit_message", "audio_start"})


class Sockets(Protocol):
    """The part of python-socketio's server that is used here."""

    handlers: dict[str, dict[str, Handler]]
    packet_class: type[Any]
    eio: Any

    async def emit(self, event: str, data: Any, *, to: str) -> None: ...

    async def disconnect(self, sid: str) -> None: ...


def is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def admitted(auth: object) -> dict[str, Any] | None:
    """The handshake's data with nothing in it but what the page uses, or None to turn it away."""
    if not isinstance(auth, Mapping):
        return None
    session, thread = auth.get("sessionId"), auth.get("threadId") or ""
    if not is_uuid(session) or (thread != "" and not is_uuid(thread)):
        return None
    if auth.get("clientType") != "webapp":
        return None
    return {
        "sessionId": session,
        "threadId": thread,
        "clientType": "webapp",
        "userEnv": None,
        "chatProfile": None,
    }


def strict(packet_class: type[Any]) -> type[Any]:
    """The class of packets, which raises ValueError for one that the page never sends."""

    class Strict(packet_class):  # type: ignore[misc] # its class is not known to the type checker
        def decode(self, encoded_packet: str) -> int:
            parts = int(super().decode(encoded_packet) or 0)
            is_reserved = isinstance(self.data, list) and self.data[:1] in _NO_EVENTS
            if parts > _MOST_BINARY_PARTS or is_reserved:
                raise ValueError("a packet was refused")
            return parts

    return Strict


def caller_in(environ: Mapping[str, Any]) -> Caller | None:
    """Who opens the connection, as the door says; None for nobody, and for whom may neither read nor ask."""
    caller = environ.get("asgi.scope", {}).get("state", {}).get("caller")
    is_known = isinstance(caller, Caller) and (caller.may("read") or caller.may("chat"))
    return caller if is_known else None


def install(
    sio: Sockets,
    settings: Settings,
    own: Mapping[str, Handler],
    entering: Entering,
    session_of: Callable[[str], Any],
) -> None:
    """Puts the guard before Chainlit's handlers; `own` are ours and replace those of the same name.

    `session_of` gives Chainlit's session of an id, if there is one.
    """
    theirs: dict[str, Handler] = dict(sio.handlers["/"])
    chainlit_connect = theirs["connect"]

    def is_welcome(origin: str | None, environ: Mapping[str, Any]) -> bool:
        host = environ.get("HTTP_HOST")
        return origins.is_welcome(origin, host, settings.host, settings.allowed_origins)

    async def connect(sid: str, environ: Mapping[str, Any], auth: object = None) -> Any:
        data, caller = admitted(auth), caller_in(environ)
        is_ours = is_welcome(environ.get("HTTP_ORIGIN"), environ)
        if data is None or not (is_ours and _is_own(session_of(data["sessionId"]), caller)):
            logger.info("a connection was refused")
            raise ConnectionRefusedError("refused")
        answer = await chainlit_connect(sid, environ, data)
        entering.connections.add(_connection(sio, sid, environ))
        return answer

    async def settings_change(sid: str, values: object = None) -> None:
        if isinstance(values, Mapping) and len(values) <= _MOST_SETTINGS:
            await theirs["chat_settings_change"](sid, {str(key): value for key, value in values.items()})

    async def disconnect(sid: str, *_: object) -> None:
        entering.connections.remove(sid)
        await theirs["disconnect"](sid)

    judge = _Judge(sio, entering)
    handlers = {**own, "chat_settings_change": settings_change}
    judged = {name: judge.over(name, handler) for name, handler in handlers.items()}
    judged["disconnect"] = disconnect
    sio.handlers["/"] = {name: _quiet(name, handler) for name, handler in judged.items()}
    sio.handlers["/"]["connect"] = connect
    sio.packet_class = strict(sio.packet_class)
    # Chainlit leaves the check of origins off; this one covers requests that stand in for a socket as well.
    sio.eio.cors_allowed_origins = is_welcome
    sio.eio.max_http_buffer_size = _MOST_BYTES_AN_EVENT


class _Judge:
    """Lets events through that their sender may send, and says so of the others on the page."""

    def __init__(self, sio: Sockets, entering: Entering) -> None:
        self._sio = sio
        self._connections: Connections = entering.connections
        self._messages = entering.messages

    def over(self, name: str, handler: Handler) -> Handler:
        need = _NEEDS.get(name, "chat")

        # Nothing is awaited before an event that may be sent: events keep their order.
        async def judged(sid: str, *data: Any) -> Any:
            connection = self._connections.get(sid)
            if connection is None:
                logger.info("an event of a closed connection was dropped")
                return None
            caller = connection.caller
            if need is not None and not caller.may(need):
                return await self._refuse(sid, name, f"You may read here, and not {_WORDS.get(name, '')}.")
            seconds = self._messages.take(caller.person.id) if name in _COUNTED else 0
            if seconds:
                return await self._refuse(sid, name, f"That was too fast. Try again in {seconds} seconds.")
            return await handler(sid, *data)

        return judged

    async def _refuse(self, sid: str, name: str, words: str) -> None:
        if name not in _WORDS:
            return
        await self._sio.emit("toast", {"message": words, "type": "error"}, to=sid)
        # The page waits for an answer, or for the microphone.
        await self._sio.emit("task_end", {}, to=sid)
        if name == "audio_start":
            await self._sio.emit("audio_connection", "off", to=sid)


def _connection(sio: Sockets, sid: str, environ: Mapping[str, Any]) -> Connection:
    state = environ["asgi.scope"]["state"]

    async def stays() -> Caller:
        caller: Caller = state["caller"]
        return caller

    async def close() -> None:
        try:
            await sio.disconnect(sid)
        except Exception:
            logger.exception("a connection could not be closed")

    return Connection(sid, state, state.get("again", stays), close)


def _is_own(session: Any, caller: Caller | None) -> bool:
    """Whether somebody is known, and a session that is there already under the same id is theirs."""
    if session is None or caller is None:
        return caller is not None
    before = session.environ.get("asgi.scope", {}).get("state", {}).get("caller")
    return isinstance(before, Caller) and before.person.id == caller.person.id


def _quiet(name: str, handler: Handler) -> Handler:
    """The handler, with its surprises in the log rather than with the caller."""

    async def quiet(sid: str, *data: Any) -> Any:
        try:
            return await handler(sid, *data)
        except Exception:
            logger.exception("the event %s failed", name)

    return quiet
