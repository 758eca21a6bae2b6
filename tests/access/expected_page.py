"""The lines of what browsers ask for: the page, its chats, files, the account and the administration."""

from __future__ import annotations

from typing import Final

from tests.access.expected import (
    ADMIN,
    CHAT,
    EVERYBODY,
    KNOWN,
    NONE,
    PEOPLE,
    READ,
    WRITE,
    Callers,
    Line,
    own,
)

_MAKERS: Final[Callers] = frozenset({"owner", "other", "admin"})
_ONE = {"threadId": "{conversation}"}
_THUMB = {"feedback": {"forId": "{answer}", "threadId": "{conversation}", "value": 0}}

CHATS = [
    Line("POST /project/threads", READ, json={}),
    Line("POST /project/threads", READ, json={"filter": {"search": "heliotrope"}}, case="searched"),
    own("GET /project/thread/{id:uuid}", READ),
    own("PUT /project/thread", WRITE, json={**_ONE, "name": "{new}"}),
    own("DELETE /project/thread", WRITE, json=_ONE),
]
ELEMENTS = [
    own("GET /project/thread/{id:uuid}/element/{element}", READ),
]
SHARES = [
    own("PUT /project/thread/share", WRITE, json={**_ONE, "isShared": True}),
    own("PUT /project/thread/share", WRITE, json={**_ONE, "isShared": False}, case="taken back"),
    Line("GET /project/shares", READ),
    Line("GET /project/share/{token}", READ, shows=READ),
    own("DELETE /project/share", WRITE, json={"token": "{share}"}),
]
FEEDBACK = [
    own("PUT /feedback", WRITE, json=_THUMB),
    own("DELETE /feedback", WRITE, json={"feedbackId": "{thumb}"}),
]
FILES = [
    own("GET /files/{key}", READ),
    Line("GET /share/{token}/files/{key}", READ, shows=READ),
]
# What an open page asks for: it names its session.
TABS = [
    own("POST /project/action", CHAT, needs_tab=True),
    own("POST /project/file", CHAT, needs_tab=True),
    own("GET /project/file/{key}", READ | CHAT, needs_tab=True),
]
ACCOUNT = [
    Line("GET /user", KNOWN),
    Line("POST /logout", KNOWN),
    Line("GET /account", PEOPLE),
    Line("POST /account/password", PEOPLE, gives=(409,), form={"now": "a", "new": "b", "again": "c"}),
    Line("POST /account/leave", PEOPLE, gives=(303,)),
    own("POST /account/browsers/{id}/end", PEOPLE, gives=(303,)),
    Line("POST /account/keys", _MAKERS, form={"name": "a key", "scopes": "read", "days": "7"}),
    Line(
        "POST /account/keys",
        frozenset({"admin"}),
        form={"name": "a key", "scopes": "admin"},
        case="for admins",
    ),
    own("POST /account/keys/{id}/revoke", PEOPLE, gives=(303,)),
]
# Who is not known yet signs in; there is an admin already, and nobody else signs people in.
SIGNING_IN = [
    Line("GET /auth/config", KNOWN),
    Line("GET /login", EVERYBODY, gives=(303,)),
    Line("GET /sign-in", EVERYBODY, gives=(200, 303)),
    Line("POST /sign-in", EVERYBODY, gives=(303,), form={"name": "other", "password": "{password}"}),
    Line("GET /first-admin", EVERYBODY, gives=(303,)),
    Line("POST /first-admin", EVERYBODY, gives=(409,), form={"name": "x", "password": "y", "again": "z"}),
    Line("GET /sign-in/with/{name}", NONE, EVERYBODY),
    Line("GET /sign-in/with/{name}/callback", NONE, EVERYBODY),
]
ADMINISTRATION = [
    Line("GET /admin/", KNOWN, gives=(307,)),
    Line("ANY /admin", ADMIN),
    Line("ANY /admin/admin.css", ADMIN),
    Line("ANY /admin/admin.js", ADMIN),
    Line("GET /metrics", ADMIN),
    Line("GET /health/live", EVERYBODY),
    Line("GET /health/ready", EVERYBODY),
]
PAGE = [
    Line("GET /", KNOWN),
    Line("GET /thread/{id:uuid}", KNOWN),
    Line("GET /share/{token}", KNOWN),
    Line("GET /element/{id:uuid}", KNOWN),
    Line("GET /env", KNOWN),
    Line("GET /assets/{path:path}", NONE, KNOWN, at="/assets/nothing"),
    Line("GET /public/{path:path}", NONE, KNOWN, at="/public/nothing"),
    Line("GET /favicon", KNOWN),
    Line("GET /logo", KNOWN),
    Line("GET /avatars/{name}", KNOWN, at="/avatars/default"),
    Line("POST /set-session-cookie", KNOWN, json={"session_id": "{conversation}"}),
    Line("GET /project/settings", READ),
]
# The page's library answers these itself: words, and sockets, at which another doorman stands.
LIBRARY = [
    Line("GET /project/translations", KNOWN),
    Line("GET /ws/socket.io/", KNOWN),
    Line("POST /ws/socket.io/", KNOWN),
]
# What is sent through the page's socket, by who was let in there: those who may read, and those who may ask.
EVENTS: Final[dict[str, Callers]] = {
    "client_message": CHAT,
    "edit_message": CHAT,
    "audio_start": CHAT,
    "audio_chunk": CHAT,
    "audio_end": CHAT,
    "chat_settings_change": WRITE,
    "connection_successful": READ | CHAT,
    "clear_session": READ | CHAT,
    "stop": CHAT,
}

LINES = [
    *CHATS,
    *ELEMENTS,
    *SHARES,
    *FEEDBACK,
    *FILES,
    *TABS,
    *ACCOUNT,
    *SIGNING_IN,
    *ADMINISTRATION,
    *PAGE,
    *LIBRARY,
]
