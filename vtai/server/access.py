"""The access key: who is let in when the server can be reached from other machines.

Whoever opens the address with the key in it gets a cookie that stands for the key and is not the key. On
loopback without a key everybody on this machine is let in.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, cookie_parser
from starlette.responses import HTMLResponse, RedirectResponse, Response

from vtai.core.errors import SettingsError, VTError
from vtai.server import answers, hosts
from vtai.server.bodies import Body, TooLarge
from vtai.server.key_page import key_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_OPEN_PATHS = frozenset({"/health/live", "/health/ready"})
_FORM = "/access"
_COOKIE = "vtai_access"
_COOKIE_AGE_S = 30 * 24 * 3600
_MAX_FORM_BYTES = 4_096
_MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key and what is made of it. `is_generated`: nobody knows it yet, so it is shown at start."""

    key: SecretStr
    is_generated: bool
    token: str
    """What the cookie holds: made from the key and a secret of this installation, and no way back."""

    def is_key(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.key.get_secret_value().encode())

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


def access_key(host: str, configured: SecretStr | None, data_dir: Path) -> AccessKey | None:
    """The key to ask for: the configured one, else a new one where other machines reach `host`, else None.

    Raises SettingsError when the data folder cannot be written.
    """
    if configured is None and hosts.is_loopback(host):
        return None
    key = configured or SecretStr(secrets.token_urlsafe(24))
    token = hmac.new(
        _installation_secret(data_dir), key.get_secret_value().encode(), hashlib.sha256
    ).hexdigest()
    return AccessKey(key, configured is None, token)


def address_lines(
    access: AccessKey | None, host: str, port: int, allowed_origins: Iterable[str] = ()
) -> list[str]:
    """What to print once at start. The only place where a generated key is shown."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 compared with, not bound to
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    if access is None:
        outside = sorted(name for name in hosts.names(allowed_origins) if not hosts.is_loopback(name))
        warning = f"Whoever reaches {', '.join(outside)} can use VT.ai; set VT_ACCESS_KEY to ask for a key."
        return [f"VT.ai is at {address}", *([warning] if outside else [])]
    if not access.is_generated:
        return [f"VT.ai is at {address}", "It asks for the access key that you set."]
    query = urlencode({"key": access.key.get_secret_value()})
    lines = [f"VT.ai is at {address}/?{query}"]
    if shown != host:
        lines.append("From other machines, put this machine's name in place of 127.0.0.1.")
    return [*lines, "Whoever has this address can use VT.ai. Set VT_ACCESS_KEY to choose the key yourself."]


class Tries:
    """Wrong keys by address, so that guessing is slow."""

    def __init__(
        self, most: int = 10, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._failed: OrderedDict[str, list[float]] = OrderedDict()

    def may(self, address: str) -> bool:
        """Whether this address may try another key now."""
        recent = [
            moment for moment in self._failed.get(address, []) if self._clock() - moment < self._window_s
        ]
        return len(recent) < self._most

    def failed(self, address: str) -> None:
        moments = self._failed.pop(address, [])
        self._failed[address] = [*moments[1 - self._most :], self._clock()]
        if len(self._failed) > _MOST_ADDRESSES:
            self._failed.popitem(last=False)


class Gate:
    """Asks everybody but the liveness probes for the key. Without a key it lets everybody pass."""

    def __init__(self, app: ASGIApp, access: AccessKey | None, tries: Tries | None = None) -> None:
        self._app = app
        self._access = access
        self._tries = tries or Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        access = self._access
        if access is None or scope["type"] not in {"http", "websocket"} or scope["path"] in _OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if access.is_token(cookie_parser(headers.get("cookie", "")).get(_cookie_name(headers), "")):
            await self._pass(scope, receive, send)
            return
        try:
            given, is_kept = await _given(scope, headers, receive)
        except ClientDisconnect:
            return
        except TooLarge:
            given, is_kept = "", False
        await self._judge(access, given, is_kept, scope, receive, send)

    async def _judge(
        self,
        access: AccessKey,
        given: str,
        is_kept: bool,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        address = _address(scope)
        if given and not self._tries.may(address):
            error = VTError("Too many wrong keys came from your address.", "Wait a minute and try again.")
            await answers.refuse(scope, receive, send, 429, error, {"Retry-After": "60"})
        elif given and access.is_key(given):
            await (self._admit(access, scope, receive, send) if is_kept else self._app(scope, receive, send))
        else:
            if given:
                self._tries.failed(address)
            await self._ask(scope, receive, send, was_wrong=bool(given))

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a known browser in; a key that still stands in its address is taken out of it."""
        if scope["type"] == "http" and (scope["path"] == _FORM or _key_in_address(scope)):
            response: Response = RedirectResponse(_clean_address(scope), 303, {"Cache-Control": "no-store"})
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _admit(self, access: AccessKey, scope: Scope, receive: Receive, send: Send) -> None:
        response = RedirectResponse(_clean_address(scope), 303, {"Cache-Control": "no-store"})
        response.set_cookie(
            _cookie_name(Headers(scope=scope)),
            access.token,
            max_age=_COOKIE_AGE_S,
            path="/",
            secure=scope["scheme"] == "https",
            httponly=True,
            samesite="lax",
        )
        await response(scope, receive, send)

    async def _ask(self, scope: Scope, receive: Receive, send: Send, *, was_wrong: bool) -> None:
        wants_page = "text/html" in Headers(scope=scope).get("accept", "")
        if scope["type"] == "http" and wants_page:
            page = HTMLResponse(key_page(was_wrong=was_wrong), 401, {"Cache-Control": "no-store"})
            await page(scope, receive, send)
            return
        error = VTError(
            "The key is wrong." if was_wrong else "This server asks for its access key.",
            "Send it as `Authorization: Bearer KEY`, or open the address printed at the server's start.",
        )
        await answers.refuse(scope, receive, send, 401, error, {"WWW-Authenticate": "Bearer"})


