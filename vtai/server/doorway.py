"""Which requests reach the page's library: a list of what the page uses, with the ids in them checked.

Everything else is answered with 404, whatever the library would do with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect

from vtai.core.errors import VTError
from vtai.server import answers
from vtai.server.bodies import Body, TooLarge

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_SOCKET = "/ws/socket.io"
_MAX_JSON_BYTES = 1_000_000
_MAX_POLL_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing the page asks for.

    `ids` are query parameters that must be UUIDs, `body_ids` dotted names in a JSON body; the optional ones
    may be absent. `has_body`: it comes with a small body, even where that has no ids.
    """

    method: str
    path: re.Pattern[str]
    ids: tuple[str, ...] = ()
    optional_ids: tuple[str, ...] = ()
    body_ids: tuple[str, ...] = ()
    optional_body_ids: tuple[str, ...] = ()
    has_body: bool = False


def _rule(method: str, path: str, **more: Any) -> Rule:
    return Rule(method, re.compile(path), **more)


_ACTION_IDS = ("action.id", "action.forId")

RULES = (
    _rule("GET", "/project/translations"),
    _rule("GET", "/project/settings"),
    _rule(
        "POST", "/project/action", body_ids=("sessionId",), optional_body_ids=("action.id", "action.forId")
    ),
    _rule("POST", "/project/file", ids=("session_id",), optional_ids=("ask_parent_id",)),
    _rule("GET", f"/project/file/{_UUID.pattern}", ids=("session_id",)),
    _rule("POST", "/project/threads", has_body=True),
    _rule("GET", f"/project/thread/{_UUID.pattern}"),
    _rule("GET", f"/project/thread/{_UUID.pattern}/element/[a-z0-9-]{{1,64}}"),
    _rule("PUT", "/project/thread", body_ids=("threadId",)),
    _rule("DELETE", "/project/thread", body_ids=("threadId",)),
    _rule("PUT", "/project/thread/share", body_ids=("threadId",)),
    _rule("GET", "/project/shares"),
    _rule("GET", "/project/share/[A-Za-z0-9_-]{16,64}"),
    _rule("DELETE", "/project/share", has_body=True),
    _rule("PUT", "/feedback", body_ids=("feedback.forId", "feedback.threadId")),
    _rule("DELETE", "/feedback", body_ids=("feedbackId",)),
)
# Without sockets their messages are posted; whose they are is checked where the socket is opened.
_POLL = _rule("POST", _SOCKET)


class Doorway:
    """Lets through what the rules name, and the page's socket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.rstrip("/") == _SOCKET:
            await self._socket(scope, receive, send)
            return
        rule = None if scope["type"] == "websocket" else _find(scope["method"], path)
        if rule is None:
            await answers.refuse(scope, receive, send, 404, VTError("There is nothing here.", "Open /."))
        elif not _has_ids(scope, rule):
            await answers.refuse(scope, receive, send, 400, _bad_id())
        elif rule.body_ids or rule.has_body:
            await self._buffered(scope, receive, send, rule, _MAX_JSON_BYTES)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A socket, or the requests that stand in for one where sockets do not get through."""
        if scope["type"] == "http" and scope["method"] not in {"GET", "POST"}:
            await answers.refuse(scope, receive, send, 404, VTError("There is nothing here.", "Open /."))
        elif scope["type"] == "http" and scope["method"] == "POST":
            await self._buffered(scope, receive, send, _POLL, _MAX_POLL_BYTES)
        else:
            await self._app(scope, receive, send)

    async def _buffered(self, scope: Scope, receive: Receive, send: Send, rule: Rule, max_bytes: int) -> None:
        """Hands a small body on, whole and with its ids checked."""
        try:
            body = await Body.read(scope, receive, max_bytes)
        except TooLarge as error:
            await answers.refuse(scope, receive, send, 413, error)
        except ClientDisconnect:
            return
        else:
            if _has_body_ids(body, rule):
                await self._app(scope, body.replay, send)
            else:
                await answers.refuse(scope, receive, send, 400, _bad_id())


def is_uuid(value: object) -> bool:
    """Whether a value is a UUID as text, the only shape an id may have."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _find(method: str, path: str) -> Rule | None:
    return next((rule for rule in RULES if rule.method == method and rule.path.fullmatch(path)), None)


def _has_ids(scope: Scope, rule: Rule) -> bool:
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    given = {name: query.get(name, []) for name in (*rule.ids, *rule.optional_ids)}
    return all(len(given[name]) == 1 for name in rule.ids) and all(
        is_uuid(value) for values in given.values() for value in values
    )


def _has_body_ids(body: Body, rule: Rule) -> bool:
    required = [_at(body.json, name) for name in rule.body_ids]
    optional = [_at(body.json, name) for name in rule.optional_body_ids]
    return all(map(is_uuid, required)) and all(value is None or is_uuid(value) for value in optional)


def _at(value: Any, dotted: str) -> object:
    for name in dotted.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _bad_id() -> VTError:
    return VTError("An id in the request is not one.", "Reload the page.")
