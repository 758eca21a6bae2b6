"""The lines of the interface for programs, and of the one that is shaped like OpenAI's."""

from __future__ import annotations

from typing import Final

from tests.access.expected import ADMIN, CHAT, KNOWN, READ, WRITE, Callers, Line, own, under

_ADMIN_READS: Final[Callers] = frozenset({"admin"})
_OWNER_OR_ADMIN_READS: Final[Callers] = frozenset({"owner", "owner's read key", "admin"})
# A key makes no keys, so that one that is found does not outlive itself.
_KEY_MAKERS: Final[Callers] = frozenset({"owner", "other", "admin"})
# Going on with what was said shows it to a model, and so needs to read as well.
_READ_AND_CHAT: Final[Callers] = frozenset({"owner", "other", "admin", "other's key"})

CONVERSATIONS = [
    Line("GET /conversations", READ),
    Line("DELETE /conversations", WRITE, takes_all=True),
    Line("POST /conversations/import", WRITE, gives=(201,), raw="{export}"),
    own("GET /conversations/{id}", READ),
    own("PATCH /conversations/{id}", WRITE, json={"name": "{new}"}),
    own("DELETE /conversations/{id}", WRITE, gives=(204,)),
    own("GET /conversations/{id}/export", READ),
    own(
        "GET /conversations/{id}/export",
        READ,
        at="/conversations/{conversation}/export?format=markdown",
        case="Markdown",
    ),
]
MESSAGES = [
    own("GET /conversations/{id}/messages", READ),
    Line("GET /search", READ, at="/search?q=heliotrope"),
]
RUNNING_ANSWERS = [
    Line("POST /chat", CHAT, json={"text": "Hello"}),
    own(
        "POST /chat", _READ_AND_CHAT, json={"text": "And?", "conversation": "{conversation}"}, case="goes on"
    ),
    own("POST /chat", _READ_AND_CHAT, json={"text": "Read it", "files": ["{file}"]}, case="with a file"),
    own(
        "POST /chat",
        _READ_AND_CHAT,
        json={"text": "And?", "history": [{"role": "user", "text": "This", "files": ["{file}"]}]},
        case="with a file of before",
    ),
    Line("GET /runs", READ),
    own("DELETE /runs/{id}", CHAT, gives=(204,)),
    own("POST /runs/{id}/approvals", CHAT, gives=(204,), json={"id": "call-1", "answer": "no"}),
]
SHARES = [
    own("POST /conversations/{id}/shares", WRITE, gives=(201,)),
    Line("GET /shares", READ),
    Line("GET /shares/{token}", READ, shows=READ),
    own("DELETE /shares/{token}", WRITE, gives=(204,)),
]
FEEDBACK = [
    own("GET /conversations/{id}/feedback", READ),
    own("PUT /conversations/{id}/feedback", WRITE, json={"message": "{answer}", "value": 0}),
    own("DELETE /feedback/{id}", WRITE, gives=(204,)),
]
FILES = [
    Line("POST /files", WRITE, gives=(201,), at="/files?name=notes.txt", raw="Some words."),
    Line("GET /files", READ),
    own("GET /files/{key}", READ),
    own("GET /files/{key}/content", READ),
    own("DELETE /files/{key}", WRITE, gives=(204,)),
]
KEYS_AND_BROWSERS = [
    Line("GET /keys", READ),
    Line("GET /keys", _ADMIN_READS, at="/keys?all=true", case="of everybody", shows=_ADMIN_READS),
    Line(
        "GET /keys",
        _OWNER_OR_ADMIN_READS,
        at="/keys?person={owner}",
        case="of one person",
        shows=_ADMIN_READS,
    ),
    Line("POST /keys", _KEY_MAKERS, gives=(201,), json={"name": "one more", "scopes": ["read"]}),
    Line(
        "POST /keys",
        _ADMIN_READS,
        gives=(201,),
        json={"name": "more", "scopes": ["admin"]},
        case="for admins",
    ),
    own("DELETE /keys/{id}", WRITE, "admin", gives=(204,)),
    Line("GET /sessions", READ),
    Line("GET /sessions", _ADMIN_READS, at="/sessions?all=true", case="of everybody", shows=_ADMIN_READS),
    Line(
        "GET /sessions",
        _OWNER_OR_ADMIN_READS,
        at="/sessions?person={owner}",
        case="of one person",
        shows=_ADMIN_READS,
    ),
    own("DELETE /sessions/{id}", WRITE, "admin", gives=(204,)),
]
CORRECTIONS = [
    Line("POST /route", CHAT, json={"text": "Hello"}),
    Line("GET /corrections", READ),
    Line("GET /corrections/export", READ),
    own("DELETE /corrections/{id}", WRITE),
    Line("POST /corrections/{id}/promote", ADMIN),
]
PEOPLE = [
    Line("GET /people", ADMIN),
    Line("POST /people", ADMIN, gives=(201,), json={"name": "{new}", "password": "words and more words"}),
    Line("GET /people/{id}", ADMIN),
    Line("PATCH /people/{id}", ADMIN, json={"group": "choir"}),
    Line("PATCH /people/{id}", ADMIN, json={"role": "member"}, case="a role"),
]
SERVER = [
    Line("GET /health", READ),
    Line("GET /ready", READ),
    Line("GET /me", READ),
    Line("GET /errors", ADMIN),
    Line("GET /config", ADMIN),
    Line("PATCH /config", ADMIN, json={"temperature": 0.5}),
    Line("GET /models", READ),
    Line("GET /models/{name:path}", READ, at="/models/gpt-4o"),
    Line("GET /routes", READ),
    Line("GET /limits", ADMIN),
    Line("GET /usage", READ),
    Line("GET /usage", _ADMIN_READS, at="/usage?all=true", case="of everybody"),
    Line("GET /usage", _OWNER_OR_ADMIN_READS, at="/usage?person={owner}", case="of one person"),
    Line("GET /openapi.json", READ),
    Line("GET /docs", READ),
    Line("GET /{rest:path}", KNOWN, gives=(404,), at="/nothing"),
]
# What gets through here is asked for what it left out.
COMPATIBLE = [
    Line("GET /models", READ),
    Line("GET /models/{id:path}", READ, at="/models/auto"),
    Line("POST /chat/completions", CHAT, gives=(400,), json={}),
    Line("POST /embeddings", CHAT, gives=(400,), json={}),
    Line("POST /audio/speech", CHAT, gives=(400,), json={}),
    Line("POST /audio/transcriptions", CHAT, gives=(415,), json={}),
    Line("POST /images/generations", CHAT, gives=(400,), json={}),
    *(
        Line(f"{method} /{{rest:path}}", READ, gives=(404,), at="/nothing")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
    ),
]

LINES = [
    *under(
        "/api/v1",
        (
            *CONVERSATIONS,
            *MESSAGES,
            *RUNNING_ANSWERS,
            *SHARES,
            *FEEDBACK,
            *FILES,
            *KEYS_AND_BROWSERS,
            *CORRECTIONS,
            *PEOPLE,
            *SERVER,
        ),
    ),
    *under("/v1", COMPATIBLE),
]