async def _given(scope: Scope, headers: Headers, receive: Receive) -> tuple[str, bool]:
    """The key that came with a request ("" for none), and whether the browser is to keep it as a cookie."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return bearer.strip(), False
    if scope["type"] == "websocket":
        return "", False
    if scope["method"] == "POST" and scope["path"] == _FORM:
        body = await Body.read(scope, receive, _MAX_FORM_BYTES)
        return dict(parse_qsl(body.content.decode("latin-1"))).get("key", "").strip(), True
    return (_key_in_address(scope), True) if scope["method"] in {"GET", "HEAD"} else ("", False)


def _key_in_address(scope: Scope) -> str:
    query: bytes = scope.get("query_string", b"")
    return dict(parse_qsl(query.decode("latin-1"))).get("key", "")


def _clean_address(scope: Scope) -> str:
    """Where the request went, less the key; the form leads to the page."""
    if scope["path"] == _FORM:
        return "/"
    query = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "key"]
    # One leading slash: two would name another host.
    path = "/" + scope["path"].lstrip("/\\")
    return f"{path}?{urlencode(query)}" if query else path


def _cookie_name(headers: Headers) -> str:
    """By port, because browsers share cookies between the ports of a host."""
    parts = hosts.split(headers.get("host", ""))
    return f"{_COOKIE}_{parts[1] or 'main'}" if parts else _COOKIE


def _address(scope: Scope) -> str:
    """Who asks; for IPv6 the network, since one machine there has countless addresses."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _installation_secret(data_dir: Path) -> bytes:
    """A random secret kept under the data folder, so that cookies outlive a restart when the key does."""
    path = data_dir / "access.secret"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
        return path.read_bytes() or secrets.token_bytes(32)
    except OSError as error:
        raise SettingsError(
            f"The data folder {data_dir} cannot be written: {error.strerror}.",
            "Make it writable, or name another one in VT_DATA_DIR.",
        ) from error
