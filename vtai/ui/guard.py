"""The socket's doorman: who may connect, and which events with which payloads reach the page's own code.

Ids that a browser chooses become keys and file names further in, so each must be a UUID. Events that the page
does not use are not known at all.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from vtai.ui import origins

if TYPE_CHECKING:
    from vtai.settings import Settings

logger = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[Any]]

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
# Chainlit's own, kept as it is; it takes no payload.
_KEPT = frozenset({"disconnect"})
# A pasted text of the longest length takes four bytes a character at most, and JSON some more.
_MOST_BYTES_AN_EVENT = 1_500_000
# The sound of the microphone is the only one; the parts of a packet are gathered until all are there.
_MOST_BINARY_PARTS = 1
# The settings panel has some fifty inputs, and a switch for each tool.
_MOST_SETTINGS = 512
# Handlers of these names are for the ends of a connection, not for events.
_NO_EVENTS = (["connect"], ["disconnect"])


class Sockets(Protocol):
    """The part of python-socketio's server that is used here."""

    handlers: dict[str, dict[str, Handler]]
    packet_class: type[Any]
    eio: Any


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


def install(sio: Sockets, settings: Settings, own: Mapping[str, Handler]) -> None:
    """Puts the guard before Chainlit's handlers; `own` are ours and replace those of the same name."""
    theirs: dict[str, Handler] = dict(sio.handlers["/"])
    chainlit_connect = theirs["connect"]

    def is_welcome(origin: str | None, environ: Mapping[str, Any]) -> bool:
        host = environ.get("HTTP_HOST")
        return origins.is_welcome(origin, host, settings.host, settings.allowed_origins)

    async def connect(sid: str, environ: Mapping[str, Any], auth: object = None) -> Any:
        data = admitted(auth)
        if data is None or not is_welcome(environ.get("HTTP_ORIGIN"), environ):
            logger.info("a connection was refused")
            raise ConnectionRefusedError("refused")
        return await chainlit_connect(sid, environ, data)

    async def settings_change(sid: str, values: object = None) -> None:
        if isinstance(values, Mapping) and len(values) <= _MOST_SETTINGS:
            await theirs["chat_settings_change"](sid, {str(key): value for key, value in values.items()})

    handlers = {name: _without_payload(theirs[name]) for name in _KEPT} | dict(own)
    handlers |= {"chat_settings_change": settings_change}
    sio.handlers["/"] = {name: _quiet(name, handler) for name, handler in handlers.items()}
    sio.handlers["/"]["connect"] = connect
    sio.packet_class = strict(sio.packet_class)
    # Chainlit leaves the check of origins off; this one covers requests that stand in for a socket as well.
    sio.eio.cors_allowed_origins = is_welcome
    sio.eio.max_http_buffer_size = _MOST_BYTES_AN_EVENT


def _without_payload(handler: Handler) -> Handler:
    async def called(sid: str, *_: Any) -> Any:
        return await handler(sid)

    return called


def _quiet(name: str, handler: Handler) -> Handler:
    """The handler, with its surprises in the log rather than with the caller."""

    async def quiet(sid: str, *data: Any) -> Any:
        try:
            return await handler(sid, *data)
        except Exception:
            logger.exception("the event %s failed", name)

    return quiet
